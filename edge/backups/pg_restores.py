"""pg_restore at work: fed as the bytes come, or set on a file when all of them are there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from edge import processes, streams
from edge.backups.dumps import why
from edge.backups.pg_tools import TONGUE
from edge.durable import told
from edge.postgres.addresses import Address
from edge.scratch import scratch
from edge.streams import Stream
from mainstay.errors import CommandFailed

NAME = "mainstay restore"
LONGEST_SECONDS = 24 * 3600.0  # of one from a file; nothing else bounds it


class Work(Protocol):
    def write(self, data: bytes) -> None: ...

    def finish(self) -> None:
        """All was given; it ends well, or this raises."""
        ...


@contextmanager
def piped(argv: Sequence[str], target: Address) -> Iterator[Work]:
    """Whoever leaves before its end ends it, and what it did is taken back."""
    words = [*argv, "--single-transaction", target.argument]
    with streams.consuming(words, environment={**target.environment(NAME), **TONGUE}) as stream:
        yield _Piped(stream)


@contextmanager
def spooled(argv: Sequence[str], target: Address, folder: Path, jobs: int) -> Iterator[Work]:
    """Nothing reaches the database before all is there."""
    with scratch(folder, "dump") as place, (place / "dump").open("xb") as spool:
        yield _Spooled([*argv, f"--jobs={jobs}", target.argument], target, spool)


class _Piped:
    def __init__(self, stream: Stream) -> None:
        self._stream, self._is_done = stream, False

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view and not self._is_done:
                view = view[self._stream.pipe.write(view) :]
        except BrokenPipeError:
            self.finish()  # of a part it needs no more than the beginning

    def finish(self) -> None:
        if not self._is_done:
            _judge(self._stream.ended(), self._stream.said())
            self._is_done = True


class _Spooled:
    def __init__(self, argv: Sequence[str], target: Address, spool: BinaryIO) -> None:
        self._argv, self._target, self._spool = argv, target, spool

    def write(self, data: bytes) -> None:
        with _room(Path(self._spool.name)):
            self._spool.write(data)

    def finish(self) -> None:
        with _room(Path(self._spool.name)):
            self._spool.flush()
        ended = processes.run(
            [*self._argv, self._spool.name],
            deadline_seconds=LONGEST_SECONDS,
            environment={**self._target.environment(NAME), **TONGUE},
        )
        _judge(ended.exit, ended.text)


@contextmanager
def _room(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as reason:
        raise CommandFailed(f"A dump was to lie here while it is restored. {told(reason, place)}") from reason


def _judge(ended: int, said: str) -> None:
    if ended != 0:
        raise CommandFailed(
            f"The restore failed, and what is in that database is not to be used: {why(ended, said, 'pg_restore')} "
            "Drop it and make it anew before the next try."
        )
