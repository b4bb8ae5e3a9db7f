"""A release record is in the store, or waits on this machine and gets there; and it is never forgotten meanwhile."""

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge import release_records
from edge.release_records import catch_up, publish, records
from edge.settings import read_settings
from edge.store import open_place
from edge.store.directory import DirectoryStore, open_directory
from edge.store.port import Door, Published, Store
from mainstay import keys
from mainstay.records import UnreadableRecord
from mainstay.releases import Release, ReleaseRecord, condemned
from residents.duties import redeliver
from tests.doors import store_rig

PLACE = ("shop", "production")


def record(number: int, outcome: str = "Completed") -> ReleaseRecord:
    release = Release(f"{number}" * 40, "a" * 64, "c" * 64)
    at = datetime(2026, 11, 20, 10, number, tzinfo=UTC)
    numbers = {"requests": 412.0, "errors": 0.0}
    return ReleaseRecord(
        f"{at:%Y%m%dT%H%M%SZ}-deploy-{number}", "v", release, "blue", outcome, "", "anna", at, numbers=numbers
    )


def told(store: Store | None, home: Path, number: int, outcome: str = "Completed") -> bool:
    return publish(store, *PLACE, record(number, outcome), home=home)


@pytest.fixture(params=store_rig.KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    with store_rig.place(request.param, tmp_path) as address:
        yield open_place(address)


def test_the_newest_comes_first_and_as_it_was_written(store: Door, tmp_path: Path) -> None:
    for number in (2, 1, 3):
        assert told(store, tmp_path, number)
    assert records(store, *PLACE, home=tmp_path) == [record(3), record(2), record(1)]
    assert records(store, "shop", "staging", home=tmp_path) == []


def test_the_first_record_of_a_change_stays(store: Door, tmp_path: Path) -> None:
    assert told(store, tmp_path, 1) and told(store, tmp_path, 1) and told(store, tmp_path, 1, "RolledBack")
    assert records(store, *PLACE, home=tmp_path) == [record(1)]


def test_without_a_store_it_waits_here_and_keeper_brings_it_there(tmp_path: Path) -> None:
    settings = read_settings({"MAINSTAY_HOME": str(tmp_path / "home")})
    lost = open_directory(tmp_path / "store")
    shutil.rmtree(tmp_path / "store")
    assert not told(lost, settings.home, 1) and not told(None, settings.home, 2)
    back = open_directory(tmp_path / "store")
    redeliver(settings, lambda: back)
    assert [entry.key for entry in back.listing("releases")] == [keys.release(*PLACE, record(n).change) for n in (1, 2)]
    assert catch_up(back, home=settings.home) == 0


def test_one_that_waits_here_condemns_already(tmp_path: Path) -> None:
    store = open_directory(tmp_path / "store")
    assert told(store, tmp_path, 1) and not told(None, tmp_path, 2, "RolledBack")
    found = records(store, *PLACE, home=tmp_path)
    assert [each.change for each in found] == [record(2).change, record(1).change]
    assert condemned(found, record(2).release.commit) == record(2, "RolledBack")


def test_one_that_got_in_although_it_was_given_up_is_counted_once(tmp_path: Path) -> None:
    open_directory(tmp_path / "store")

    class Slow(DirectoryStore):
        def publish(self, key: str, data: bytes) -> Published:
            time.sleep(0.5)
            return super().publish(key, data)

    slow = Slow(tmp_path / "store")
    assert not publish(slow, *PLACE, record(1), home=tmp_path / "home", budget_seconds=0.1)
    store, until = open_directory(tmp_path / "store"), time.monotonic() + 10
    while not list(store.listing("releases")) and time.monotonic() < until:
        time.sleep(0.02)
    assert records(store, *PLACE, home=tmp_path / "home") == [record(1)]
    assert catch_up(store, home=tmp_path / "home") == 0
    assert records(store, *PLACE, home=tmp_path / "home") == [record(1)]


def test_what_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    store = open_directory(tmp_path / "store")
    told(store, tmp_path, 1)
    store.publish(keys.release(*PLACE, "zzz"), b"{}")
    with pytest.raises(UnreadableRecord, match=r"releases/shop/production/zzz.json .*nothing was begun"):
        release_records.records(store, *PLACE, home=tmp_path)
