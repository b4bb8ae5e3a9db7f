"""When a base is a full one and when an increment, on which one a point stands, and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mainstay.backups.bases.base import (
    LONGEST_CHAIN,
    OLDEST_FULL,
    POINT_BYTES,
    Cluster,
    HeldBase,
    bases_of,
    plan_base,
    plan_physical,
    point_name,
    refuses_increment,
    waits_for,
)
from mainstay.backups.sets import BackupSet, Base, Piece, Point, new_id

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PIECE = Piece("sets/x", 1, "0" * 64, 1000)
CLUSTER = Cluster("7300", 1, "18.6", summarizes=True, segment_bytes=1 << 24)


def made(id: str, *, on: str | None = None, depth: int = 0, hours: float = 1, plain_bytes: int = 1000) -> BackupSet:
    at = NOON - timedelta(hours=hours)
    piece = replace(PIECE, plain_bytes=plain_bytes)
    base = Base(piece, PIECE, "7300", 1, "0/2000028", "0/2000120", "18.6", "18.6", on, depth)
    return BackupSet(id, "shop", "production", "full", at, at, at, "anna", None, None, PIECE, base=base)


def held(made: BackupSet, level: int | None = 1, *, remembered: bool = True, broken: str = "") -> HeldBase:
    return HeldBase(made, level, remembered, broken)


def chain_of(length: int) -> list[HeldBase]:
    """Newest first; none of it is large."""
    sets = [made("0", hours=100)]
    for number in range(1, length):
        sets.append(made(str(number), on=str(number - 1), depth=number, hours=100 - number, plain_bytes=10))
    return [held(each) for each in sets[::-1]]


def planned(*known: HeldBase, cluster: Cluster = CLUSTER, tool: str = "18.6") -> tuple[str | None, str]:
    plan = plan_base(cluster, tool, known, NOON)
    return plan.on.id if plan.on else None, plan.reasons[0]


def test_the_first_base_is_a_full_one() -> None:
    assert planned() == (None, "a full base: there is none yet")


def test_the_next_one_holds_what_changed_since_the_newest() -> None:
    assert planned(held(made("b")), held(made("a"))) == ("b", "a base of what changed since b")


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_proof_that_is_still_to_come_does_not_force_a_full_one(level: int) -> None:
    assert planned(held(made("b"), level))[0] == "b"


def test_a_base_whose_proof_failed_is_no_parent_and_neither_is_what_stands_on_it() -> None:
    assert planned(held(made("b"), None)) == (None, "a full base: the proof of b failed")
    above = held(made("c", on="b", depth=1, plain_bytes=10))
    assert planned(above, held(made("b"), None)) == (None, "a full base: the proof of b failed")


def test_a_base_that_stands_on_nothing_is_no_parent() -> None:
    assert planned(held(made("c", on="b", depth=1)))[1] == "a full base: b, which c needs, is not there"


def test_a_server_that_was_promoted_or_made_anew_begins_with_a_full_one() -> None:
    promoted, other = replace(CLUSTER, timeline=2), replace(CLUSTER, id="7301")
    assert planned(held(made("b")), cluster=promoted)[1] == "a full base: the server is on timeline 2, b on 1"
    assert planned(held(made("b")), cluster=other)[1] == "a full base: b is of another cluster"


def test_a_log_that_is_not_whole_forces_a_full_one() -> None:
    assert planned(held(made("b"), broken="it ends at 0/2000000"))[1] == (
        "a full base: the log since b is not whole: it ends at 0/2000000"
    )


def test_what_this_machine_does_not_remember_forces_a_full_one() -> None:
    assert planned(held(made("b"), remembered=False))[0] is None


@pytest.mark.parametrize("length", [1, 2, LONGEST_CHAIN, LONGEST_CHAIN + 1])
def test_a_chain_has_its_length(length: int) -> None:
    found, why = planned(*chain_of(length))
    assert (found is None) is (length > LONGEST_CHAIN), why


def test_a_full_one_is_taken_every_week() -> None:
    young, old = OLDEST_FULL - timedelta(hours=1), OLDEST_FULL
    assert planned(held(made("b", hours=young / timedelta(hours=1))))[0] == "b"
    assert planned(held(made("b", hours=old / timedelta(hours=1)))) == (
        None,
        "a full base: the last one, b, is 7 days old",
    )


def test_an_increment_as_large_as_half_a_full_one_is_the_last_on_it() -> None:
    full = held(made("a", hours=2))
    assert planned(held(made("b", on="a", depth=1, plain_bytes=500)), full)[0] == "b"
    assert planned(held(made("b", on="a", depth=1, plain_bytes=510)), full)[1] == (
        "a full base: the last increment was 51% of its full base"
    )


def test_what_cannot_make_increments_says_so() -> None:
    asked = held(made("b"))
    assert "PostgreSQL 16.2 makes no increments" in planned(asked, cluster=replace(CLUSTER, server="16.2"))[1]
    assert "pg_basebackup 16.2 makes no increments" in planned(asked, tool="16.2")[1]
    assert "summarize_wal = on" in planned(asked, cluster=replace(CLUSTER, summarizes=False))[1]


def test_the_database_alone_is_a_point_on_the_newest_base_that_can_be_used() -> None:
    plan = plan_physical("database", CLUSTER, "18.6", (held(made("c"), None), held(made("b"))), NOON)
    assert plan.base is None and plan.on is not None and plan.on.id == "b"


def test_the_database_alone_takes_a_full_base_where_there_is_none_to_stand_on() -> None:
    for known, why in [((), "there is no base yet"), ((held(made("c"), None),), "the proof of c failed")]:
        plan = plan_physical("database", CLUSTER, "18.6", known, NOON)
        assert plan.on is None and plan.base is not None and plan.base.on is None
        assert plan.base.reasons == (f"a full base: {why}",)


def test_a_point_is_of_use_when_the_log_is_there_up_to_it() -> None:
    base = made("b").base
    assert base is not None
    assert waits_for(base, None) == 0x2000120
    assert waits_for(base, Point("x", "7300", 1, "0/3000000", "b")) == 0x3000000


def test_the_name_of_a_point_is_one_that_postgresql_takes() -> None:
    name = point_name(new_id("incremental", NOON, "abcd"))
    assert len(name.encode()) <= POINT_BYTES and name.startswith("mainstay 20261120-120000")


def test_a_base_that_stands_on_itself_ends() -> None:
    strange = made("a", on="a", depth=1)
    assert bases_of({"a": strange}, "a") == (strange,)


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("could not initiate base backup: ERROR:  WAL summarization is not progressing", True),
        ("ERROR:  WAL summaries are required on timeline 1 from 0/2000028 to 0/4000028", True),
        ("could not upload manifest: ERROR:  system identifier in backup manifest is 7, but database", True),
        ("could not receive data from WAL stream: server closed the connection unexpectedly", False),
        ("could not initiate base backup: FATAL:  number of requested standby connections exceeds", False),
    ],
)
def test_where_no_increment_can_be_made_a_full_base_is_and_nothing_else_is_an_excuse(said: str, refused: bool) -> None:
    assert refuses_increment(said) is refused
