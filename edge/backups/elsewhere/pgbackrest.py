"""The door to pgBackRest on this machine: what it keeps, a backup more, and a cluster that it lays out."""

import os
import pwd
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from edge import processes
from edge.postgres import as_owner
from edge.postgres.neighbours import neighbour
from edge.streams import TONGUE
from mainstay.backups.elsewhere.stanzas import (
    ANNOTATION,
    AT_WORK,
    PROGRAM,
    Backup,
    StanzaWish,
    failed,
    of_set,
    read_info,
    read_tablespaces,
    restore_words,
)
from mainstay.errors import CommandFailed, Refused
from mainstay.installation import Owner

ASK_SECONDS = 120.0
CHECK_SECONDS = 300.0  # its own archive-timeout is a minute
BACKUP_SECONDS = 12 * 3600.0
RESTORE_SECONDS = 12 * 3600.0
_QUIET = ("--log-level-console=off", "--log-level-stderr=error")  # what it says is an error, or what was asked


class AtWork(CommandFailed):
    """Another one is: by night a full one may take hours, and nobody need do anything."""


def refuse_far(wish: StanzaWish, database: str) -> None:
    """``database``: the reference of its address. pgBackRest is asked on the machine of the database alone."""
    if neighbour(database) is None:
        raise Refused(
            f"The {wish} was not asked: the database in {database} lies on another machine, and this version drives"
            " pgBackRest on its own machine only. Take pgbackrest: out of the descriptor, or run Mainstay there."
        )


def runs_as(wish: StanzaWish) -> Owner | None:
    """None: as we do."""
    try:
        found = pwd.getpwnam(wish.user)
    except KeyError:
        raise Refused(
            f"The {wish} was not asked: this machine has no user {wish.user}. Write under database.pgbackrest as whom"
            " it runs, user:, which is whoever runs PostgreSQL."
        ) from None
    if found.pw_uid == os.geteuid():
        return None
    if os.geteuid() != 0:
        raise Refused(
            f"The {wish} was not asked: it runs as {wish.user}, and only root can become that user. Run Mainstay as"
            f" {wish.user} or as root."
        )
    return Owner(found.pw_uid, found.pw_gid)


def keeps(wish: StanzaWish) -> tuple[Backup, ...]:
    """Oldest first."""
    return read_info(_said(wish, "A look", ("info", "--output=json"), ASK_SECONDS), wish)


def tablespaces(wish: StanzaWish, label: str) -> tuple[str, ...]:
    return read_tablespaces(_said(wish, "A look", ("info", "--output=json", f"--set={label}"), ASK_SECONDS), label)


def take(wish: StanzaWish, kind: str, set: str) -> Backup:
    """One for that set. If a try before this one made it, it is that. Before a full one its log is asked after: without
    that no backup can be started; each such look closes a segment, so not before every increment.
    """
    if (made := of_set(keeps(wish), set)) is not None:
        return made
    if kind == "full":
        _said(wish, "A check", ("check",), CHECK_SECONDS)
    _said(wish, "A backup", ("backup", f"--type={kind}", f"--annotation={ANNOTATION}={set}"), BACKUP_SECONDS)
    made = of_set(keeps(wish), set)
    if made is None:
        raise CommandFailed(
            f"A backup of the {wish} ended well, and it lists none for {set}. See what it says: pgbackrest info."
        )
    return made


def restore(wish: StanzaWish, data: Path, into: Path, *, at: datetime | None = None) -> None:
    """All of the log, or up to a moment. ``data``: a folder of its user's; ``into``: what that is called later."""
    _said(wish, "A restore", tuple(restore_words(wish, str(data), str(into), at)), RESTORE_SECONDS)


def restore_set(wish: StanzaWish, data: Path, label: str) -> None:
    """That one, as soon as it is consistent."""
    words = ("restore", f"--pg1-path={data}", f"--set={label}", "--type=immediate", "--archive-mode=off")
    _said(wish, "A restore", words, RESTORE_SECONDS)


def _said(wish: StanzaWish, what: str, words: Iterable[str], seconds: float) -> str:
    if shutil.which(PROGRAM) is None:
        raise Refused(
            f"The {wish} was not asked: there is no pgbackrest on this machine. Install it (Debian and Ubuntu):"
            " apt-get install pgbackrest. Or take pgbackrest: out of the descriptor."
        )
    argv = [*as_owner(runs_as(wish)), *wish.words, *_QUIET, *words]
    home = {"HOME": pwd.getpwnam(wish.user).pw_dir, "USER": wish.user, "LOGNAME": wish.user}  # its .pgpass is there
    told = processes.run(argv, deadline_seconds=seconds, cwd=Path("/"), environment={**TONGUE, **home}, bare=True)
    if told.exit != 0:
        kind = AtWork if told.exit == AT_WORK else CommandFailed
        raise kind(failed(what, wish, told.exit, told.text))
    return told.text
