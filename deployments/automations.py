"""deployments/automations.yaml: what follows from an event, put on the server by name.

Ours are known by the beginning of their name. One that is as declared is left untouched, because putting
it again forgets what it has counted. Those that a person made are never looked at.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.actions import RunDeployment
from prefect.events.schemas.automations import Automation, AutomationCore, EventTrigger
from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from deployments.strict import Strict, parse, plain, read_document, refuse

OURS = "mainstay: "
SHORTEST_WAIT_SECONDS = 10  # Prefect's own limit

_IDENTIFIER_ALONE = re.compile(r"\{\{[^|}]*\bid\s*\}\}")  # Prefect cannot write such a value: the run never begins

Listed = Annotated[tuple[str, ...], BeforeValidator(lambda one: (one,) if isinstance(one, str) else one)]


class Trigger(Strict):
    type: Literal["event"]
    posture: Literal["Reactive", "Proactive"]
    expect: Listed
    after: Listed = ()
    match: dict[str, Listed]
    match_related: dict[str, Listed] = Field(default_factory=dict)
    for_each: Listed = ()
    threshold: int = 1
    within_seconds: int = Field(default=0, validate_default=True)

    @field_validator("within_seconds")
    @classmethod
    def _long_enough(cls, seconds: int, info: ValidationInfo) -> int:
        if info.data.get("posture") == "Proactive" and seconds < SHORTEST_WAIT_SECONDS:
            raise ValueError(f"nothing can be missed so soon; write {SHORTEST_WAIT_SECONDS} or more")
        return seconds


class Action(Strict):
    type: Literal["run-deployment"]
    deployment: str  # "undo/main"
    parameters: Annotated[dict[str, Any], BeforeValidator(plain)] = Field(default_factory=dict)

    @field_validator("parameters")
    @classmethod
    def _can_be_written(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        for name, value in parameters.items():
            if isinstance(value, str) and _IDENTIFIER_ALONE.fullmatch(value.strip()):
                raise ValueError(
                    f'{name}: an id alone starts nothing; write "{value.replace("}}", "").rstrip()}|string }}}}"'
                )
        return parameters


class Declared(Strict):
    name: str
    description: str
    trigger: Trigger
    actions: tuple[Action, ...]


class Automations(Strict):
    automations: tuple[Declared, ...]


def read_automations(file: Path, deployments: set[str]) -> tuple[Declared, ...]:
    """Refused as a whole if one is wrong, or starts a deployment that is not declared."""
    document = read_document(file)
    found = parse(Automations, document).automations
    names = [each.name for each in found]
    refuse(
        [
            document.fault(("automations", number, "name"), f'"{name}" names two automations; give each its own.')
            for number, name in enumerate(names)
            if name in names[:number]
        ]
        + [
            document.fault(
                ("automations", number, "actions", nth, "deployment"), f'"{action.deployment}" is not declared.'
            )
            for number, each in enumerate(found)
            for nth, action in enumerate(each.actions)
            if action.deployment not in deployments
        ]
    )
    return found


def put_automations(client: SyncPrefectClient, wanted: tuple[AutomationCore, ...]) -> None:
    held = ours(client)
    for automation in wanted:
        same = sorted((each for each in held if each.name == automation.name), key=lambda each: each.id)
        if not same:
            client.create_automation(automation)
        elif _core(same[0]) != automation:
            client.update_automation(same[0].id, automation)


def prune_automations(client: SyncPrefectClient, wanted: tuple[AutomationCore, ...]) -> tuple[str, ...]:
    """Ours that are declared no more, and second ones of the same name: they would act twice."""
    seen = {automation.name: False for automation in wanted}
    gone = []
    for automation in sorted(ours(client), key=lambda each: each.id):
        if seen.get(automation.name, True):
            client.delete_automation(automation.id)
            gone.append(automation.name)
        seen[automation.name] = True
    return tuple(gone)


def automation_differences(client: SyncPrefectClient, wanted: tuple[AutomationCore, ...]) -> list[str]:
    held, asked = {each.name: _core(each) for each in ours(client)}, {each.name: each for each in wanted}
    names = sorted({*held, *asked})
    return [f"automation {name!r} is not as declared" for name in names if held.get(name) != asked.get(name)]


def ours(client: SyncPrefectClient) -> list[Automation]:
    return [each for each in client.read_automations() if each.name.startswith(OURS)]


def as_prefect_has_it(declared: Declared, ids: dict[str, UUID]) -> AutomationCore:
    """With the ids of the deployments it starts."""
    trigger = declared.trigger
    return AutomationCore(
        name=OURS + declared.name,
        description=declared.description,
        enabled=True,  # said, because an update leaves the unsaid as it is
        tags=[],
        trigger=EventTrigger(
            posture=trigger.posture,
            expect=set(trigger.expect),
            after=set(trigger.after),
            match=_specified(trigger.match),
            match_related=_specified(trigger.match_related),
            for_each=set(trigger.for_each),
            threshold=trigger.threshold,
            within=timedelta(seconds=trigger.within_seconds),
        ),
        actions=[
            RunDeployment(deployment_id=ids[action.deployment], parameters=action.parameters or None)
            for action in declared.actions
        ],
    )


def _specified(match: dict[str, tuple[str, ...]]) -> Any:
    return {label: list(values) for label, values in match.items()}


def _core(held: Automation) -> AutomationCore:
    return AutomationCore.model_validate(held.model_dump(exclude={"id"}))
