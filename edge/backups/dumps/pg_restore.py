"""pg_restore at work, fed as the bytes come."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from edge import streams
from edge.backups.dumps.taking import why
from edge.postgres.addresses import Address
from edge.streams import TONGUE, Stream
from mainstay.errors import CommandFailed

NAME = "mainstay restore"


class Work:
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


@contextmanager
def piped(argv: Sequence[str], target: Address) -> Iterator[Work]:
    """Whoever leaves before its end ends it, and what it did is taken back."""
    words = [*argv, "--single-transaction", target.argument]
    with streams.consuming(words, environment={**target.environment(NAME), **TONGUE}) as stream:
        yield Work(stream)


def _judge(ended: int, said: str) -> None:
    if ended != 0:
        raise CommandFailed(
            f"The restore failed, and what is in that database is not to be used: {why(ended, said, 'pg_restore')} "
            "Drop it and make it anew before the next try."
        )
