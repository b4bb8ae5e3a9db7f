"""Bringing a whole installation up and down, in the situations that are not the first one."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import audits, keeper, machine, processes, programs
from edge.at_work import at_work
from mainstay.colors import NOTHING
from mainstay.platform import POOL
from tests.drills.change_rig import begun, held_up
from tests.drills.running_change import ended_state
from tests.waiting import until
from tests.whole import COMMAND, PROGRAMS, Whole, kill


@pytest.fixture(autouse=True)
def up_again(whole: Whole) -> Iterator[None]:
    yield
    if not whole.answers():
        whole.up()


def chained(whole: Whole, count: int) -> list[tuple[str, str, str, str]]:
    return [(each.what, each.outcome, each.who, each.where) for each in audits.tail(whole.store, count)]


def test_a_pool_that_was_left_paused_is_not_well(whole: Whole) -> None:
    whole.server.pause(POOL)
    said = whole.status(holds=lambda said: "new runs: wait" in said.text)
    assert said.exit == 1 and "NOT WELL  new runs: wait: the pool is paused" in said.text
    whole.up()
    assert whole.status().exit == 0


def test_who_asked_from_where_is_in_the_audit_record_and_not_the_worker(whole: Whole) -> None:
    by_ssh = {"SSH_CONNECTION": "10.0.0.9 50022 10.0.0.1 22", "SUDO_USER": "anna"}
    for page in ("up", "down"):
        assert whole.command("maintenance", "practice", "production", page, environment=by_ssh).exit == 0
    anna = (f"{machine.user()} (sudo by anna)", f"{machine.name()}, ssh from 10.0.0.9")
    assert {each[2:] for each in chained(whole, 4)} == {anna}


def test_a_run_from_the_ui_is_put_down_to_the_shared_login(whole: Whole) -> None:
    asked = {"system": "practice", "environment": "staging", "words": "Back at nine"}
    for page in ("up", "down"):
        whole.ended(whole.start("maintenance", {**asked, "page": page}))
    assert {each[2:] for each in chained(whole, 4)} == {("somebody", "Prefect UI or API (shared login)")}


def test_up_adds_a_practice_site_to_what_runs_already(whole: Whole) -> None:
    descriptor = whole.settings.systems / "practice.yaml"
    hidden = descriptor.with_name("hidden")
    descriptor.rename(hidden)
    processes.end(whole.keeper(), grace_seconds=10)
    assert whole.command("up").exit == 0
    kill(whole.program("practice-proxy"))
    server = whole.program("server")
    hidden.rename(descriptor)
    assert whole.page().status == 0
    whole.up()
    assert whole.page().shows == NOTHING
    assert whole.program("server") == server


def test_a_new_word_changes_the_installation_and_its_keeper_and_nothing_else_that_runs(whole: Whole) -> None:
    keeper_before, worker = whole.keeper(), whole.program("worker")
    berlin = {"MAINSTAY_TIMEZONE": "Europe/Berlin"}
    refused = whole.command("status", environment=berlin)
    assert refused.exit == 1 and "uses UTC, the environment says Europe/Berlin" in refused.text
    said = whole.command("up", environment=berlin)
    assert said.exit == 0 and "The installation takes what the environment says." in said.text
    assert whole.keeper() != keeper_before and whole.program("worker") == worker
    whole.up()
    assert whole.status().exit == 0 and whole.status(environment=berlin).exit == 0
    assert whole.command("up", environment={"MAINSTAY_TIMEZONE": "UTC"}).exit == 0


def test_down_ends_what_a_dead_keeper_left_running_and_is_in_the_audit_record(whole: Whole) -> None:
    kill(whole.keeper())
    until(lambda: not keeper.keeps(whole.home), seconds=5)
    said = whole.command("down")
    assert said.exit == 0, said.text
    assert "one is started to end them" in said.text
    assert programs.living(whole.home) == () and not keeper.keeps(whole.home)
    assert [each[:2] for each in chained(whole, 2)] == [("down", "began"), ("down", "Completed")]
    again = whole.command("down")
    assert again.exit == 0 and again.text.startswith(f"Nothing is up in {whole.home}.\n")
    whole.up()
    assert [each[:2] for each in chained(whole, 2)] == [("up --practice", "began"), ("up --practice", "Completed")]
    assert programs.living(whole.home) == tuple(sorted(PROGRAMS))


def test_a_change_that_down_does_not_wait_for_leaves_no_process_and_is_settled(whole: Whole, tmp_path: Path) -> None:
    log, here = tmp_path / "down.log", {**os.environ, **whole.environment}
    target = begun(whole)
    with log.open("w") as out, held_up(target):  # or it would be over before the command line has started
        down = subprocess.Popen([*COMMAND, "down", "--at-once"], env=here, stdout=out, stderr=out)
        until(lambda: "Not waited for: practice production: " in log.read_text(), seconds=60)
    assert down.wait(120) == 0, log.read_text()
    assert at_work(whole.home) == () and programs.living(whole.home) == ()
    whole.up()
    until(lambda: whole.open_changes() == [] and whole.holders() == [], seconds=120)
    assert ended_state(target).ended
    if whole.closed():  # it was done before it heard
        assert whole.command("maintenance", "practice", "production", "down").exit == 0
    assert whole.page().shows == NOTHING
