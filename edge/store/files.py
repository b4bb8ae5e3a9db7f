"""Looking at the files of a directory store. Whatever can be removed meanwhile is None when it was."""

import hashlib
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG

from edge.store.port import Entry, Stored


def version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read(path: Path) -> Stored | None:
    """A folder is no object, and what would lie below an object is none either."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    return Stored(data, version(data))


def holds(path: Path, data: bytes) -> bool | None:
    try:
        return path.read_bytes() == data
    except FileNotFoundError:
        return None


def same(path: Path, other: Path) -> bool | None:
    """Compared by their hashes: memory does not grow with the files."""
    try:
        return path.stat().st_size == other.stat().st_size and _digest(path) == _digest(other)
    except FileNotFoundError:
        return None


def ordered(folder: Path) -> list[tuple[str, bool]]:
    """The names in it and whether they are folders, in the order of the keys they begin."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as found:
        names = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
        return sorted(names, key=lambda pair: f"{pair[0]}/" if pair[1] else pair[0])
    return []


def entry(path: Path, key: str) -> Entry | None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not S_ISREG(found.st_mode):
        return None
    return Entry(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
