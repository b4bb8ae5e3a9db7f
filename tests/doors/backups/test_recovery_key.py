"""Whoever has the recovery key shows it by opening a set; the key is forgotten, and that it was shown is not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest

from edge import audits, clock
from edge.backups import catalogue
from edge.backups.proofs import recovery
from edge.backups.proofs.recovery import Shelf, last_checked
from edge.store import open_store
from mainstay.backups.sets import BackupSet, new_id
from tasks.backups.recovery import observe_recovery_key, tell_unused
from tests.doors.backups.shop_rig import WHERE, Shop, shop

CHECK = ("recovery-key", "--check")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path) as found:
        (found.folder / "file").write_text("content")
        yield found


def new_key(made: Shop) -> str:
    return made.keys.new_recovery_key(instead=True)


def recipient(made: Shop) -> str:
    return made.keys.sealed_to()["recovery"]


def taken_ago(made: Shop, days: float) -> BackupSet:
    """A set of that time, sealed to the key of now."""
    newest, _ = made.take("files")
    at = clock.now() - timedelta(days=days)
    old = replace(newest, id=new_id("files", at, "abcd"), begun_at=at, moment=at)
    catalogue.publish(made.backups, made.keys.writer, old)
    return old


def test_the_right_key_opens_the_newest_set_and_the_day_is_recorded(made: Shop) -> None:
    key = new_key(made)
    newest, _ = made.take("files")
    before = clock.now()
    said = made.command(*CHECK, typed=f"# written by hand\n{key}\n")
    assert said.exit_code == 0 and f"shop production: opened {newest.id}" in said.output
    at = last_checked(open_store(made.settings), recipient(made))
    assert at is not None and before <= at <= clock.now()


def test_the_key_stands_nowhere_afterwards(made: Shop) -> None:
    key = new_key(made)
    made.take("files")
    said = made.command(*CHECK, typed=key)
    files = [path for path in made.settings.home.rglob("*") if path.is_file()]
    assert said.exit_code == 0 and key not in said.output
    assert files and not [path for path in files if key.encode() in path.read_bytes()]


def test_another_key_opens_nothing_and_nothing_is_recorded(made: Shop) -> None:
    made.take("files")
    stranger = str(pyrage.x25519.Identity.generate())
    said = made.command(*CHECK, typed=stranger)
    assert said.exit_code == 1 and "is not sealed to this key" in said.output and recipient(made) in said.output
    assert "nothing was recorded" in said.output and stranger not in said.output
    assert list(open_store(made.settings).listing("recovery-checks")) == []


def test_the_proving_key_is_not_taken_for_it(made: Shop) -> None:
    """It opens every set too, and lies on the machine that is gone on the day for which the other one is."""
    made.take("files")
    said = made.command(*CHECK, typed=made.keys.proving_key())
    assert said.exit_code == 1 and "this is the proving key" in said.output
    assert "nothing was recorded" in said.output and list(open_store(made.settings).listing("recovery-checks")) == []


@pytest.mark.parametrize("typed", ["", "hello", "age1ruakntg2p4cy3a2v70mptd0xt767v3933p42rcmpx7ryqstknc3q6754kn"])
def test_what_is_no_key_is_named(made: Shop, typed: str) -> None:
    said = made.command(*CHECK, typed=typed)
    assert said.exit_code == 1 and "one line that begins with AGE-SECRET-KEY-1" in str(said.exception)


def test_a_set_that_was_tampered_with_is_no_proof_of_the_key(made: Shop) -> None:
    key = new_key(made)
    newest, _ = made.take("files")
    file = made.settings.home / "backups" / newest.descriptor.key
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1])
    said = made.command(*CHECK, typed=key)
    assert said.exit_code == 1 and "The key is the right one, but the set cannot be opened" in said.output
    assert last_checked(open_store(made.settings), recipient(made)) is None


def test_without_a_set_nothing_is_shown(made: Shop) -> None:
    said = made.command(*CHECK, typed=new_key(made))
    assert said.exit_code == 1 and "No set was opened" in said.output


def test_after_90_days_all_sets_are_amber_until_the_key_is_shown(made: Shop) -> None:
    key = new_key(made)
    taken_ago(made, 91)
    shown = made.command("backups", *WHERE)
    listed = [line for line in shown.output.splitlines() if line[:2] == "20"]
    assert [line.endswith(", amber") for line in listed] == [True, True]
    (why,) = (line for line in shown.output.splitlines() if "AMBER: the recovery key" in line)
    assert "mainstay recovery-key --check" in why
    assert '"amber": true' in made.command("backups", *WHERE, "--json").output
    assert made.command(*CHECK, typed=key).exit_code == 0
    assert "amber" not in made.command("backups", *WHERE).output.lower()


def test_one_that_was_never_tried_is_asked_for_from_the_third_day_on(made: Shop) -> None:
    key = new_key(made)
    taken_ago(made, 3.1)
    shown = made.command("backups", *WHERE).output
    assert "Not tried yet: the recovery key" in shown and ", amber" not in shown
    assert observe_recovery_key.fn(*WHERE) is not None
    assert made.command(*CHECK, typed=key).exit_code == 0 and observe_recovery_key.fn(*WHERE) is None
    assert "Not tried yet" not in made.command("backups", *WHERE).output


def test_a_new_key_stands_in_the_audit_record_and_its_secret_does_not(made: Shop) -> None:
    said = made.command("recovery-key", "--instead")
    secret = next(line for line in said.output.splitlines() if line.startswith("AGE-SECRET-KEY-1"))
    began, ended = audits.tail(open_store(made.settings), 2)
    assert (began.what, began.outcome, ended.outcome) == ("recovery-key --instead", "began", "Completed")
    assert not [
        each for each in made.settings.home.rglob("*") if each.is_file() and secret in each.read_text("latin-1")
    ]


def test_between_80_and_90_days_it_says_that_it_will_be(made: Shop) -> None:
    taken_ago(made, 81)
    shown = made.command("backups", *WHERE).output
    assert "Soon amber: " in shown and ", amber" not in shown


def test_a_new_key_counts_from_the_first_set_that_is_sealed_to_it(made: Shop) -> None:
    taken_ago(made, 91)
    new_key(made)
    made.take("files")
    assert "amber" not in made.command("backups", *WHERE).output.lower()
    assert observe_recovery_key.fn(*WHERE) is None


def test_people_hear_of_it_once_in_a_week_from_whichever_round(made: Shop) -> None:
    assert observe_recovery_key.fn(*WHERE) is None
    taken_ago(made, 81)
    unused = observe_recovery_key.fn(*WHERE)
    assert unused is not None
    for nonce in ("one", "two", "one"):
        tell_unused.fn(unused, nonce)
    (notice,) = made.told()
    assert recipient(made) in notice.english.happened


def test_a_foreign_manifest_hides_no_key_that_is_unused(made: Shop) -> None:
    old = taken_ago(made, 81)
    folder = made.settings.home / "backups" / "sets" / "shop" / "production"
    (folder / "20200101-000000.000-files-aaaa").mkdir()
    (folder / "20200101-000000.000-files-aaaa" / "set.json").write_bytes((folder / old.id / "set.json").read_bytes())
    unused = observe_recovery_key.fn(*WHERE)
    assert unused is not None and unused.standing.since == old.begun_at


def test_a_newest_set_that_is_sealed_to_another_key_is_named(made: Shop) -> None:
    key = new_key(made)
    made.take("files")
    new_key(made)
    newest, _ = made.take("files")
    shelf = Shelf(made.backups, made.keys.writer_public, *WHERE)
    with pytest.raises(Exception, match=f"{newest.id}, the newest set of shop production, is not sealed to this key"):
        recovery.open_newest(shelf, key, made.settings.home)
