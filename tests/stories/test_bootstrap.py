import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolUpdate
from prefect.client.schemas.schedules import CronSchedule
from prefect.events.actions import DoNothing
from prefect.events.schemas.automations import AutomationCore, EventTrigger

from deployments.automations import OURS
from deployments.bootstrap import AUTOMATIONS
from edge import clock, processes
from mainstay.errors import BadInput
from mainstay.installation import Installation
from tests.office import CHANGE, HEAD, SCHEDULES, UNDO, Office
from tests.waiting import until


@pytest.fixture
def office(platform: Installation, tmp_path: Path) -> Iterator[Office]:
    with SyncPrefectClient(platform.api, auth_string=platform.login) as client:
        yield Office(platform, tmp_path, client)
        for automation in client.read_automations():
            client.delete_automation(automation.id)
        for deployment in client.read_deployments():
            client.delete_deployment(deployment.id)


DECLARED = [f"{OURS}undo a change that ended badly", f"{OURS}undo a change that fell silent"]


def a_person_s(name: str) -> AutomationCore:
    return AutomationCore(name=name, trigger=EventTrigger(expect={"x"}, posture="Reactive"), actions=[DoNothing()])


def test_done_twice_it_is_the_same_and_nothing_is_put_again(office: Office) -> None:
    first = office.bootstrap()
    put = [each.updated for each in office.client.read_deployments()]
    counted = [(each.id, each.name) for each in office.client.read_automations()]
    assert office.bootstrap() == first
    assert [each.updated for each in office.client.read_deployments()] == put
    assert [(each.id, each.name) for each in office.client.read_automations()] == counted
    assert set(first.deployments) == {"maintenance/main", "undo/main"}


def test_a_typo_is_refused_and_nothing_is_touched(office: Office) -> None:
    office.bootstrap()
    before = office.deployments(), office.automations()
    office.declare(HEAD + UNDO.replace("description", "descripton"))
    with pytest.raises(
        BadInput, match=r'prefect\.yaml:7: .*descripton: is not a known key; did you mean "description"\?'
    ):
        office.bootstrap()
    assert (office.deployments(), office.automations()) == before


def test_what_is_declared_no_more_goes_and_what_a_person_made_stays(office: Office) -> None:
    client = office.client
    theirs = client.create_deployment(client.create_flow_from_name("theirs"), "theirs", tags=["mainstay"])
    client.create_automation(a_person_s("tidy up"))
    office.bootstrap()
    office.declare(HEAD + UNDO)
    done = office.bootstrap()
    assert sorted(done.removed) == [*DECLARED, "tests.stand_in_flows.maintenance"]
    assert set(office.deployments().values()) == {theirs, done.deployments["undo/main"]}
    assert office.automations() == ["tidy up"]


def test_a_second_automation_of_one_name_would_act_twice_and_goes(office: Office) -> None:
    office.bootstrap()
    for ours in office.client.read_automations():
        office.client.create_automation(AutomationCore.model_validate(ours.model_dump(exclude={"id"})))
    office.bootstrap()
    assert office.automations() == DECLARED


def test_what_a_hand_changed_is_mended(office: Office) -> None:
    ids = office.bootstrap().deployments
    routine = office.client.read_work_queue_by_name("routine", "main")
    office.client.update_work_queue(routine.id, concurrency_limit=1, priority=7)
    office.client.update_work_pool("main", WorkPoolUpdate(base_job_template={}, concurrency_limit=1))
    for automation in office.client.read_automations():
        office.client.pause_automation(automation.id)
    office.declare(HEAD + UNDO + CHANGE.replace("on: false", "on: true"), office.events.read_text())
    office.bootstrap()
    office.declare(HEAD + UNDO + CHANGE, office.events.read_text())
    assert office.bootstrap().deployments == ids
    assert office.client.read_deployment(ids["maintenance/main"]).parameters == {"on": False}
    assert all(each.enabled for each in office.client.read_automations())


def test_urgent_runs_come_first_and_never_wait_for_routine_ones(office: Office) -> None:
    office.bootstrap()
    pool = office.client.read_work_pool("main")
    queues = {each.name: each for each in office.client.read_work_queues(work_pool_name="main")}
    assert pool.concurrency_limit is None
    assert (queues["urgent"].priority, queues["urgent"].concurrency_limit) == (1, None)
    assert (queues["routine"].priority, queues["routine"].concurrency_limit) == (2, 4)
    assert (queues["keeping"].priority, queues["keeping"].concurrency_limit) == (3, 2)


def test_a_pool_that_is_paused_stays_paused(office: Office) -> None:
    office.bootstrap()
    office.client.update_work_pool("main", WorkPoolUpdate(is_paused=True))
    office.bootstrap()
    assert office.client.read_work_pool("main").is_paused
    office.client.update_work_pool("main", WorkPoolUpdate(is_paused=False))


def test_the_pool_holds_no_login_and_no_password(office: Office) -> None:
    office.bootstrap()
    held = office.client.read_work_pool("main").model_dump_json()
    cluster = office.installation.cluster
    assert cluster is not None
    assert office.installation.login.partition(":")[2] not in held and cluster.password not in held


def test_a_schedule_paused_by_hand_stays_paused_and_is_told(office: Office) -> None:
    office.declare(HEAD + CHANGE + SCHEDULES)
    id = office.bootstrap().deployments["maintenance/main"]
    (schedule,) = office.client.read_deployment(id).schedules
    assert schedule.schedule == CronSchedule(cron="0 2 * * *", timezone="Europe/Berlin")
    office.client.update_deployment_schedule(id, schedule.id, active=False)
    office.declare(HEAD + CHANGE.replace("Changes", "Still changes") + SCHEDULES)
    assert office.bootstrap().paused == ("maintenance/main nightly",)
    assert [each.active for each in office.client.read_deployment(id).schedules] == [False]


def test_a_schedule_declared_no_more_is_gone(office: Office) -> None:
    office.declare(HEAD + CHANGE + SCHEDULES)
    id = office.bootstrap().deployments["maintenance/main"]
    office.declare(HEAD + CHANGE)
    office.bootstrap()
    assert office.client.read_deployment(id).schedules == []


def test_two_at_once_make_one_of_each(office: Office) -> None:
    office.empty()
    office.declare(HEAD + UNDO + CHANGE, AUTOMATIONS.read_text())
    both = [office.start_bootstrap() for _ in range(2)]
    until(lambda: not any(processes.alive(each) for each in both), seconds=60)
    assert office.manifest.with_name("log").read_text().count("undo/main is deployed") == 2
    assert len(office.deployments()) == 2 and office.automations() == DECLARED


@pytest.mark.parametrize("delay_seconds", [1.6, 2.0, 2.4])
def test_killed_in_the_middle_the_next_one_completes_it(office: Office, delay_seconds: float) -> None:
    office.empty()
    office.declare(HEAD + UNDO + CHANGE, AUTOMATIONS.read_text())
    dying = office.start_bootstrap()
    clock.sleep(delay_seconds)
    if processes.alive(dying):
        os.kill(dying.pid, signal.SIGKILL)
    done = office.bootstrap()
    assert set(office.deployments().values()) == set(done.deployments.values())
    assert office.automations() == DECLARED
