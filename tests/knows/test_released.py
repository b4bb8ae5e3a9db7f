"""What a journal tells of a release when its change is over."""

from collections.abc import Mapping

from mainstay.deploy import GoLive, as_after, as_before
from mainstay.journal import Entry, Journal, Kind
from mainstay.released import DATABASE, record_of
from mainstay.releases import ReleaseRecord
from mainstay.report import End
from tests.knows.releases_world import MIDNIGHT, going_live, release

END = End("Completed", ("0 of 144 requests failed", "and more"), numbers={"requests": 144})


def told(
    *steps: tuple[Mapping[str, str], Mapping[str, str]], plan: GoLive | None = None, end: End = END, **said: str
) -> ReleaseRecord:
    plan = plan or going_live()
    entries = [Entry(Kind.REQUEST, "deploy", 1, MIDNIGHT, before=as_before(plan), after=as_after(plan, **said))]
    entries += [Entry(Kind.STEP, "s", 1, MIDNIGHT, before=before, after=after) for before, after in steps]
    return record_of(Journal("c1", tuple(entries)), plan, end, "anna", MIDNIGHT)


def moved(before: str, after: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    return {DATABASE: before}, {DATABASE: after}


def test_it_says_what_who_when_and_how_it_ended() -> None:
    record = told(approved_by="bert", backup="20261120-full")
    assert (record.change, record.version, record.release, record.color) == ("c1", "v2", release("v2"), "green")
    assert (record.outcome, record.verdict, record.numbers) == ("Completed", END.reasons[0], END.numbers)
    assert (record.who, record.at, record.approved_by) == ("anna", MIDNIGHT, "bert")
    assert (record.replaced, record.backup) == (release("v1").id, "20261120-full")


def test_a_first_release_replaced_nothing_and_nobody_need_have_agreed() -> None:
    record = told(plan=going_live(before=None))
    assert (record.replaced, record.approved_by, record.gave_up) == (None, None, None)


def test_a_rollback_says_what_it_gave_up() -> None:
    assert told(gave_up="r2").gave_up == "r2"


def test_an_announced_migration_that_never_began_moved_nothing() -> None:
    record = told(migration="contract", loses="yes")
    assert (record.migration, record.loses, record.head_before, record.head_after) == (None, False, None, None)


def test_one_that_began_may_have_stayed_though_nobody_saw_its_end() -> None:
    record = told(({DATABASE: "0001"}, {}), migration="contract", loses="yes")
    assert (record.migration, record.loses, record.head_before, record.head_after) == ("contract", True, "0001", None)


def test_of_several_moves_the_first_beginning_and_the_last_end_count() -> None:
    record = told(moved("0001", "0002"), moved("0002", "0003"), migration="expand")
    assert (record.head_before, record.head_after, record.loses) == ("0001", "0003", False)


def test_a_kind_nobody_knows_is_none() -> None:
    assert told(moved("0001", "0002"), migration="sideways").migration is None


def test_an_end_without_a_reason_has_an_empty_verdict() -> None:
    assert told(end=End("RolledBack", ())).verdict == ""
