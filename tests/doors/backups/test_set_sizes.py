"""A set of a folder that somebody emptied is suspect until a person says that this is as it should be."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import audits, clock
from edge.backups.retention.tombstones import Tombstones
from edge.store import open_store
from mainstay import keys
from mainstay.backups.bases.base import Physical
from mainstay.backups.retention.pruning import Tombstone
from mainstay.backups.sets import BackupSet, piece_key
from tasks.backups.restores import lay_out_set, observe_restore
from tasks.backups.sets import Parts, begin_set, keep_files, observe_what_to_keep, open_folders, publish_set
from tests.doors.backups.shop_rig import WHERE, Shop, shop


@pytest.fixture
def emptied(tmp_path: Path) -> Iterator[tuple[Shop, BackupSet]]:
    """A full set, and then another one when most files are gone."""
    with shop(tmp_path) as made:
        for number in range(120):
            (made.folder / f"file-{number}").write_text(f"{number}")
        made.take()
        for number in range(100):
            (made.folder / f"file-{number}").unlink()
        second, size = made.take()
        assert size.drops and "files in uploads: 21, was 121" in size.sentence  # the folder itself is one
        yield made, second


def test_it_is_told_shown_and_stands_beside_the_set(emptied: tuple[Shop, BackupSet]) -> None:
    made, second = emptied
    (notice,) = made.told()
    assert notice.key == f"suspect-set/shop/production/{second.id}"
    assert [(each.suspect, each.level) for each in made.sets.kept] == [(True, 1), (False, 1)]
    shown = made.command("backups", *WHERE)
    assert shown.exit_code == 1 and "never read back, SUSPECT: far smaller than" in shown.output
    assert f"mainstay backups shop production --as-intended {second.id}" in shown.output


def test_it_is_suspect_from_the_moment_on_at_which_it_is_a_set(emptied: tuple[Shop, BackupSet]) -> None:
    """Whoever is killed right after it was published leaves none that nobody judged."""
    made, _ = emptied
    plan = observe_what_to_keep.fn(*WHERE, "full")
    taking = begin_set.fn(*WHERE, plan)
    folders = open_folders.fn(taking, plan)
    for folder in folders:
        keep_files.fn(folder)
    third = publish_set.fn(taking, plan, Parts(folders, (), None, None, Physical()))
    newest = made.sets.kept[0]
    assert (newest.set.id, newest.suspect) == (third.id, True)


def test_whoever_restores_it_is_told_and_gets_it_all_the_same(emptied: tuple[Shop, BackupSet], tmp_path: Path) -> None:
    made, second = emptied
    first = made.sets.kept[-1].set
    found = observe_restore.fn(*WHERE, "newest")
    assert found.id == second.id and f"this set is suspect: far smaller than {first.id}" in found.without
    assert lay_out_set.fn(found, f"{tmp_path}/back", "").files == 20
    assert observe_restore.fn(*WHERE, first.id).without == ""


def test_the_next_one_is_suspect_too_and_not_told_again(emptied: tuple[Shop, BackupSet]) -> None:
    made, second = emptied
    _, size = made.take()
    assert size.drops and not size.news and {each.set for each in size.drops} != {second.id}
    assert len(made.told()) == 1
    more, of_more = made.take("incremental")
    assert more.parent is not None and not of_more.drops, "what stands on a suspect set is judged by that"


def test_a_persons_word_is_one_command_for_all_of_them(emptied: tuple[Shop, BackupSet]) -> None:
    made, _ = emptied
    third, _ = made.take()
    said = made.command("backups", *WHERE, "--as-intended", third.id)
    assert said.exit_code == 0 and not any(each.suspect for each in made.sets.kept)
    began, ended = audits.tail(open_store(made.settings), 2)
    assert (began.outcome, ended.outcome) == ("began", "Completed"), "it lets older sets go"
    assert began.what == ended.what == f"as-intended {third.id} of shop production: 2 sets"
    assert made.command("backups", *WHERE).exit_code == 0
    assert not made.take()[1].drops, "from now on it is compared with what is as it should be"
    assert len(made.told()) == 1


def test_a_program_sees_all_that_makes_the_exit_code_what_it_is(emptied: tuple[Shop, BackupSet]) -> None:
    made, second = emptied
    first = made.sets.kept[-1].set
    begin_set.fn(*WHERE, observe_what_to_keep.fn(*WHERE, "files"))
    assert made.command("hold", *WHERE, first.id, "--why", "lawsuit of March").exit_code == 0
    stones = Tombstones(made.backups, *WHERE)
    assert stones.put(Tombstone(second.id, clock.now(), ("no rule wants it",)), None)
    made.backups.publish(keys.tombstone(*WHERE, "torn"), b"half a tombst")
    made.backups.delete(piece_key(*WHERE, first.id, "set.json.sig"))
    shown = made.command("backups", *WHERE, "--json")
    told = json.loads(shown.output)
    assert shown.exit_code == 1 and [each["id"] for each in told["sets"]] == [second.id]
    (strange,), (begun,), (held,), stones_told = (
        told[each] for each in ("strange", "unfinished", "holds", "tombstones")
    )
    assert first.id in strange and "its signature is missing" in strange
    assert (begun["kind"], begun["at_work"]) == ("files", True)
    assert (held["set"], held["why"]) == (first.id, "lawsuit of March")
    assert {each["set"]: each["state"] for each in stones_told} == {second.id: "condemned", "torn": None}


def test_a_word_about_nothing_is_refused(emptied: tuple[Shop, BackupSet]) -> None:
    made, second = emptied
    first = made.sets.kept[-1].set
    for id, why in [(first.id, "Neither"), ("20200101-000000.000-full-aaaa", "There is no set")]:
        said = made.command("backups", *WHERE, "--as-intended", id)
        assert said.exit_code != 0 and why in str(said.exception)
    assert [each.suspect for each in made.sets.kept if each.set == second] == [True]
