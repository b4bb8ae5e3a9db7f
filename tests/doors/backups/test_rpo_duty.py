"""How old the newest backups are is written down for whoever asks, and what broke is told and begun anew."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from deployments.backups import show
from edge import clock
from edge.backups import catalogue
from edge.backups.log import state as wal_state
from edge.notices import alarms
from edge.settings import Settings, read_settings
from edge.store import open_store
from edge.stories import Started
from mainstay.backups.log.streaming import Break, StreamState
from mainstay.backups.sets import Base, new_id
from residents.rpo import Rpo
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM, Shelf
from tests.waiting import until

DESCRIPTOR = """\
name: shop
source: {repository: https://example.com/shop.git, branches: {main: production}}
services: {bot: {start: [run], heartbeat: {argv: [alive]}}}
database: {address: env://NOWHERE, stream: {}}
files: {uploads: {path: /srv/shop}}
environments: {production: {hosts: {main: {address: local}}, backups: {full: nightly, files: hourly}}}
"""


class Watch:
    """The duty with its store, and the full backups that it began."""

    def __init__(self, root: Path) -> None:
        self.shelf = Shelf.at(root, str(root / "home" / "backups"))
        (self.shelf.folder / "file").write_text("content")
        (self.home / "systems").mkdir()
        (self.home / "systems" / "shop.yaml").write_text(DESCRIPTOR)
        self.store, self.begun = open_store(self.settings), list[str]()
        self.duty = self.anew()

    def anew(self) -> Rpo:
        """As a keeper that is started again has it."""
        return Rpo(self.settings, lambda: self.store, self._begin)

    @property
    def home(self) -> Path:
        return self.shelf.home

    @property
    def settings(self) -> Settings:
        return read_settings({"MAINSTAY_HOME": str(self.home)})

    @property
    def alarms(self) -> list[str]:
        return [each.key for each in alarms.alarms(self.store)]

    def ages(self) -> dict[str, float | None]:
        (found,) = json.loads((self.home / "rpo.json").read_text())["environments"]
        return {each["name"]: each["age_seconds"] for each in found["sources"]}

    def broke(self, at: datetime) -> None:
        broken = Break(at, "gap", "a segment was removed", "7300", 1, None)
        wal_state.remember(
            self.home, SYSTEM, ENVIRONMENT, StreamState(clock.now(), "7300", 1, broken=broken), durable=False
        )

    def took_a_base(self, cluster: str = "7300") -> None:
        """A set that holds one, as far as can be seen from outside."""
        made = self.shelf.take()
        base = Base(made.descriptor, made.descriptor, cluster, 1, "0/1", "0/2", "18.6", "18.6")
        with_base = replace(made, id=new_id("full", clock.now(), clock.new_nonce()), base=base)
        catalogue.publish(self.shelf.store, self.shelf.keys.writer, with_base)

    def _begin(self, system: str, environment: str, key: str) -> Started:
        self.begun.append(f"{system} {environment} {key}")
        return Started("child", "1")


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(tmp_path)


def test_ages_are_written_down_and_go_on_while_the_store_is_away(watch: Watch) -> None:
    watch.duty()
    assert watch.ages() == {"database": None, "files uploads": None}
    watch.shelf.take()
    again = watch.anew()
    again()
    (watch.home / "backups").rename(watch.home / "away")

    def older() -> bool:
        again()
        return (watch.ages()["files uploads"] or 0) > 6  # by then it has looked for sets again

    until(older)


def test_where_nothing_is_to_be_kept_no_store_is_laid_out(watch: Watch) -> None:
    words = DESCRIPTOR.replace(", stream: {}", "").replace(", backups: {full: nightly, files: hourly}", "")
    (watch.home / "systems" / "shop.yaml").write_text(words)
    (watch.home / "backups").rename(watch.home / "away")
    watch.duty()
    assert watch.ages() == {"database": None, "files uploads": None}
    assert not (watch.home / "backups").exists()


def test_since_when_it_is_watched_outlives_the_keeper(watch: Watch) -> None:
    def since() -> object:
        return json.loads((watch.home / "rpo.json").read_text())["environments"][0]["since"]

    watch.duty()
    before = since()
    watch.anew()()
    assert since() == before


def test_a_log_that_broke_begins_a_full_backup_at_once_and_once(watch: Watch) -> None:
    watch.broke(clock.now())
    watch.duty()
    watch.duty()
    watch.anew()()
    assert len(set(watch.begun)) == 1 and watch.begun[0].startswith("shop production break/shop/production/")
    assert watch.alarms == ["break-shop-production"]


def test_it_is_begun_again_each_hour_in_which_none_succeeded(watch: Watch) -> None:
    watch.broke(clock.now() - timedelta(hours=3, minutes=1))
    watch.duty()
    assert watch.begun[0].endswith("/3")


def test_a_base_that_came_later_ends_the_alarm_and_a_full_backup_without_one_does_not(watch: Watch) -> None:
    watch.broke(clock.now())
    watch.duty()
    for take in (watch.shelf.take, lambda: watch.took_a_base("another cluster")):
        take()
        watch.anew()()
        assert watch.alarms == ["break-shop-production"]
    watch.took_a_base()
    watch.anew()()
    assert watch.alarms == []
    assert len(set(watch.begun)) == 1


def test_a_stream_that_was_taken_out_of_the_descriptor_alarms_nobody(watch: Watch) -> None:
    watch.broke(clock.now())
    watch.duty()
    (watch.home / "systems" / "shop.yaml").write_text(DESCRIPTOR.replace(", stream: {}", ""))
    watch.duty()
    assert watch.alarms == []


def test_backups_begin_with_what_would_be_lost(watch: Watch, capsys: pytest.CaptureFixture[str]) -> None:
    made = watch.shelf.take()
    assert show(watch.settings, SYSTEM, ENVIRONMENT, "first", as_json=False)
    first, database, files, *_ = capsys.readouterr().out.splitlines()
    assert first == "RPO: none, same machine"
    assert database.split()[:2] == ["database", "nothing"] and "not received yet" in database
    assert files.split()[:2] == ["files", "uploads"] and files.endswith(f"old  in {made.id}")
    show(watch.settings, SYSTEM, ENVIRONMENT, "first", as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["rpo"]["same_machine"], [each["id"] for each in said["sets"]]) == (True, [made.id])
