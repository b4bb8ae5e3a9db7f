"""The folders of releases on this machine's own disk: there whole, or not there at all.

``<release>/app/`` is the unpacked artifact; beside it lies what is needed to start it. Nothing that runs or is shown
changes with such a folder, so it needs no gate.
"""

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from edge import private
from edge.archives import ArchiveRefused, unpack
from edge.durable import settle_folder, settle_tree
from edge.scratch import discard, scratch
from mainstay.errors import CommandFailed

APP = "app"
LOCK_SECONDS = 30.0
NOTHING_LEFT = "was not placed, and nothing of it is left there"
OLD_OR_NEW = "stands, but was not given all of its files; each is the old one or the new one"
_FULL = (errno.ENOSPC, errno.EDQUOT)


def placed(folder: Path) -> bool:
    return (folder / APP).is_dir()


def place(folder: Path, archive: BinaryIO, *, digest: str, files: Mapping[str, str]) -> None:
    """Whole and durable when it returns. Two at once: one is in time, and both are right."""
    if placed(folder):
        return provide(folder, files)
    with _failing(folder, NOTHING_LEFT), scratch(folder.parent, folder.name) as aside:
        unpack(archive, aside / APP, digest=digest)
        for name, text in files.items():
            _write(aside, name, text)
        settle_tree(aside)
        _appear(aside, folder, files)


def provide(folder: Path, files: Mapping[str, str]) -> None:
    """Beside the artifact lie these files and no others; each is the old one or the new one, never half."""
    with _failing(folder, OLD_OR_NEW), private.alone(folder.parent / ".lock", deadline_seconds=LOCK_SECONDS):
        for name, text in files.items():
            path = folder / name
            if not path.is_file() or path.read_text() != text or path.stat().st_mode & 0o777 != _mode(name):
                _write(folder, name, text)
        for left in folder.iterdir():  # also what killed writers left
            if left.name not in files and not left.is_dir():
                left.unlink()
        os.utime(folder)  # it is wanted again, so it is not among the oldest


def newest_first(parent: Path) -> tuple[str, ...]:
    """The releases that are placed there; what was placed or provided for last comes first."""
    found = [app.parent for app in parent.glob(f"[!.]*/{APP}")]
    return tuple(each.name for each in sorted(found, key=lambda each: each.stat().st_mtime_ns, reverse=True))


def forget(folder: Path) -> None:
    discard(folder)


def free_bytes(folder: Path) -> int:
    """Where that folder is, or will be."""
    return shutil.disk_usage(next(each for each in (folder, *folder.parents) if each.is_dir())).free


def _appear(aside: Path, folder: Path, files: Mapping[str, str]) -> None:
    try:
        aside.rename(folder)
    except OSError as reason:
        if reason.errno not in (errno.ENOTEMPTY, errno.EEXIST) or not placed(folder):
            raise
        return provide(folder, files)
    settle_folder(folder.parent)


def _write(folder: Path, name: str, text: str) -> None:
    if Path(name).name != name or name == APP or name.startswith("."):
        raise ValueError(f"{name} cannot be a file beside an artifact")
    private.write(folder / name, text, mode=_mode(name))


def _mode(name: str) -> int:
    return 0o700 if name.endswith(".start") else 0o600


@contextmanager
def _failing(folder: Path, so: str) -> Iterator[None]:
    try:
        yield
    except ArchiveRefused as reason:
        raise CommandFailed(
            f"Release {folder} {so}: its artifact is not what was built: {reason}. Find out who wrote to the store; "
            "then delete the artifact there, and the next deploy builds it anew."
        ) from reason
    except OSError as reason:
        if reason.errno in _FULL:
            why = f"the disk is full ({free_bytes(folder) // 2**20} MB are free). Free some room there"
        else:
            why = f"{reason.strerror or reason} ({reason.filename or folder}). Mend that"
        raise CommandFailed(f"Release {folder} {so}: {why}, then do this again.") from reason
