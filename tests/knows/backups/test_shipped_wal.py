"""How far the log in a store reaches is told by the names of what lies there."""

import json
from datetime import UTC, datetime

import pytest

from mainstay import records
from mainstay.backups.log.places import SEGMENT_BYTES, lsn
from mainstay.backups.log.shipped import NOWHERE, Log, Shipped, joined, unbroken
from mainstay.backups.sets import Piece

LOG = Log("shop", "production", "7300")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def keys(*numbers: int, timeline: int = 1) -> list[str]:
    """As a store lists them: the piece before its record, and what is no segment behind them."""
    names = [LOG.name(timeline, number * SEGMENT_BYTES) for number in sorted(numbers)]
    pieces = [key for name in names for key in (LOG.whole_key(name, "-1a.zst.age"), LOG.whole_key(name))]
    return sorted([*pieces, LOG.whole_key("00000002.history"), LOG.partial_key(LOG.name(1, 0), 5)])


def shipped(start: int, stop: int) -> Shipped:
    return Shipped(LOG.name(1, start), lsn(start), lsn(stop), Piece("a", 1, "", 1), "", NOON)


@pytest.mark.parametrize(
    "there, since, reached",
    [((), 3, 3), ((3, 4, 5), 3, 6), ((3, 4, 6), 3, 5), ((4, 5), 3, 3), ((1, 2, 3), 2, 4), ((254, 255, 256), 254, 257)],
)
def test_it_reaches_to_the_first_gap(there: tuple[int, ...], since: int, reached: int) -> None:
    within = since * SEGMENT_BYTES + 7
    assert unbroken(LOG, 1, within, keys(*there)) == reached * SEGMENT_BYTES


def test_another_timeline_does_not_continue_it() -> None:
    assert unbroken(LOG, 1, 3 * SEGMENT_BYTES, sorted([*keys(3), *keys(4, timeline=2)])) == 4 * SEGMENT_BYTES


def test_parts_count_as_far_as_they_follow_each_other() -> None:
    assert joined(0, [shipped(0, 100), shipped(100, 250), shipped(300, 400)]) == 250
    assert joined(0, [shipped(0, 100), shipped(0, 250), shipped(200, 400)]) == 400
    assert joined(0, [shipped(50, 100)]) == 0


def test_a_whole_segment_and_a_part_of_it_lie_under_different_keys() -> None:
    whole, part = shipped(0, SEGMENT_BYTES), shipped(16, SEGMENT_BYTES)
    assert LOG.record_key(whole) == "wal/shop/production/7300/000000010000000000000000.signed"
    assert LOG.record_key(part) == "wal/shop/production/7300/partial/000000010000000000000000/01000000.signed"
    history = Shipped("00000002.history", NOWHERE, NOWHERE, Piece("a", 1, "", 1), "", NOON)
    assert LOG.record_key(history) == "wal/shop/production/7300/00000002.history.signed"


def test_a_record_of_an_older_version_does_not_say_to_whom_its_piece_is_sealed_and_is_read() -> None:
    line = json.loads(records.encode(shipped(0, 5), nonce="a"))
    del line["value"]["sealed_to"]
    assert records.decode(Shipped, json.dumps(line).encode()).sealed_to == {}
