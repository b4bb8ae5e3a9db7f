"""What users see is theirs when the change that brought it is over; until then nobody hears that it is done."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mainstay.deploy import as_after, as_before
from mainstay.errors import Refused
from mainstay.journal import Entry, Journal, Kind
from mainstay.turn import Holder, Urgency
from mainstay.unsettled import Bringing, bringing, refuse_open
from tests.knows.releases_world import going_live, release

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ANNA = Holder("c-1", "deploy", "run-7", "m1", 41, "boot+5", "anna", Urgency.ROUTINE)
ASKED = Entry(Kind.REQUEST, "deploy", 1, NOW, as_before(going_live()), as_after(going_live()))


def brought(*entries: Entry, holder: Holder | None = ANNA) -> Bringing:
    found = bringing(Journal("c-1", (ASKED, *entries)), holder)
    assert found is not None
    return found


def asked_again(*found: Bringing, version: str = "v2") -> None:
    refuse_open(version, "shop production", release(version).id, found)


def test_who_asks_for_what_is_being_watched_is_told_which_run_decides_about_it() -> None:
    with pytest.raises(Refused, match=r"see v2, but c-1, which brought it, is open.*mainstay follow run-7"):
        asked_again(brought())
    with pytest.raises(Refused, match="still carried out"):
        asked_again(brought(holder=replace(ANNA, run=None)))


def test_who_asks_for_what_was_left_half_done_is_told_that_it_is_being_settled() -> None:
    with pytest.raises(Refused, match=r"c-1.*Nobody carries it out now, so keeper settles it.*mainstay undo c-1"):
        asked_again(brought(holder=None))


def test_what_passed_is_not_taken_back_and_what_brings_another_release_is_another_matter() -> None:
    asked_again(brought(Entry(Kind.PASSED, "", 1, NOW)))
    asked_again(brought(), version="v3")
    asked_again()


@pytest.mark.parametrize("entries", [(), (replace(ASKED, step="maintenance", before={}, after={}),)])
def test_a_change_that_brings_no_release_or_has_not_said_which_is_none_to_wait_for(entries: tuple[Entry, ...]) -> None:
    assert bringing(Journal("c-1", entries), None) is None
