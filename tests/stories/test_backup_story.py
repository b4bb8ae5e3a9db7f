"""What a system keeps goes into a set under the eyes of Prefect, is proven, and comes back beside what users have."""

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


def test_what_is_kept_is_proven_and_comes_back_in_a_fresh_place(whole: Whole, uploads: Path, tmp_path: Path) -> None:
    run = taken(whole)
    assert (run.state, run.name) == ("Completed", "full backup of practice staging")
    newest = sets(whole)[0]
    assert newest["id"] in run.message and (newest["kind"], newest["level"]) == ("full", 1)
    assert newest["consistency"] == "bracket" and newest["proven_at"] > newest["moment"]
    proof = proven(whole)
    assert (proof.state, sets(whole)[0]["level"]) == ("Completed", 3), proof.message
    told = whole.command("prove", *WHERE, "--set", "due", "--level", "2")
    assert told.exit == 0 and "Read back: 1 of " in told.text, told.text
    (listed,) = (line for line in whole.command("backups", *WHERE).text.splitlines() if line.startswith(newest["id"]))
    assert "restored " in listed, listed
    assert restored(whole, tmp_path / "back").state == "Completed"
    assert seen(tmp_path / "back" / "uploads") == seen(uploads)
    assert (tmp_path / "back" / "database.dump").read_bytes().startswith(b"PGDMP")


def test_a_database_whose_log_is_received_is_a_point_and_comes_back_to_any_moment(
    whole: Whole, uploads: Path, tmp_path: Path
) -> None:
    assert taken(whole).state == "Completed"
    hourly = taken(whole, "database")
    assert hourly.state == "Completed" and f"a point on the base of {sets(whole)[1]['id']}" in hourly.message
    point, full = (each["id"] for each in sets(whole)[:2])
    into_one = restored(whole, tmp_path / "one", set=point, database="file:///nowhere")
    assert (
        into_one.state == "Refused"
        and f"no dump, and nothing else goes into a database; the newest that holds one is {full}" in into_one.message
    )
    assert not (tmp_path / "one").exists()
    proof = proven(whole)
    assert proof.state == "Completed" and "the cluster was started and replayed up to the point" in proof.message
    back = restored(whole, tmp_path / "back", at="latest")
    assert back.state == "Completed" and "replays the log as far as the log goes" in back.message
    assert (tmp_path / "back" / "cluster" / "recovery.signal").exists()


def test_bad_words_are_refused_with_a_sentence(whole: Whole) -> None:
    before = sets(whole) if whole.command("backups", *WHERE).exit == 0 else []
    for words, sentence in [
        (("backup", *WHERE, "--kind", "weekly"), "is no kind of backup. Known: full"),
        (("backup", "practice", "nowhere"), "has no environment 'nowhere'"),
        (("backup", "nobody", "staging"), "There is no system 'nobody'"),
        (("restore", *WHERE, "relative"), "absolute path"),
        (("restore", *WHERE, "--part", "public.deals"), "--database file:///root/address"),
        (("restore", *WHERE, "/srv/back", "--at", "yesterday"), "is no moment"),
        (("restore", *WHERE, "/srv/back", "--at", "latest", "--only", "uploads"), "chooses its sets itself"),
        (("recovery-key",), "There is a recovery key already"),
    ]:
        told = whole.command(*words)
        assert told.exit == 1 and sentence in told.text, told.text
    assert before == (sets(whole) if before else [])
