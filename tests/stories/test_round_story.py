"""Rounds against a real server, with a stand-in for the story that takes a backup."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml
from prefect.client.orchestration import SyncPrefectClient

from deployments.bootstrap import MANIFEST
from edge import clock, processes
from edge.backups.deaths import this_process
from edge.prefect_api import PrefectApi
from edge.settings import read_settings
from edge.store import open_backups, open_store
from mainstay.backups.due import CLOCKS
from mainstay.backups.sets import Begun, new_id, piece_key
from mainstay.installation import Installation
from mainstay.notices import Notice, Undelivered
from mainstay.platform import client_environment
from mainstay.records import decode, encode
from tests.doors.store_rig import ROOT
from tests.knows.small_shop import SHOP
from tests.office import HEAD, Office
from tests.waiting import until

BACKUP = """\
  - name: main
    entrypoint: tests.stand_in_flows.backup
    description: Takes a backup.
    work_pool: {name: main, work_queue_name: routine}
"""
PROVE = """\
  - name: main
    entrypoint: tests.stand_in_flows.prove
    description: Looks at a set.
    work_pool: {name: main, work_queue_name: keeping}
"""
PROTECT = PROVE.replace("stand_in_flows.prove", "stand_in_flows.protect")
PRUNE = PROVE.replace("stand_in_flows.prove", "stand_in_flows.prune")
PRODUCTION = "  production:\n"
NIGHTLY = f"{PRODUCTION}    backups: {{full: nightly, incremental: often}}\n"
NOBODY = 'notices: {webhooks: ["http://127.0.0.1:9/nobody"]}\n'


def shipped_round() -> str:
    """As prefect.yaml has it, alone."""
    (found,) = (
        each
        for each in yaml.safe_load(MANIFEST.read_text())["deployments"]
        if each["entrypoint"] == "flows.round.round"
    )
    return indent(yaml.safe_dump([found], sort_keys=False), "  ")


def noon() -> str:
    """A zone in which the day is far from any night's slot."""
    return f"Etc/GMT{clock.now().hour - 12:+d}"


@dataclass(frozen=True)
class Rounds:
    office: Office
    api: PrefectApi
    words: dict[str, str]
    systems: Path

    def tell(self, *slots: str) -> list[str]:
        argv = [sys.executable, "-m", "tests.stories.some_rounds", *slots]
        told = processes.run(argv, deadline_seconds=120, cwd=ROOT, environment=self.words)
        assert told.exit == 0, told.text
        return [
            line for line in told.text.splitlines() if line.startswith(("Completed:", "Incomplete:", "NothingToDo:"))
        ]

    def describe(self, name: str, text: str = SHOP) -> None:
        (self.systems / f"{name}.yaml").write_text(text.replace("name: shop", f"name: {name}"))

    def told(self) -> list[Notice]:
        """What waits for somebody who does not answer."""
        store = open_store(read_settings(self.words))
        found = (store.read(entry.key) for entry in store.listing("notices/undelivered"))
        return [decode(Undelivered, each.data).notice for each in found if each is not None]

    def begin(self, system: str, begun: Begun) -> None:
        key = piece_key(system, "production", begun.id, "begun.json")
        open_backups(read_settings(self.words)).publish(key, encode(begun, nonce=begun.id))

    def backups(self, system: str) -> list[dict[str, Any]]:
        return self.runs("backup", system)

    def proofs(self, system: str) -> list[dict[str, Any]]:
        return self.runs("prove", system)

    def whole(self, system: str, ago: timedelta) -> str:
        """A full set that was whole then, as far as a clock looks."""
        store, at = open_backups(read_settings(self.words)), clock.now() - ago
        id = new_id("full", at, "0123456789")
        key = piece_key(system, "production", id, "set.json")
        store.publish(key, b"what is in it")
        os.utime(Path(store.address) / key, (at.timestamp(), at.timestamp()))
        return id

    def runs(self, story: str, system: str) -> list[dict[str, Any]]:
        found = self.api.call("POST", "/flow_runs/filter", {"flows": {"name": {"any_": [story]}}})
        ours = [each for each in found if each["deployment_id"]]  # others tell stories of a shop by themselves
        return [each for each in ours if each["parameters"]["system"] == system]


@pytest.fixture(scope="module")
def rounds(platform: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rounds]:
    folder = tmp_path_factory.mktemp("rounds")
    home = folder / "home"
    (home / "systems").mkdir(parents=True)
    words = {**client_environment(platform), "MAINSTAY_HOME": str(home), "MAINSTAY_TIMEZONE": noon()}
    with SyncPrefectClient(platform.api, auth_string=platform.login) as client:
        office = Office(platform, folder, client)
        office.declare(HEAD + BACKUP + PROVE + PROTECT + PRUNE + shipped_round())
        office.bootstrap()
        api = PrefectApi(platform.api, platform.login, budget_seconds=10)
        yield Rounds(office, api, words, home / "systems")
        office.empty()


@pytest.fixture(scope="module")
def twice(rounds: Rounds) -> list[str]:
    """One round of a night and then the same once more; one of the two systems has an old backup, and none since."""
    rounds.describe("shop", SHOP.replace(PRODUCTION, NIGHTLY))
    rounds.describe("old", SHOP.replace(PRODUCTION, NIGHTLY) + NOBODY)
    long_ago = clock.now() - timedelta(days=9)
    rounds.begin("old", Begun(new_id("full", long_ago, "0123456789"), "full", long_ago, "cron", "web-1"))
    return rounds.tell("nightly", "nightly")


def test_two_rounds_of_one_slot_start_one_run(rounds: Rounds, twice: list[str]) -> None:
    assert len(twice) == 2 and all(said.startswith("Completed: ") for said in twice)
    (run,) = rounds.backups("shop")
    assert run["parameters"] == {"system": "shop", "environment": "production", "kind": "full"}
    assert run["work_queue_name"] == "routine" and run["parent_task_run_id"] is None
    assert twice[0].count(run["id"]) == twice[1].count(run["id"]) == 1


def test_a_night_also_starts_one_pruning(rounds: Rounds, twice: list[str]) -> None:
    (run,) = rounds.runs("prune", "shop")
    assert run["parameters"] == {"system": "shop", "environment": "production"}
    assert twice[0].count(run["id"]) == twice[1].count(run["id"]) == 1


def test_a_run_waits_for_its_turn_within_the_spread(rounds: Rounds, twice: list[str]) -> None:
    (run,) = rounds.backups("shop")
    wait = datetime.fromisoformat(run["expected_start_time"]) - datetime.fromisoformat(run["created"])
    assert run["state_type"] == "SCHEDULED"
    assert -timedelta(seconds=30) < wait < CLOCKS["nightly"].spread  # a busy server takes a while to make it


def test_what_was_missed_is_made_up_for_once_and_told_once(rounds: Rounds, twice: list[str]) -> None:
    assert len(rounds.backups("old")) == 1
    (notice,) = [each for each in rounds.told() if each.system == "old"]
    assert notice.english.happened.startswith("Backups of old production did not begin when they should have: full")


def test_every_night_what_has_sets_is_kept_from_being_deleted_by_one_run(rounds: Rounds, twice: list[str]) -> None:
    (run,) = rounds.runs("protect", "old")
    assert run["parameters"] == {"system": "old", "environment": "production"}
    assert not rounds.runs("protect", "shop"), "it has no set yet"


def test_a_new_system_is_one_file_and_a_broken_one_keeps_none_from_its_backup(rounds: Rounds, twice: list[str]) -> None:
    rounds.describe("cafe", SHOP.replace(PRODUCTION, NIGHTLY))
    rounds.describe("broken", "name: [")
    (said,) = rounds.tell("nightly")
    (run,) = rounds.backups("cafe")
    assert said.startswith("Incomplete: ") and run["id"] in said and "broken.yaml:1: " in said
    assert len(rounds.backups("shop")) == len(rounds.backups("old")) == 1 and not rounds.backups("broken")


def test_a_backup_that_was_killed_is_told_once_and_taken_once_more(rounds: Rounds) -> None:
    """By a round of another slot too; and not a third time, because what kills one may kill every one."""
    rounds.describe("killed", SHOP.replace(PRODUCTION, f"{PRODUCTION}    backups: {{full: nightly}}\n") + NOBODY)
    gone = replace(this_process(), started="another boot+1")
    for minutes, runs in ((9, 1), (8, 1)):
        at = clock.now() - timedelta(minutes=minutes)
        rounds.begin("killed", Begun(new_id("full", at, "abcd"), "full", at, "cron", "web-1", None, gone))
        rounds.tell("often", "hourly")
        assert len(rounds.backups("killed")) == runs
    told = [each.english.happened for each in rounds.told() if each.system == "killed"]
    assert len(told) == 2 and all("its process is gone" in each for each in told)


def test_a_full_set_that_nobody_restored_is_proven_by_the_clock_once(rounds: Rounds, twice: list[str]) -> None:
    rounds.describe("bakery", SHOP.replace(PRODUCTION, NIGHTLY))
    id = rounds.whole("bakery", timedelta(hours=1))
    said = rounds.tell("often", "often")
    runs = rounds.proofs("bakery")
    assert len(runs) == 1, [(each["idempotency_key"], each["created"], each["parameters"]) for each in runs]
    (run,) = runs
    assert run["parameters"] == {"system": "bakery", "environment": "production", "set": id, "level": 3}
    assert all(run["id"] in each and "whole for 60 min and never restored" in each for each in said)
    assert run["state_type"] == "SCHEDULED" and run["work_queue_name"] == "keeping"


def test_every_night_a_part_of_the_sets_is_read_back(rounds: Rounds, twice: list[str]) -> None:
    rounds.describe("diner", SHOP.replace(PRODUCTION, NIGHTLY))
    rounds.whole("diner", timedelta(hours=1))
    rounds.tell("nightly", "nightly")
    (run,) = rounds.proofs("diner")
    assert run["parameters"] == {"system": "diner", "environment": "production", "set": "due", "level": 2}


def test_the_clocks_are_on_the_server_and_stay_there(rounds: Rounds) -> None:
    def held() -> list[tuple[Any, ...]]:
        id = rounds.office.bootstrap().deployments["round/main"]
        schedules = rounds.office.client.read_deployment(id).schedules
        return sorted((each.slug, each.schedule, each.active, each.parameters, str(each.id)) for each in schedules)

    first = held()
    assert [(slug, schedule.cron, schedule.timezone, active, given) for slug, schedule, active, given, _ in first] == [
        ("hourly", "0 * * * *", "UTC", True, {"slot": "hourly"}),
        ("nightly", "0 2 * * *", "Europe/Berlin", True, {"slot": "nightly"}),
        ("often", "*/3 * * * *", "UTC", True, {"slot": "often"}),
    ]
    assert held() == first


def test_the_server_plans_a_round_for_each_clock(rounds: Rounds) -> None:
    """A server that holds schedules and does not keep them looks healthy."""

    def planned() -> set[str]:
        which = {"flows": {"name": {"any_": ["round"]}}, "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
        return {each["parameters"]["slot"] for each in rounds.api.call("POST", "/flow_runs/filter", which)}

    until(lambda: planned() == set(CLOCKS), seconds=90)
