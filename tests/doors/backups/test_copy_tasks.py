"""The steps of a copy: what is damaged is told and left behind, and how late a copy is, is told once a day."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge import clock
from edge.backups import catalogue
from edge.backups.log import state as wal_state
from edge.backups.retention.tombstones import Tombstones
from edge.settings import read_settings
from edge.store import open_copy, open_sets, open_store
from edge.store.port import Published
from mainstay.backups import sets
from mainstay.backups.copies.lacking import Behind, CopyPlan
from mainstay.backups.log.streaming import Break, break_key
from mainstay.backups.retention.pruning import Tombstone
from mainstay.backups.sets import MANIFEST
from mainstay.errors import BadInput, Refused, StoreLost, StoreRefused
from mainstay.notices import Undelivered
from mainstay.records import decode
from tasks.backups.copies import bring_log, bring_set, observe_behind, observe_copy, remember_copy, tell_if_late
from tests.doors import store_rig
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM, Shelf
from tests.doors.guarded_s3 import PUT_ONLY, Owned, strict_server
from tests.doors.store_rig import environment
from tests.knows.small_shop import SHOP

WHERE = (SYSTEM, ENVIRONMENT)
NOBODY = 'notices: {webhooks: ["http://127.0.0.1:9/nobody"]}\n'


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """An installation with one set, and a second store that is still empty."""
    home = tmp_path / "home"
    (home / "systems").mkdir(parents=True)
    (home / "systems" / "shop.yaml").write_text(SHOP + NOBODY)
    shelf = Shelf.at(tmp_path, str(home / "backups"))
    (shelf.folder / "file").write_bytes(b"x" * 1000)
    shelf.take()
    words = {"MAINSTAY_HOME": str(home), "MAINSTAY_BACKUPS_COPY": str(tmp_path / "second")}
    with environment(words):
        yield shelf


def told() -> list[str]:
    store = open_store(read_settings())
    found = [store.read(each.key) for each in store.listing("notices")]
    return [decode(Undelivered, each.data).notice.key for each in found if each]


def brought() -> list[str]:
    plan = observe_copy.fn(*WHERE, False)
    return [said for each in plan.sets if (said := bring_set.fn(each, 0, plan.bytes))]


def test_what_is_lacking_is_brought_and_then_nothing_is(shelf: Shelf) -> None:
    assert brought() == [] and observe_copy.fn(*WHERE, False).sets == ()
    assert observe_behind.fn(*WHERE, observe_copy.fn(*WHERE, False)) == Behind(0, None)


def test_a_damaged_set_is_told_once_refuted_and_left_behind(shelf: Shelf) -> None:
    file = Path(shelf.store.address) / shelf.taken[0].pieces[0].key
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    (said,) = brought()
    assert "is not what was written there" in said and told() == [f"bad-set/shop/production/{shelf.taken[0].id}"]
    plan = observe_copy.fn(*WHERE, False)
    assert plan.sets == () and plan.left[shelf.taken[0].id] == "it was found to be bad"


def test_a_set_that_is_pruned_while_it_is_brought_is_not_called_bad(shelf: Shelf) -> None:
    plan, made = observe_copy.fn(*WHERE, False), shelf.taken[0]
    for key in (sets.piece_key(*WHERE, made.id, MANIFEST), made.pieces[0].key):  # as a pruner does, the manifest first
        shelf.store.delete(key)
    assert [bring_set.fn(each, 0, plan.bytes) for each in plan.sets] == [None]
    assert told() == [] and catalogue.read_proofs(shelf.store, *WHERE, made.id) == ()
    assert observe_copy.fn(*WHERE, False) == CopyPlan((), {}, {})


def test_a_set_of_which_only_the_manifest_is_gone_yet_is_none_either(shelf: Shelf) -> None:
    plan = observe_copy.fn(*WHERE, False)
    shelf.store.delete(sets.piece_key(*WHERE, shelf.taken[0].id, MANIFEST))
    assert [bring_set.fn(each, 0, plan.bytes) for each in plan.sets] == [None]


def test_a_condemned_set_stays_behind_until_it_is_pardoned(shelf: Shelf) -> None:
    id, tombstones = shelf.taken[0].id, Tombstones(shelf.store, *WHERE)
    tombstones.put(Tombstone(id, clock.now(), ("nobody wants it",)), None)
    plan = observe_copy.fn(*WHERE, False)
    assert plan.sets == () and "condemned" in plan.left[id]
    assert observe_behind.fn(*WHERE, plan) == Behind(0, None), "what is to go is not missing"
    tombstones.spare((id,))
    assert [each.set.id for each in observe_copy.fn(*WHERE, False).sets] == [id]


def test_where_the_log_broke_is_known_in_the_copy_too_and_a_stranger_s_word_is_not(shelf: Shelf) -> None:
    told = [Break(clock.now(), "diverged", why, "7", 1, None) for why in ("first", "second")]
    for broken in told:
        wal_state.publish_break(shelf.store, shelf.keys, *WHERE, broken)
    newest = break_key(*WHERE, told[1])
    found = shelf.store.read(newest)
    assert found is not None
    shelf.store.publish(newest.replace("/breaks/", "/breaks/9"), found.data)
    shelf.store.publish(newest.replace("/breaks/", "/breaks/8"), b"no record")
    assert bring_log.fn(*WHERE) == () and bring_log.fn(*WHERE) == ()
    assert list(wal_state.breaks(open_copy(read_settings()), shelf.keys.writer_public, *WHERE)) == told[::-1]


def test_what_was_deleted_in_the_copy_comes_back_only_if_it_is_asked_for(shelf: Shelf) -> None:
    brought()
    copy, id = open_copy(read_settings()), shelf.taken[0].id
    for key in [each.key for each in copy.listing("sets")]:
        copy.delete(key)
    assert "deleted it in the copy" in observe_copy.fn(*WHERE, False).left[id]
    assert [each.set.id for each in observe_copy.fn(*WHERE, True).sets] == [id]


def test_while_the_copy_is_away_what_was_seen_last_counts(shelf: Shelf) -> None:
    brought()
    remember_copy.fn(*WHERE, Behind(0, None))
    second = Path(read_settings().copy or "")
    second.rename(second.with_name("unmounted"))
    with pytest.raises(StoreLost, match="is gone, and nothing new is begun in its place"):
        observe_copy.fn(*WHERE, False)
    assert observe_behind.fn(*WHERE, None) == Behind(0, None)
    later = shelf.take()
    behind = observe_behind.fn(*WHERE, None)
    assert behind.sets == 1 and behind.since is not None and later.ended_at - behind.since < timedelta(minutes=1)


def test_a_copy_that_is_late_is_told_once_a_day(shelf: Shelf) -> None:
    tell_if_late.fn(*WHERE, Behind(1, clock.now() - timedelta(hours=23)))
    assert told() == []
    for _ in range(2):
        tell_if_late.fn(*WHERE, Behind(2, clock.now() - timedelta(hours=25)))
    assert [each.rpartition("/")[0] for each in told()] == ["copy-late/shop/production"]


def test_whoever_reads_while_the_first_store_is_away_is_told_of_the_copy(shelf: Shelf) -> None:
    settings = read_settings()
    brought()
    open_sets(settings, "first")
    Path(settings.backups).rename(f"{settings.backups}-burnt")
    with pytest.raises(StoreLost, match="can be read meanwhile: --from copy"):
        open_sets(settings, "first")
    found = catalogue.read_set(open_sets(settings, "copy"), shelf.keys.writer_public, *WHERE, shelf.taken[0].id)
    assert found == shelf.taken[0]


def test_without_a_second_store_it_is_said_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="MAINSTAY_BACKUPS_COPY names no place"):
        open_copy(read_settings({"MAINSTAY_HOME": str(tmp_path)}))


@pytest.mark.parametrize("copy", ["backups", "backups/second", "."])
def test_a_second_place_within_the_first_is_none(tmp_path: Path, copy: str) -> None:
    words = {"MAINSTAY_HOME": str(tmp_path), "MAINSTAY_BACKUPS_COPY": str(tmp_path / copy)}
    with pytest.raises(BadInput, match="what hits the one hits the other"):
        open_copy(read_settings(words))


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Owned]:
    """A bucket that only the account named *offsite* may use; in the environment are the keys of another."""
    with strict_server() as server, server.bucket_for(PUT_ONLY) as owned:
        file = tmp_path / "credentials"
        key, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
        file.write_text(f"[offsite]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
        others = {**store_rig.CREDENTIALS, "AWS_SHARED_CREDENTIALS_FILE": str(file)}
        with environment(others):
            yield owned


def test_the_copy_has_an_account_of_its_own_by_the_name_of_its_profile(strict: Owned, tmp_path: Path) -> None:
    words = {
        "MAINSTAY_HOME": str(tmp_path),
        "MAINSTAY_BACKUPS_COPY": f"s3://{strict.name}/here",
        "MAINSTAY_BACKUPS_COPY_ENDPOINT": strict.endpoint,
    }
    with pytest.raises(StoreRefused, match="InvalidAccessKeyId"):
        open_copy(read_settings(words))
    with pytest.raises(StoreRefused, match=r"profile \(nobody\) could not be found"):
        open_copy(read_settings({**words, "MAINSTAY_BACKUPS_COPY_PROFILE": "nobody"}))
    store = open_copy(read_settings({**words, "MAINSTAY_BACKUPS_COPY_PROFILE": "offsite"}))
    assert store.publish("a", b"1") is Published.CREATED
