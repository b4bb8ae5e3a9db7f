"""Takes one backup with pgBackRest; a process that can be killed."""

import sys

from edge.backups.elsewhere import pgbackrest
from mainstay.backups.elsewhere.stanzas import StanzaWish

if __name__ == "__main__":
    config, stanza, user, set = sys.argv[1:]
    wish = StanzaWish(stanza.partition("=")[2], user, config.partition("=")[2])
    pgbackrest.take(wish, "incr", set)
