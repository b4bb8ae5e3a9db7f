"""What becomes of a half-done change: every row of the table, and every prefix of a change's life."""

from datetime import UTC, datetime

import pytest

from mainstay.journal import (
    ACCEPTED,
    PASS,
    TABLE,
    Direction,
    Entry,
    HostMarks,
    Journal,
    Kind,
    decide_settlement,
)
from mainstay.records import decode, encode

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
UNTOUCHED = HostMarks("web1", acts=0)
CHANGED = HostMarks("web1", acts=2)
PASSED = HostMarks("web1", acts=2, marks=(PASS,))
LIFE = (
    (Kind.REQUEST, "deploy", Direction.NOTHING),
    (Kind.STEP, "start green", Direction.BACK),
    (Kind.STEP, "switch to green", Direction.BACK),
    (Kind.PASSED, "", Direction.FORWARD),
    (Kind.STEP, "stop blue", Direction.FORWARD),
    (Kind.CLOSED, "Completed", Direction.NOTHING),
)


def journal(*entries: tuple[Kind, str]) -> Journal:
    return Journal("c-1", tuple(Entry(kind, step, 1, NOW) for kind, step in entries))


def direction(found: Journal, *hosts: HostMarks) -> Direction:
    return decide_settlement(found, hosts).direction


@pytest.mark.parametrize("length", range(1, len(LIFE) + 1))
def test_a_change_killed_after_any_entry_goes_one_way(length: int) -> None:
    assert direction(journal(*((kind, step) for kind, step, _ in LIFE[:length])), UNTOUCHED) is LIFE[length - 1][2]


@pytest.mark.parametrize("word", [PASS, ACCEPTED])
def test_a_verdict_on_one_host_counts_though_the_store_was_away(word: str) -> None:
    half = journal((Kind.REQUEST, "deploy"), (Kind.STEP, "switch to green"))
    assert direction(half, CHANGED, HostMarks("web2", 1, (word,))) is Direction.FORWARD


def test_an_acceptance_in_the_store_is_a_verdict() -> None:
    kept = journal((Kind.REQUEST, "deploy"), (Kind.STEP, "switch"), (Kind.ACCEPTED, ""))
    assert direction(kept, CHANGED) is Direction.FORWARD


def test_a_host_that_was_changed_without_the_store_is_put_back() -> None:
    assert direction(journal((Kind.REQUEST, "deploy")), UNTOUCHED, CHANGED) is Direction.BACK
    assert direction(Journal("c-1"), CHANGED) is Direction.BACK


def test_nothing_begun_is_nothing() -> None:
    assert direction(Journal("c-1"), UNTOUCHED) is Direction.NOTHING
    assert direction(Journal("c-1")) is Direction.NOTHING


def test_a_settlement_that_was_begun_is_not_turned_round() -> None:
    back = journal((Kind.REQUEST, "deploy"), (Kind.STEP, "switch"), (Kind.SETTLING, "back"))
    assert direction(back, PASSED) is Direction.BACK
    forward = journal((Kind.REQUEST, "deploy"), (Kind.STEP, "switch"), (Kind.SETTLING, "forward"))
    assert direction(forward, CHANGED) is Direction.FORWARD


def test_a_closed_change_is_left_alone_whatever_its_hosts_recorded() -> None:
    assert direction(journal((Kind.REQUEST, "deploy"), (Kind.CLOSED, "RolledBack")), PASSED) is Direction.NOTHING


def test_every_row_decides_something_and_says_why() -> None:
    cases = [
        (journal((Kind.CLOSED, "Completed")), UNTOUCHED),
        (journal((Kind.SETTLING, "back")), UNTOUCHED),
        (journal((Kind.SETTLING, "forward")), UNTOUCHED),
        (journal((Kind.PASSED, "")), UNTOUCHED),
        (Journal("c-1"), PASSED),
        (journal((Kind.STEP, "switch")), UNTOUCHED),
        (Journal("c-1"), CHANGED),
        (Journal("c-1"), UNTOUCHED),
    ]
    assert [decide_settlement(found, [host]).sentence for found, host in cases] == [row.sentence for row in TABLE]


def test_an_empty_settlement_that_died_goes_on_by_what_is_found() -> None:
    nothing = journal((Kind.REQUEST, "deploy"), (Kind.SETTLING, "nothing"))
    assert direction(nothing, UNTOUCHED) is Direction.NOTHING
    assert direction(nothing, CHANGED) is Direction.BACK


def test_a_journal_knows_what_it_began() -> None:
    whole = journal(*((kind, step) for kind, step, _ in LIFE))
    assert [entry.step for entry in whole.steps] == ["start green", "switch to green", "stop blue"]


def test_an_entry_can_be_written_down_and_read_back() -> None:
    entry = Entry(Kind.STEP, "switch", 3, NOW, {"live": "blue"}, {"live": "green"}, "why")
    assert decode(Entry, encode(entry, nonce="n")) == entry
