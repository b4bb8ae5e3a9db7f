"""An automation that cannot act is told of: it is broken here on purpose, on a real server."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.actions import RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger

from deployments.bootstrap import AUTOMATIONS, bootstrap
from edge.prefect_automations import PrefectAutomations
from edge.prefect_server import PrefectServer
from mainstay.errors import NotFinished, ServerLost
from mainstay.installation import Installation
from residents.automations import Automations
from tests.office import CHANGE, HEAD, UNDO
from tests.waiting import until

EVENT = "test.something-broke"
TRAP = {"run": "{{ event.id }}"}  # an id alone: Prefect takes it, and can never write it


@pytest.fixture
def client(platform: Installation) -> Iterator[SyncPrefectClient]:
    with SyncPrefectClient(platform.api, auth_string=platform.login) as client:
        yield client


@pytest.fixture
def broken(client: SyncPrefectClient, platform: Installation, tmp_path: Path) -> Iterator[UUID]:
    """Its action starts nothing, whatever happens."""
    manifest = tmp_path / "prefect.yaml"
    manifest.write_text(HEAD + UNDO + CHANGE)
    undo = bootstrap(platform, "UTC", manifest=manifest, events=AUTOMATIONS).deployments["undo/main"]
    action = RunDeployment(deployment_id=undo, parameters=TRAP)
    trigger = EventTrigger(expect={EVENT}, posture="Reactive", threshold=1)
    id = client.create_automation(AutomationCore(name="a broken one", trigger=trigger, actions=[action]))
    yield id
    client.delete_automation(id)


def what_is_told(platform: Installation) -> str:
    try:
        Automations(PrefectAutomations(platform.api, platform.login, budget_seconds=10), lambda: True)()
    except NotFinished as told:
        return str(told)
    return ""


def told_when_it_happens(platform: Installation) -> bool:
    """Said again and again: a server learns of a new automation a little later."""
    PrefectServer(platform.api, platform.login, budget_seconds=10).emit(EVENT, resource="test", name="test", payload={})
    return "«a broken one»" in what_is_told(platform)


def test_an_automation_that_cannot_act_is_told_of_until_it_is_gone(
    platform: Installation, client: SyncPrefectClient, broken: UUID
) -> None:
    assert what_is_told(platform) == ""
    until(lambda: told_when_it_happens(platform), seconds=60)
    said = what_is_told(platform)
    assert "run" in said and "could not: " in said and "Mend it in the UI" in said
    client.pause_automation(broken)  # as somebody who mends it would
    assert what_is_told(platform) == ""


def test_a_server_that_cannot_be_asked_is_trouble_itself(platform: Installation) -> None:
    nobody = PrefectAutomations("http://127.0.0.1:9/api", platform.login, budget_seconds=1)
    with pytest.raises(ServerLost):
        Automations(nobody, lambda: True)()
    Automations(nobody, lambda: False)()  # it is told already that the server is not ready
