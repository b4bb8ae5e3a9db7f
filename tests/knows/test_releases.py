"""What no machine deploys again, what a rollback goes to, and which folders may go."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mainstay.descriptor.service import Color
from mainstay.releases import (
    KEPT_FOLDERS,
    Release,
    ReleaseRecord,
    condemned,
    forgettable,
    good_before,
    had_since,
)

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
PASS, BACK, ACCEPTED = "Completed", "RolledBack", "Accepted"


def release(name: str) -> Release:
    return Release(name * 40, "a" * 64, "c" * 64)


def history(*steps: tuple[str, str]) -> list[ReleaseRecord]:
    """Written oldest first, as it happened; read newest first."""
    records = [
        ReleaseRecord(f"c{n}", name, release(name), "blue", outcome, "", "anna", MIDNIGHT + timedelta(hours=n))
        for n, (name, outcome) in enumerate(steps)
    ]
    return records[::-1]


def back_from(live: str | None, *steps: tuple[str, str]) -> str | None:
    found = good_before(history(*steps), release(live).id if live else None)
    return found.version if found else None


def test_a_commit_that_was_switched_back_is_condemned() -> None:
    records = history(("1", PASS), ("2", BACK), ("3", PASS))
    found = condemned(records, release("2").commit)
    assert found is not None and found.change == "c1"


@pytest.mark.parametrize("seed", range(20))
def test_in_an_hour_of_machines_that_ask_it_is_never_sent_out_again(seed: int) -> None:
    """Every ten seconds a push, a cron or an automation asks for it, while other releases come and go."""
    chance, steps = random.Random(seed), [("1", PASS), ("2", BACK)]
    for _ in range(360):
        if chance.random() < 0.2:
            steps.append((chance.choice("1345"), chance.choice([PASS, BACK, ACCEPTED])))
        assert condemned(history(*steps), release("2").commit) is not None
    steps.append(("2", PASS))  # a person said so
    assert condemned(history(*steps), release("2").commit) is None


def test_a_commit_is_as_good_as_its_last_time() -> None:
    assert condemned(history(("2", BACK), ("2", PASS)), release("2").commit) is None
    assert condemned(history(("2", PASS), ("2", BACK)), release("2").commit) is not None


def test_a_rollback_that_did_not_go_through_says_nothing_against_where_it_went_to() -> None:
    records = history(("1", PASS), ("2", PASS))
    broken = replace(records[0], change="c9", release=release("1"), outcome=BACK, gave_up=release("2").id)
    assert condemned([broken, *records], release("1").commit) is None
    found = good_before([broken, *records], release("2").id)
    assert found is not None and found.version == "1"


def test_a_commit_that_failed_with_another_configuration_is_gone_back_to_with_its_own() -> None:
    records = history(("1", PASS), ("2", PASS), ("2", BACK), ("3", PASS))
    changed = replace(records[1], release=replace(release("2"), configuration="d" * 64))
    found = good_before([records[0], changed, *records[2:]], release("3").id)
    assert found is not None and found.version == "2"
    assert condemned([changed, *records[2:]], release("2").commit) is not None, "a machine knows only the commit"


def test_a_commit_nobody_deployed_is_not_condemned() -> None:
    assert condemned(history(("1", BACK)), release("2").commit) is None


def test_a_rollback_goes_to_the_newest_pass_older_than_what_is_live() -> None:
    assert back_from("3", ("1", PASS), ("2", PASS), ("3", PASS)) == "2"


def test_it_goes_past_what_never_passed() -> None:
    assert back_from("3", ("1", PASS), ("2", BACK), ("3", PASS)) == "1"


def test_what_is_newer_than_the_live_one_is_no_way_back() -> None:
    """Somebody went back to it, and is not sent forward again."""
    assert _after_a_rollback("2", ("1", PASS), ("2", PASS), ("3", PASS)) == "1"
    assert _after_a_rollback("1", ("1", PASS), ("2", PASS)) is None


def test_an_old_release_that_is_deployed_anew_is_as_new_as_that() -> None:
    assert back_from("1", ("1", PASS), ("2", PASS), ("1", PASS)) == "2"


def test_a_release_whose_deploy_is_not_over_is_newer_than_all_that_is_known_of_it() -> None:
    known = history(("1", PASS), ("2", PASS))
    found = good_before(known, release("1").id, untold=True)
    assert found is not None and found.version == "2"


def _after_a_rollback(to: str, *steps: tuple[str, str]) -> str | None:
    newest = history(*steps)[0]
    last, *others = history(*steps, (to, PASS))
    found = good_before([replace(last, gave_up=newest.release.id), *others], release(to).id)
    return found.version if found else None


def test_a_live_one_without_a_record_is_newer_than_all_others() -> None:
    assert back_from("3", ("1", PASS), ("2", PASS)) == "2"


def test_a_failed_try_of_what_is_live_does_not_make_it_older() -> None:
    assert back_from("3", ("3", BACK), ("1", PASS), ("2", PASS), ("3", PASS)) == "2"


def test_an_accepted_one_is_gone_to_only_where_nothing_passed() -> None:
    assert back_from("3", ("1", PASS), ("2", ACCEPTED), ("3", PASS)) == "1"
    assert back_from("3", ("2", ACCEPTED), ("3", PASS)) == "2"


def test_one_that_passed_once_and_was_switched_back_later_is_no_way_back() -> None:
    assert back_from("3", ("1", PASS), ("2", PASS), ("3", PASS), ("2", BACK)) == "1"


def test_a_first_release_has_nothing_before_it() -> None:
    assert back_from("1", ("1", PASS)) is None and back_from(None) is None


def test_the_last_folders_and_all_that_are_loaded_stay() -> None:
    names = [f"r{number}" for number in range(9)]
    assert forgettable(names, ["r8", "r0"]) == ("r5", "r6", "r7")
    assert forgettable(names[:KEPT_FOLDERS], []) == ()


def colored(*steps: tuple[str, str, Color]) -> list[ReleaseRecord]:
    records = history(*((name, outcome) for name, outcome, _ in steps))
    return [replace(record, color=color) for record, (_, _, color) in zip(records, reversed(steps), strict=True)]


@pytest.mark.parametrize(
    ("live", "steps", "hours"),
    [
        ("3", [("1", PASS, "blue"), ("2", PASS, "green"), ("3", PASS, "blue")], 1),
        ("3", [("1", BACK, "blue"), ("2", PASS, "green"), ("3", PASS, "blue"), ("4", BACK, "green")], 1),
        ("1", [("1", PASS, "blue"), ("2", PASS, "green"), ("1", PASS, "blue")], None),  # a rollback: it was warm
        ("1", [("1", PASS, "blue"), ("2", PASS, "green"), ("3", BACK, "blue"), ("1", PASS, "blue")], 2),
        ("4", [("1", PASS, "blue"), ("2", PASS, "green"), ("3", BACK, "blue")], 2),  # its own is not written yet
        ("1", [("1", PASS, "blue"), ("2", BACK, "green"), ("3", BACK, "green")], None),
        ("1", [], None),
    ],
)
def test_a_release_answers_for_itself_only_from_when_it_got_its_color(
    live: str, steps: list[tuple[str, str, Color]], hours: int | None
) -> None:
    since = had_since(colored(*steps), "blue", release(live).id)
    assert since == (None if hours is None else MIDNIGHT + timedelta(hours=hours))
