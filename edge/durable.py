"""Bytes and names that survive a power cut: what the file system promises only when it is asked."""

import ctypes
import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge import clock
from mainstay.errors import MainstayError, StoreLost

_ADVISE = getattr(os, "posix_fadvise", None)  # macOS has none
_FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)  # macOS: its fsync leaves the bytes in the drive's own memory

_MAY_NOT = "we may not; give it back to the user that runs Mainstay"
_MEANINGS = {
    errno.ENOSPC: "the disk is full; free some room there",
    errno.EDQUOT: "the quota is used up; free some room there, or raise it",
    errno.EROFS: "its file system can only be read; after an error the kernel does that: look at dmesg",
    errno.EACCES: _MAY_NOT,
    errno.EPERM: _MAY_NOT,
    errno.EIO: "the disk does not answer properly; look at dmesg",
    errno.EMFILE: "this process has too many files open; raise its limit",
}
_MEANINGS_IN_A_STORE = {
    **_MEANINGS,
    errno.EPERM: "we may not, or this file system has no hard links; use a local ext4, xfs, btrfs or APFS",
    errno.EIO: "the disk does not answer properly; look at dmesg, and at the copies of this store",
    errno.ENOENT: "something in it is gone; is its disk still mounted?",
    errno.EEXIST: "a name in it is taken: a key cannot be both an object and a folder",
    errno.ENOTDIR: "a name in it is taken: a key cannot be both an object and a folder",
    errno.EISDIR: "a name in it is taken: a key cannot be both an object and a folder",
}


@contextmanager
def failing(address: str, kind: type[MainstayError] = StoreLost) -> Iterator[None]:
    """Whatever the file system refuses becomes one sentence about the store."""
    try:
        yield
    except OSError as reason:
        meaning = _MEANINGS_IN_A_STORE.get(reason.errno or 0, reason.strerror or str(reason))
        raise kind(
            f"The store {address} did not do what was asked, nothing half-done is visible: {meaning}."
        ) from reason


def told(reason: OSError, place: Path) -> str:
    """Where a file system refused something, what that means, and what to do. ``place``: where it was, if it is not
    said: a disk that fills up in the middle of a file names none.
    """
    meaning = _MEANINGS.get(reason.errno or 0) or f"{reason.strerror or reason}; mend that"
    return f"{reason.filename or place}: {meaning}, then do this again."


def settle(fd: int) -> None:
    os.fsync(fd) if _FULL_SYNC is None else fcntl.fcntl(fd, _FULL_SYNC)


def hurry(fd: int, begin: int, length: int) -> None:
    """What was written there goes to the disk now, and nobody waits: less is left for ``settle``. It leaves memory too,
    where it would stand in the place of what an application reads.
    """
    if _ADVISE is not None:
        with suppress(OSError):  # it was only advice
            _ADVISE(fd, begin, length, os.POSIX_FADV_DONTNEED)


def settle_folder(folder: Path) -> None:
    """After this the names in it are durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        settle(fd)
    finally:
        os.close(fd)


def settle_tree(folder: Path) -> None:
    """After this all that is in it is durable. Linux is asked once for the whole file system: file by file, thousands
    take it minutes on a busy disk.
    """
    if (syncfs := getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)) is None:
        return _settle_each(folder)
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if syncfs(fd) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
    finally:
        os.close(fd)


class Folders:
    """The folders below one root that are known to be durable, up to the root. The root itself is never made."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._durable: set[tuple[int, int]] = set()

    def make(self, folder: Path) -> None:
        """One made by another process may not be durable yet: who uses a folder first settles it himself."""
        if folder == self._root or self._known(folder):
            return
        self.make(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        settle_folder(folder.parent)
        found = folder.stat()
        self._durable.add((found.st_dev, found.st_ino))

    def settle(self, folder: Path) -> None:
        """Also if somebody has just removed it as empty: then what it is gone from is settled."""
        try:
            settle_folder(folder)
        except FileNotFoundError:
            if folder == self._root:
                raise
            self.settle(folder.parent)

    def prune(self, folder: Path) -> None:
        """Remove it if it is empty, and its parents likewise."""
        while folder != self._root:
            try:
                folder.rmdir()
            except OSError:  # not empty, or gone already
                return
            folder = folder.parent

    def _known(self, folder: Path) -> bool:
        try:
            found = folder.stat()
        except FileNotFoundError:
            return False
        return (found.st_dev, found.st_ino) in self._durable


def _settle_each(folder: Path) -> None:
    for place, _, files in os.walk(folder):
        for file in (Path(place) / name for name in files):
            if not file.is_symlink():
                fd = os.open(file, os.O_RDONLY)
                try:
                    settle(fd)
                finally:
                    os.close(fd)
        settle_folder(Path(place))


@contextmanager
def locked(lock: Path, *, deadline_seconds: float) -> Iterator[None]:
    """Alone among all processes of this machine; the kernel gives it back when we die."""
    fd = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(fd, lock, clock.monotonic() + deadline_seconds)
        os.ftruncate(fd, 0)
        os.pwrite(fd, str(os.getpid()).encode(), 0)  # for the sentence below, read by whoever waits in vain
        yield
    finally:
        os.close(fd)


def _take(fd: int, lock: Path, deadline: float) -> None:
    while True:
        try:
            return fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if clock.monotonic() > deadline:
                holder = os.pread(fd, 20, 0).decode() or "unknown"
                raise StoreLost(
                    f"Process {holder} holds {lock} for seconds where milliseconds are usual, so nothing was changed."
                    f" If it is stopped or hangs, end it: kill -9 {holder}"
                ) from None
            clock.sleep(0.002)
