"""What the database of a set holds: its table of contents stands at its head, so the rest is not read."""

from edge.backups.opening import BadSet, Opened
from mainstay.backups.dumps.archive import Contents, DamagedDump, PassingDump
from mainstay.backups.sets import Dump


class _Enough(Exception):
    """The table of contents has passed."""


def inside(opened: Opened, dump: Dump) -> Contents:
    """That all of it is there is not said with this."""
    passing = PassingDump()

    def feed(data: bytes) -> None:
        passing.feed(data)
        if passing.contents is not None:
            raise _Enough

    try:
        opened.piece(dump.piece, feed)
    except _Enough:
        assert passing.contents is not None
        return passing.contents
    except DamagedDump as reason:
        raise BadSet(f"{dump.piece.key} in the store holds no dump: {reason}. Choose another set.") from reason
    raise BadSet(f"{dump.piece.key} in the store holds no dump: its table of contents never ends. Choose another set.")
