"""Which directory this installation has used as its store: once known, it is never taken for a new one.

An unmounted disk leaves an empty folder behind, or none. A store begun anew in its place would know of no
open change, no backup and no turn, and the true one could not come back.
"""

from pathlib import Path

from edge import durable, private
from edge.store.possession import MARKER
from mainstay.errors import StoreLost, StoreRefused
from mainstay.store import BACKUPS, COPY, STORE

_RECORDS = {  # below home: outside of them, unless they lie there
    STORE: "store-in-use",
    BACKUPS: "backups-in-use",
    COPY: "backups-copy-in-use",
}


def expect(home: Path, root: Path, setting: str) -> None:
    """``StoreLost`` if it was there before and is not there now."""
    if _recorded(home / _RECORDS[setting]) == str(root) and not (root / MARKER).exists():
        raise StoreLost(
            f"The store {root} is gone, and nothing new is begun in its place. If its disk was unmounted, mount it"
            f" again. If it is lost for good, this makes a new one, without any history: rm {home / _RECORDS[setting]}"
        )


def remember(home: Path, root: Path, setting: str) -> None:
    """From now on it is expected; another one, named in the settings, takes its place."""
    if _recorded(home / _RECORDS[setting]) != str(root):
        with durable.failing(str(home), StoreRefused):
            private.write(private.folder_if_missing(home) / _RECORDS[setting], str(root))


def _recorded(file: Path) -> str | None:
    try:
        return file.read_text()
    except FileNotFoundError:
        return None
