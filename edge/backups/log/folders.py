"""The log on this machine, on its way from the receiver to the store.

Each cluster has a folder, in it one for each generation: after a break pg_receivewal begins in an empty one. What
waits in older ones is shipped all the same.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edge import private
from mainstay.backups.log.places import read_segment
from mainstay.backups.log.shipped import HISTORY

PARTIAL = ".partial"


@dataclass(frozen=True)
class Received:
    """A file of pg_receivewal's."""

    path: Path
    at: datetime  # its newest byte; asked before its content is read

    @property
    def segment(self) -> str:
        return self.path.name.removesuffix(PARTIAL)

    @property
    def is_partial(self) -> bool:
        return self.path.name.endswith(PARTIAL)

    @property
    def is_history(self) -> bool:
        return HISTORY.fullmatch(self.path.name) is not None

    def read(self) -> bytes:
        return self.path.read_bytes()


@dataclass(frozen=True)
class WalFolders:
    """``home / wal / system / environment``"""

    root: Path

    def generation(self, cluster: str, number: int) -> Path:
        return private.folder(self.root / cluster / f"{number:06d}")

    def generations(self, cluster: str) -> list[Path]:
        """Oldest first."""
        return sorted(each for each in (self.root / cluster).glob("[0-9]*") if each.is_dir())

    def clusters(self) -> list[str]:
        return sorted(each.name for each in self.root.glob("[0-9]*") if each.is_dir())

    def waiting_bytes(self) -> int:
        return sum(each.stat().st_size for each in self.root.glob("*/*/*") if each.is_file())

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.root).free


def received(folder: Path) -> list[Received]:
    """In the order of the log, what is whole before what is not; what is none of it is left alone."""
    return sorted(_files(folder), key=lambda each: (each.segment, each.is_partial))


def _files(folder: Path) -> list[Received]:
    found = []
    for path in folder.iterdir():
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue  # a partial one that has just become whole
        each = Received(path, datetime.fromtimestamp(stat.st_mtime, UTC))
        if each.is_history or read_segment(each.segment) is not None:
            found.append(each)
    return found
