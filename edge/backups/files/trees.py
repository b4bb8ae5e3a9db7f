"""The door to folders that are backed up: looked at with find, read and laid out with GNU tar.

Both tools stand on every Linux host, so the same is done over a connection: no program of ours is needed there.
"""

import re
import shutil
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge import clock, streams
from edge.backups.sealing import Readable
from edge.streams import TONGUE, Stream
from mainstay.backups.files import scan
from mainstay.backups.files.plain_tar import DamagedTar, Member, PassingTar
from mainstay.errors import BadInput, CommandFailed, Refused
from mainstay.store import BACKUPS

CHUNK_BYTES = 1 << 20
BEHIND = 16  # chunks of what was opened that may wait to be laid out
RECORD_BYTES = 10_240  # so much tar reads at once: more behind the end would be left in its pipe, and break that
ROOM = "Nothing of it was kept. See whether its disk has room, then do this again."
# Between two looks it went, or a folder above it became something else; that is nobody's fault.
_GONE = ("No such file or directory", "Not a directory")
_TURNED = ("Cannot readlink: Invalid argument", "Cannot open: Too many levels of symbolic links")  # a folder, a link
_LARGE_STEPS = "--blocking-factor=512"  # of 256 KiB instead of 10: it spends most of its time on them
_PLAIN = ("--format=posix", "--pax-option=delete=atime,delete=ctime", "--sparse", "--xattrs", "--numeric-owner")


@dataclass(frozen=True)
class Look:
    marks: dict[bytes, bytes]
    at: float  # in seconds since 1970, before it began


def look(folder: Path, excludes: Sequence[str] = ()) -> Look:
    """All names below it and what tells that one changed. ``excludes``: patterns of names, or of paths below it."""
    if not folder.is_dir():
        raise BadInput(
            f"The folder {folder} is not there, so nothing of it is kept. Make it, or mend files: in the descriptor."
        )
    at = clock.now().timestamp()
    argv = [gnu("find", "gfind"), f"{folder}/", *_without(folder, excludes), "-printf", scan.FORMAT]
    with streams.producing(argv, environment=TONGUE) as found:
        told = found.pipe.read()
        ended = found.ended()
        faults = [line for line in found.said().splitlines() if not line.endswith(_GONE)]
    if faults or ended not in (0, 1):
        raise CommandFailed(
            f"Not everything below {folder} can be read, so it was not taken as whole: {'; '.join(faults[:5])[:800]}."
            " Give the user Mainstay runs as the right to read it, or name it in excludes:."
        )
    return Look(scan.read_scan(told), at)


def refuse_store_inside(folder: Path, backups: str, setting: str = BACKUPS) -> None:
    """Every set would hold all sets before it. ``setting``: the word of the environment that names that store."""
    if backups.startswith("/") and Path(backups).resolve().is_relative_to(folder.resolve()):
        raise BadInput(
            f"{setting}: {backups} lies inside of {folder}, which is backed up. Nothing was begun. Name another"
            " place, best on another machine."
        )


class Reading:
    """A tar of some of these names, as it comes."""

    def __init__(self, stream: Stream, folder: Path, names: Sequence[bytes]) -> None:
        self._stream, self._folder, self._names = stream, folder, names
        self._passing = PassingTar()
        self._passed = 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._stream.pipe.read(CHUNK_BYTES if size < 0 else size)
        self._passing.feed(data)
        left = len(data) if (length := self._passing.length) is None else length + -length % RECORD_BYTES - self._passed
        self._passed += len(data)
        return data[: max(0, left)]

    def finish(self) -> tuple[Member, ...]:
        """What is in it, whole. A name that is not in it was gone when it was to be read; whatever else is wrong is
        ``CommandFailed``, and what was read may not be kept.
        """
        while data := self._stream.pipe.read(CHUNK_BYTES):
            self._passing.feed(data)
        ended, members = self._stream.ended(), tuple(self._passing.members)
        said = [line for line in self._stream.said().splitlines() if not _nobodys_fault(line)]
        try:
            self._passing.close()
        except DamagedTar as reason:
            raise CommandFailed(f"Reading {self._folder} broke off: {reason}. {'; '.join(said)[:800]}") from reason
        if said or ended not in (0, 1, 2):
            raise CommandFailed(
                f"Not everything in {self._folder} could be read (tar ended with {ended}): {'; '.join(said)[:800]}."
            )
        return members


@contextmanager
def reading(folder: Path, names: Sequence[bytes]) -> Iterator[Reading]:
    argv = [gnu("tar", "gtar"), "--create", "--file=-", *_PLAIN, _LARGE_STEPS, f"--directory={folder}"]
    told = b"".join(name + b"\0" for name in names)
    with streams.producing(
        [*argv, "--no-recursion", "--null", "--files-from=-"], environment=TONGUE, given=told
    ) as stream:
        yield Reading(stream, folder, names)


class Laying:
    """A tar on its way to where it is laid out. What passes is hashed, beside whoever opens what comes next."""

    def __init__(self, stream: Stream, folder: Path, beside: Executor) -> None:
        self._stream, self._folder, self._beside = stream, folder, beside
        self._passing = PassingTar()
        self._handed: deque[Future[None]] = deque()

    def write(self, data: bytes) -> None:
        """What went wrong with what was handed earlier is raised here, or by ``finish``."""
        self._settle(BEHIND - 1)
        self._handed.append(self._beside.submit(self._lay, data))

    def _settle(self, most: int) -> None:
        """Until no more than so many wait. Who is interrupted here still has the one he waited for to wait for."""
        while len(self._handed) > most:
            self._handed[0].result()
            self._handed.popleft()

    def _lay(self, data: bytes) -> None:
        self._passing.feed(data)
        view = memoryview(data)
        try:
            while view:
                view = view[self._stream.pipe.write(view) :]
        except BrokenPipeError:
            raise CommandFailed(
                f"Laying out in {self._folder} broke off: {self._stream.said()[:800] or 'tar ended'}. {ROOM}"
            ) from None

    def finish(self) -> tuple[Member, ...]:
        self._settle(0)
        self._passing.close()
        ended = self._stream.ended()
        if ended != 0:
            raise CommandFailed(
                f"Laying out in {self._folder} failed (tar ended with {ended}): {self._stream.said()[:800]}. {ROOM}"
            )
        return tuple(self._passing.members)

    def leave(self) -> None:
        """Nobody may write any more when the pipe is closed: its number may be another file's by then."""
        for each in self._handed:
            each.cancel()
        wait(self._handed)


@contextmanager
def laying(folder: Path) -> Iterator[Laying]:
    """All of what is written lands below the folder: GNU tar follows no link it made itself, and takes no name that
    leads out. ``--overwrite`` is not given: what stands there is replaced, never written through.
    """
    argv = [gnu("tar", "gtar"), "--extract", "--file=-", "--xattrs", "--xattrs-include=*", "--numeric-owner"]
    argv += ["--preserve-permissions", "--delay-directory-restore", f"--directory={folder}"]
    with ThreadPoolExecutor(1) as beside, streams.consuming(argv, environment=TONGUE) as stream:
        laying = Laying(stream, folder, beside)
        try:
            yield laying
        finally:
            laying.leave()


def unpacked(source: Readable, laying: Laying) -> None:
    while chunk := source.read(CHUNK_BYTES):
        laying.write(chunk)


def _nobodys_fault(line: str) -> bool:
    """It changed or went while it was read: the next look sees that."""
    changed = ("file changed as we read it", "File removed before we read it", "due to previous errors")
    return (
        line.endswith((*_GONE, *_TURNED, *changed))
        or re.search(r"File shrank by \d+ bytes; padding with zeros$", line) is not None
    )


def _without(folder: Path, excludes: Sequence[str]) -> list[str]:
    if not excludes:
        return []
    below = re.sub(r"([*?\[\\])", r"\\\1", f"{folder}/")
    tests = [("-path", below + each.strip("/")) if "/" in each else ("-name", each) for each in excludes]
    words = [word for test in tests for word in ("-o", *test)][1:]
    return ["!", "-path", below, "(", *words, ")", "-prune", "-o"]  # the folder may be called as what is left out


def gnu(*names: str) -> str:
    """The tool under the first name that is GNU's; those of a Mac are called so when they were installed."""
    for name in names[::-1]:
        if found := shutil.which(name):
            return found
    raise Refused(
        f"{names[0]} is not on this machine, and folders are read with it. Install it: apt-get install {names[0]}"
    )
