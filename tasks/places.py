"""Where the things of a change's system are, and who keeps them running there."""

from edge.changes import Change
from edge.settings import read_settings
from mainstay.places import Places


def places(change: Change) -> Places:
    return Places(change.site, change.environment, str(read_settings().home))
