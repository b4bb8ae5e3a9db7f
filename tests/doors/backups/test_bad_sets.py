"""A set that was found to be bad: what stands on it is not relied on, whoever finds it, and a whole one is not called
failed.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import clock
from edge.backups import catalogue
from edge.backups.opening import BadSet
from edge.backups.retention.tombstones import Tombstones
from edge.store import open_store
from mainstay.backups.deaths import Ended
from mainstay.backups.sets import BackupSet, Proof
from mainstay.errors import Refused
from mainstay.records import decode
from tasks.backups.news import tell_failed
from tasks.backups.proofs import prove_by_restoring
from tasks.backups.restores import lay_out_set, observe_restore
from tasks.backups.sets import begin_set, observe_what_to_keep
from tests.doors.backups.shop_rig import WHERE, Shop, shop


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path) as found:
        (found.folder / "file").write_text("content")
        yield found


def spoil(made: Shop, bad: BackupSet) -> None:
    """One byte of what its folder holds."""
    file = Path(made.settings.backups, bad.folders[0].archives[0].key)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_after_a_bad_full_set_the_next_increment_is_a_full_one_whatever_came_between(made: Shop) -> None:
    full, _ = made.take()
    child, _ = made.take("incremental")
    assert child.parent == full.id
    catalogue.record_proof(made.backups, *WHERE, Proof(full.id, 3, False, "it is rotten", clock.now()))
    plan = observe_what_to_keep.fn(*WHERE, "incremental")
    assert plan.kind == "full" and plan.reasons == (f"full instead of incremental: the proof of {full.id} failed",)
    said = made.command("backups", *WHERE)
    assert said.exit_code == 1 and f"BAD: it stands on {full.id}, which is" in said.stdout


def test_what_a_restore_finds_to_be_bad_is_told_and_not_taken_again(made: Shop, tmp_path: Path) -> None:
    older, _ = made.take()
    (made.folder / "file").write_text("newer")
    newer, _ = made.take()
    spoil(made, newer)
    with pytest.raises(BadSet):
        lay_out_set.fn(observe_restore.fn(*WHERE, "newest"), f"{tmp_path}/back", "")
    assert [notice.key for notice in made.told()] == [f"bad-set/shop/production/{newer.id}"]
    assert {each.set.id: each.level for each in made.sets.kept} == {newer.id: None, older.id: 1}
    again = observe_restore.fn(*WHERE, "newest")
    assert again.id == older.id and lay_out_set.fn(again, f"{tmp_path}/back", "").files == 1


@pytest.mark.parametrize("how", ["restored", "proven"])
def test_a_fault_is_put_down_to_the_set_it_lies_in_so_that_all_on_it_fall(made: Shop, tmp_path: Path, how: str) -> None:
    older, _ = made.take()
    full, _ = made.take()
    children = [made.take("incremental")[0] for _ in range(2)]
    spoil(made, full)
    found = observe_restore.fn(*WHERE, "newest")
    assert found.id == children[-1].id
    if how == "restored":
        with pytest.raises(BadSet):
            lay_out_set.fn(found, f"{tmp_path}/back", "")
        assert [notice.key for notice in made.told()] == [f"bad-set/shop/production/{full.id}"]
    else:
        assert not prove_by_restoring.fn(found).good
    levels = {each.set.id: each.level for each in made.sets.kept}
    assert levels == {children[1].id: None, children[0].id: None, full.id: None, older.id: 1}
    assert observe_restore.fn(*WHERE, "newest").id == older.id


def test_a_set_that_was_deleted_while_it_was_restored_is_not_told_as_bad(made: Shop, tmp_path: Path) -> None:
    made.take()
    found = observe_restore.fn(*WHERE, "newest")
    spoil(made, found.sets[0])
    Path(made.settings.backups, "sets", *WHERE, found.id, "set.json").unlink()
    with pytest.raises(BadSet):
        lay_out_set.fn(found, f"{tmp_path}/back", "")
    assert made.told() == [] and not list(made.backups.listing(f"refuted/{'/'.join(WHERE)}"))


def test_a_set_that_is_published_is_not_told_as_failed(made: Shop) -> None:
    """Whatever broke off afterwards."""
    taking = begin_set.fn(*WHERE, observe_what_to_keep.fn(*WHERE, "files"))
    whole, _ = made.take("files")
    taking.id = whole.id
    tell_failed.fn(taking, "it was told to end")
    assert made.told() == [] and not list(open_store(made.settings).listing("ended-backups"))


def test_one_that_is_refused_when_it_was_begun_is_not_told_as_killed(made: Shop) -> None:
    full, _ = made.take()
    plan = observe_what_to_keep.fn(*WHERE, "incremental")
    Path(made.settings.backups, "sets", *WHERE, full.id, "set.json").unlink()
    assert Tombstones(made.backups, *WHERE).of(full.id) is None
    with pytest.raises(Refused, match="is gone"):
        begin_set.fn(*WHERE, plan)
    (entry,) = open_store(made.settings).listing("ended-backups")
    found = open_store(made.settings).read(entry.key)
    assert found is not None
    ended = decode(Ended, found.data)
    assert (ended.how, ended.told) == ("failed", True)


def test_where_no_set_is_trusted_a_restore_says_that_and_not_that_there_is_none(made: Shop) -> None:
    made.take("files")
    for half in ("writer", "writer.pub"):
        (made.keys.folder / half).unlink()
    with pytest.raises(Refused, match=r"No set of shop production is trusted here.*signers"):
        observe_restore.fn(*WHERE, "newest")
