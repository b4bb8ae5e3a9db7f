"""Rounds against a real server, with a stand-in for the story that takes a backup."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml
from prefect.client.orchestration import SyncPrefectClient

from deployments.bootstrap import MANIFEST
from edge import clock, processes
from edge.prefect_api import PrefectApi
from edge.settings import read_settings
from edge.store import open_backups, open_store
from mainstay.backups.due import CLOCKS
from mainstay.backups.sets import Begun, new_id, piece_key
from mainstay.installation import Installation
from mainstay.notices import Undelivered
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
PRUNE = """\
  - name: main
    entrypoint: tests.stand_in_flows.prune
    description: Deletes old ones.
    work_pool: {name: main, work_queue_name: routine}
"""
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

    def backups(self, system: str, flow: str = "backup") -> list[dict[str, Any]]:
        found = self.api.call("POST", "/flow_runs/filter", {"flows": {"name": {"any_": [flow]}}})
        return [each for each in found if each["parameters"]["system"] == system]


@pytest.fixture(scope="module")
def rounds(platform: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rounds]:
    folder = tmp_path_factory.mktemp("rounds")
    home = folder / "home"
    (home / "systems").mkdir(parents=True)
    words = {**client_environment(platform), "MAINSTAY_HOME": str(home), "MAINSTAY_TIMEZONE": noon()}
    with SyncPrefectClient(platform.api, auth_string=platform.login) as client:
        office = Office(platform, folder, client)
        office.declare(HEAD + BACKUP + PRUNE + shipped_round())
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
    begun = Begun(new_id("full", long_ago, "0123456789"), "full", long_ago, "cron", "web-1")
    open_backups(read_settings(rounds.words)).publish(
        piece_key("old", "production", begun.id, "begun.json"), encode(begun, nonce="1")
    )
    return rounds.tell("nightly", "nightly")


def test_two_rounds_of_one_slot_start_one_run(rounds: Rounds, twice: list[str]) -> None:
    assert len(twice) == 2 and all(said.startswith("Completed: ") for said in twice)
    (run,) = rounds.backups("shop")
    assert run["parameters"] == {"system": "shop", "environment": "production", "kind": "full"}
    assert run["work_queue_name"] == "routine" and run["parent_task_run_id"] is None
    assert twice[0].count(run["id"]) == twice[1].count(run["id"]) == 1


def test_a_night_also_starts_one_pruning(rounds: Rounds, twice: list[str]) -> None:
    (run,) = rounds.backups("shop", "prune")
    assert run["parameters"] == {"system": "shop", "environment": "production"}
    assert twice[0].count(run["id"]) == twice[1].count(run["id"]) == 1


def test_a_run_waits_for_its_turn_within_the_spread(rounds: Rounds, twice: list[str]) -> None:
    (run,) = rounds.backups("shop")
    wait = datetime.fromisoformat(run["expected_start_time"]) - datetime.fromisoformat(run["created"])
    assert run["state_type"] == "SCHEDULED"
    assert -timedelta(seconds=30) < wait < CLOCKS["nightly"].spread  # a busy server takes a while to make it


def test_what_was_missed_is_made_up_for_once_and_told_once(rounds: Rounds, twice: list[str]) -> None:
    assert len(rounds.backups("old")) == 1
    (waiting,) = open_store(read_settings(rounds.words)).listing("notices/undelivered")
    found = open_store(read_settings(rounds.words)).read(waiting.key)
    assert found is not None
    notice = decode(Undelivered, found.data).notice
    assert notice.english.happened.startswith("Backups of old production did not begin when they should have: full")


def test_a_new_system_is_one_file_and_a_broken_one_keeps_none_from_its_backup(rounds: Rounds, twice: list[str]) -> None:
    rounds.describe("cafe", SHOP.replace(PRODUCTION, NIGHTLY))
    rounds.describe("broken", "name: [")
    (said,) = rounds.tell("nightly")
    (run,) = rounds.backups("cafe")
    assert said.startswith("Incomplete: ") and run["id"] in said and "broken.yaml:1: " in said
    assert len(rounds.backups("shop")) == len(rounds.backups("old")) == 1 and not rounds.backups("broken")


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
