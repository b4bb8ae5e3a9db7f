"""Errors and durations of both colors around the switch, drawn in text for Prefect's UI."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from statistics import median

from mainstay.colors import other
from mainstay.descriptor.service import Color
from mainstay.watch.traffic import Request

COLUMNS = 24  # on either side of the switch
SHORTEST_SECONDS = 60.0  # shown before and after it, however short the watch was
BLOCKS = "▁▂▃▄▅▆▇█"
NOBODY, NONE = " ", "·"  # no request at all; requests, and none failed
Column = Sequence[Request]


def chart(requests: Iterable[Request], color: Color, switched_at: float, now: float) -> str:
    """Markdown. ``color`` is the one that users see since the switch; as much is shown before it as after."""
    span = max(now - switched_at, SHORTEST_SECONDS)
    columns = {one: _columns(requests, one, switched_at, span) for one in (other(color), color)}
    shares = {one: [_share(column) for column in row] for one, row in columns.items()}
    typical = {one: [_typical(column) for column in row] for one, row in columns.items()}
    most, longest = _largest(shares.values()), _largest(typical.values())
    return "\n".join(
        [
            "```text",
            f"failed, █ = {most:.1%}, {NONE} none",
            *(f"{one:<6}{_row(row, most)}" for one, row in shares.items()),
            f"median duration, █ = {longest * 1000:.0f} ms",
            *(f"{one:<6}{_row(row, longest)}" for one, row in typical.items()),
            f"{'':<6}{_axis(switched_at, span)}",
            "```",
        ]
    )


def _columns(requests: Iterable[Request], color: Color, switched_at: float, span: float) -> list[Column]:
    found: list[list[Request]] = [[] for _ in range(2 * COLUMNS)]
    for request in requests:
        place = (request.at - switched_at) / span
        if request.color == color and -1 <= place <= 1:
            found[min(int((place + 1) * COLUMNS), 2 * COLUMNS - 1)].append(request)
    return list(found)


def _share(column: Column) -> float | None:
    return sum(request.failed for request in column) / len(column) if column else None


def _typical(column: Column) -> float | None:
    seconds = [request.seconds for request in column if request.timed]
    return median(seconds) if seconds else None


def _largest(rows: Iterable[Sequence[float | None]]) -> float:
    return max((value for row in rows for value in row if value is not None), default=0.0)


def _row(values: Sequence[float | None], largest: float) -> str:
    cells = [_cell(value, largest) for value in values]
    return "".join([*cells[:COLUMNS], "│", *cells[COLUMNS:]])


def _cell(value: float | None, largest: float) -> str:
    if value is None:
        return NOBODY
    return BLOCKS[min(int(value / largest * len(BLOCKS)), len(BLOCKS) - 1)] if value else NONE


def _axis(switched_at: float, span: float) -> str:
    """The hour of both ends and of the switch, which stands right below its bar."""
    begin, switch, end = (f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}" for at in _ends(switched_at, span))
    return f"{begin:<{COLUMNS - 4}}{switch:^9}{end:>{COLUMNS - 4}} UTC"


def _ends(switched_at: float, span: float) -> tuple[float, float, float]:
    return switched_at - span, switched_at, switched_at + span
