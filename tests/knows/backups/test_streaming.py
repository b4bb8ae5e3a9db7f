"""What is seen of a stream, and what that means."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mainstay.backups.log.receiver_words import read
from mainstay.backups.log.streaming import (
    MEGABYTE,
    Break,
    Marks,
    Sight,
    SlotSight,
    cannot_go_on,
    continues,
    judge_slot,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SIGHT = Sight(NOON, "7300", 1, 900 * MEGABYTE, SlotSight(900 * MEGABYTE, "reserved", True))


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def judged(sight: Sight, begun: int | None = 0) -> tuple[str | None, bool]:
    verdict = judge_slot(sight, 100, begun=begun, name="mainstay_production")
    return verdict.broken, verdict.alarm


def holding(megabytes: int) -> Sight:
    return replace(SIGHT, slot=SlotSight((900 - megabytes) * MEGABYTE, "reserved", True))


def test_what_was_committed_by_when_is_told_from_how_long_the_log_was() -> None:
    marks = Marks()
    for seconds, position in ((0, 100), (1, 200), (2, 200), (3, 300)):
        marks.note(at(seconds), position)
    assert marks.until(99) is None
    assert [marks.until(position) for position in (100, 199, 200, 299, 300)] == [at(0), at(0), at(2), at(2), at(3)]


def test_while_nothing_is_written_everything_stays_covered() -> None:
    marks = Marks()
    for seconds in range(100):
        marks.note(at(seconds), 500)
    assert marks.until(500) == at(99)


def test_what_was_shipped_long_ago_is_forgotten_and_changes_nothing() -> None:
    marks = Marks()
    for seconds in range(10):
        marks.note(at(seconds), 100 * seconds)
    marks.forget(450)
    assert (marks.until(450), marks.until(800), marks.until(399)) == (at(4), at(8), None)


@pytest.mark.parametrize(
    "megabytes, verdict",
    [(0, (None, False)), (49, (None, False)), (50, (None, True)), (99, (None, True)), (100, ("slot given up", False))],
)
def test_a_slot_alarms_at_half_its_bound_and_is_given_up_at_it(
    megabytes: int, verdict: tuple[str | None, bool]
) -> None:
    assert judged(holding(megabytes)) == verdict


def test_what_the_server_had_before_the_slot_was_made_does_not_count() -> None:
    assert judged(holding(500), begun=880 * MEGABYTE) == (None, False)


def test_a_slot_that_is_gone_or_invalid_was_lost_if_there_was_one() -> None:
    gone, invalid = replace(SIGHT, slot=None), replace(SIGHT, slot=SlotSight(None, "lost", False))
    assert judged(gone) == judged(invalid) == ("slot lost", False)
    assert judged(gone, begun=None) == judged(invalid, begun=None) == (None, False)


def test_another_cluster_or_timeline_continues_nothing() -> None:
    assert continues(SIGHT, "", 0).broken is None
    assert continues(SIGHT, "7300", 1).broken is None
    assert continues(SIGHT, "7300", 2).broken == "timeline"
    assert continues(SIGHT, "7200", 1).broken == "cluster"


def test_a_database_that_was_put_back_beside_us_is_received_again_on_another_timeline_only() -> None:
    diverged = Break(NOON, "diverged", "", "7300", 1, None)
    assert cannot_go_on(diverged, "7300", 1)
    assert not cannot_go_on(diverged, "7300", 2)
    assert not cannot_go_on(replace(diverged, kind="gap"), "7300", 1) and not cannot_go_on(None, "7300", 1)


@pytest.mark.parametrize(
    "said, broken",
    [
        (
            "error: ... ERROR:  requested WAL segment 000000010000000000000002 has already been removed",
            "gap",
        ),
        ('error: replication slot "mainstay_production" does not exist', "slot lost"),
        ('error: ... ERROR:  can no longer access replication slot "mainstay_production"', "slot lost"),
        (
            "error: ERROR:  requested starting point 0/9000000 is ahead of the WAL flush position of this server 0/5",
            "diverged",
        ),
        (
            "error: ... ERROR:  requested starting point 0/9000000 on timeline 1 is not in this server's history",
            "timeline",
        ),
    ],
)
def test_where_it_cannot_go_on_it_begins_anew(said: str, broken: str) -> None:
    assert read(f"pg_receivewal: {said}\n", 1).broken == broken


@pytest.mark.parametrize(
    "said, sentence",
    [
        ("FATAL:  permission denied to start WAL sender", "ALTER ROLE … REPLICATION"),
        ("FATAL:  must be superuser or replication role to start walsender", "ALTER ROLE … REPLICATION"),
        (
            'FATAL:  no pg_hba.conf entry for replication connection from host "10.0.0.1", user "a", no encryption',
            "pg_hba.conf",
        ),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "a", database "b", no encryption', "TLS"),
        ('FATAL:  number of requested standby connections exceeds "max_wal_senders" (currently 10)', "max_wal_senders"),
        ("ERROR:  all replication slots are in use", "max_replication_slots"),
        ("could not write 8192 bytes to WAL file: No space left on device", "Make room"),
        ("something new", "ended with 1: something new"),
    ],
)
def test_what_passes_or_a_person_must_mend_is_one_sentence(said: str, sentence: str) -> None:
    found = read(f"pg_receivewal: error: {said}", 1)
    assert found.broken is None and found.why.startswith("The log is not received: ") and sentence in found.why
