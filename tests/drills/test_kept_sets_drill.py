"""What may go wrong with the sets of a whole installation, and what people hear of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doors.backups.set_rig import seen
from tests.keeping import WHERE, kept_files, proven, restored, sets, taken
from tests.whole import Whole


@pytest.fixture
def uploads(whole: Whole) -> Iterator[Path]:
    with kept_files(whole) as folder:
        yield folder


def test_an_increment_brings_back_what_changed_and_what_did_not(whole: Whole, uploads: Path, tmp_path: Path) -> None:
    taken(whole)
    (uploads / "kept" / "more.pdf").write_bytes(b"more")
    assert taken(whole, "incremental").state == "Completed"
    newest, parent = sets(whole)[:2]
    assert (newest["kind"], newest["parent"]) == ("incremental", parent["id"])
    assert restored(whole, tmp_path / "back", set=newest["id"], only="uploads").state == "Completed"
    assert seen(tmp_path / "back" / "uploads") == seen(uploads)


def test_a_set_is_proven_by_restoring_it_and_a_bad_one_is_told(whole: Whole, uploads: Path) -> None:
    taken(whole)
    proof = proven(whole)
    assert proof.state == "Completed", proof.message
    assert sets(whole)[0]["level"] == 3
    folder = whole.home / "backups" / "sets" / "practice" / "staging" / sets(whole)[0]["id"]
    archive = next(folder.glob("files-uploads-*.tar.zst.age"))
    archive.chmod(0o600)
    archive.write_bytes(archive.read_bytes()[:-1] + b"x")
    refuted = proven(whole)
    assert (refuted.type, refuted.state) == ("FAILED", "Bad")
    told = whole.command("backups", *WHERE)
    assert told.exit == 1 and "BAD" in told.text
    next_one = taken(whole, "incremental")
    assert "full instead of incremental: the proof of" in next_one.message
    shutil.rmtree(folder)


def test_a_place_where_something_is_and_a_set_nobody_took_are_refused(
    whole: Whole, uploads: Path, tmp_path: Path
) -> None:
    taken(whole)
    (tmp_path / "mine").mkdir()
    into_something = restored(whole, tmp_path / "mine")
    assert (into_something.state, "is there already" in into_something.message) == ("Refused", True)
    unknown = restored(whole, tmp_path / "back", set="20200101-000000.000-full-aaaa")
    assert (unknown.state, "There is no set" in unknown.message) == ("Refused", True)
    assert not (tmp_path / "back").exists() and not list((tmp_path / "mine").iterdir())


def test_a_backup_that_fails_is_told_to_people_and_leaves_no_set(whole: Whole, uploads: Path) -> None:
    before = len(sets(whole)) if taken(whole).type == "COMPLETED" else -1
    moved = uploads.rename(uploads.with_name("moved"))
    try:
        run = taken(whole)
    finally:
        moved.rename(uploads)
    assert run.type == "FAILED" and "is not there" in run.message
    assert len(sets(whole)) == before
    assert "not finished" in whole.command("backups", *WHERE).text
    events = whole.ask_prefect("/events/filter", {"filter": {"event": {"prefix": ["mainstay.notice.alarm"]}}})["events"]
    assert any("The backup" in each["resource"].get("prefect.resource.name", "") for each in events)
