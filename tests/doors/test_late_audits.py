import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge import audits, late_audits
from edge.store.directory import DirectoryStore, open_directory
from edge.store.port import Published

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)


class SlowStore(DirectoryStore):
    """It answers, but later than anybody waits inside a change."""

    def publish(self, key: str, data: bytes) -> Published:
        time.sleep(0.5)
        return super().publish(key, data)


def done(store: DirectoryStore | None, home: Path, minute: int, budget_seconds: float = 2) -> bool:
    return late_audits.record(
        store,
        home=home,
        what=f"deploy {minute}",
        outcome="completed",
        change="c1",
        now=MIDNIGHT + timedelta(minutes=minute),
        budget_seconds=budget_seconds,
    )


def test_what_is_done_without_a_store_is_chained_when_it_is_back_in_its_order(tmp_path: Path) -> None:
    home, place = tmp_path / "home", tmp_path / "store"
    lost = open_directory(place)
    shutil.rmtree(place)
    assert not done(lost, home, 1) and not done(None, home, 2)
    back = open_directory(place)
    assert done(back, home, 3)
    assert late_audits.catch_up(back, home=home) == 2
    assert [entry.what for entry in audits.tail(back, 9)] == ["deploy 3", "deploy 1", "deploy 2"]
    assert audits.verify(back) == [] and late_audits.catch_up(back, home=home) == 0


def test_an_entry_that_got_in_after_it_was_given_up_is_not_chained_twice(tmp_path: Path) -> None:
    home, place = tmp_path / "home", tmp_path / "store"
    open_directory(place)
    assert not done(SlowStore(place), home, 1, budget_seconds=0.1)
    store = open_directory(place)
    until = time.monotonic() + 10
    while not audits.read_head(store) and time.monotonic() < until:
        time.sleep(0.02)
    assert late_audits.catch_up(store, home=home) == 0
    assert len(audits.tail(store, 9)) == 1
