"""Folders whose modes forbid even their owner to write. Root lays out more in them all the same; nobody else does."""

import os
from collections.abc import Iterable
from pathlib import Path
from stat import S_IMODE, S_ISDIR

from mainstay.backups.files.plain_tar import Member

OPEN = 0o700


class ShutFolders:
    """Below one place, kept open for us until all is laid out."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._modes: dict[bytes, int] = {}  # that they are to have

    def open(self, laid_out: Iterable[Member]) -> None:
        """Those that have just got their modes."""
        if os.geteuid() == 0:
            return
        for member in laid_out:
            if member.is_folder:
                self._modes.pop(member.name, None)
                path = self._path(member.name)
                if (mode := S_IMODE(path.lstat().st_mode)) & OPEN != OPEN:
                    self._modes[member.name] = mode
                    path.chmod(mode | OPEN)

    def shut(self) -> None:
        """What lies in a folder comes before the folder."""
        for name in sorted(self._modes, reverse=True):
            path = self._path(name)
            if path.exists() and S_ISDIR(path.lstat().st_mode):
                path.chmod(self._modes[name])

    def _path(self, name: bytes) -> Path:
        return self._target / os.fsdecode(name)
