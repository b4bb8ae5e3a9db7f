"""The declared deployments, put on the server, compared with what it then holds, and the undeclared removed.

Each is put by one call, which the server carries out in one transaction, and only if it differs: putting
one drops the runs it had planned. ``prefect deploy`` starts a process of seconds, applies a file half-way
when a later deployment is wrong, and ignores what it does not know.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound

from deployments.manifest import HERE, Deployment, Schedule

OURS = "mainstay"  # a tag: the sign by which a deployment that is no longer declared is known to be ours


@dataclass(frozen=True)
class Wanted:
    """One deployment as it is to stand on the server, all templates filled in."""

    flow: "Flow[..., Any]"
    declared: Deployment
    timezone: str

    @property
    def name(self) -> str:
        return f"{self.flow.name}/{self.declared.name}"

    @property
    def plain(self) -> Mapping[str, Any]:
        """What is compared, under the server's own names."""
        return {
            "entrypoint": self.declared.entrypoint,
            "description": self.declared.description,
            "parameters": self.declared.parameters,
            "parameter_openapi_schema": self.flow.parameters.model_dump(),
            "enforce_parameter_schema": True,
            "work_pool_name": self.declared.work_pool.name,
            "work_queue_name": self.declared.work_pool.work_queue_name,
            "tags": sorted({OURS, *self.declared.tags}),
            "version": version("mainstay"),
            "pull_steps": [],
            "job_variables": {},
        }


def put_deployment(client: SyncPrefectClient, wanted: Wanted) -> UUID:
    held = read_deployment(client, wanted.name)
    if held is not None and not differences(wanted, held):
        return held.id
    flow_id = client.create_flow_from_name(wanted.flow.name)
    schedules = [_schedule(each, wanted.timezone, held) for each in wanted.declared.schedules]
    return client.create_deployment(flow_id, wanted.declared.name, schedules=schedules, **wanted.plain)


def differences(wanted: Wanted, held: DeploymentResponse | None) -> list[str]:
    """Each in a few words; a schedule that a person paused, where the file does not say, is none."""
    if held is None:
        return [f"{wanted.name}: is not there"]
    found = [
        f"{wanted.name}: {key} is {_as_compared(key, held)!r}, declared is {value!r}"
        for key, value in wanted.plain.items()
        if _as_compared(key, held) != value
    ]
    if held.global_concurrency_limit is not None:
        found.append(f"{wanted.name}: has a concurrency limit, declared is none")
    there = {str(each.slug): _comparable(each) for each in held.schedules}
    asked = {each.slug: _comparable(_schedule(each, wanted.timezone, held)) for each in wanted.declared.schedules}
    found += [
        f"{wanted.name}: schedule {slug} is {there.get(slug)}, declared is {asked.get(slug)}"
        for slug in sorted({*there, *asked})
        if there.get(slug) != asked.get(slug)
    ]
    return found


def read_deployment(client: SyncPrefectClient, name: str) -> DeploymentResponse | None:
    try:
        return client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None


def prune_deployments(client: SyncPrefectClient, keep: set[UUID]) -> tuple[str, ...]:
    """Ours that are declared no more; a deployment somebody else made stays, even if it bears our tag."""
    gone = [each for each in _all(client) if _is_ours(each) and each.id not in keep]
    for deployment in gone:
        client.delete_deployment(deployment.id)
    return tuple(str(deployment.entrypoint) for deployment in gone)


def paused_by_hand(client: SyncPrefectClient, wanted: Wanted) -> tuple[str, ...]:
    """Schedules that stand still though the file does not say so."""
    held = read_deployment(client, wanted.name)
    free = {each.slug for each in wanted.declared.schedules if each.active is None}
    return () if held is None else tuple(each.slug for each in held.schedules if each.slug in free and not each.active)


def _is_ours(held: DeploymentResponse) -> bool:
    """Our tag, and a flow of an installed package: whoever deploys by hand has a file there, with a colon."""
    return OURS in held.tags and held.entrypoint is not None and ":" not in held.entrypoint


def _all(client: SyncPrefectClient) -> Iterator[DeploymentResponse]:
    offset = 0
    while page := client.read_deployments(limit=200, offset=offset):
        yield from page
        offset += len(page)


def _as_compared(key: str, held: DeploymentResponse) -> Any:
    value = getattr(held, key)
    return sorted(value) if key == "tags" else value


def _schedule(schedule: Schedule, timezone: str, held: DeploymentResponse | None) -> DeploymentScheduleCreate:
    paused = held is not None and any(each.slug == schedule.slug and not each.active for each in held.schedules)
    return DeploymentScheduleCreate(
        slug=schedule.slug,
        schedule=CronSchedule(
            cron=schedule.cron, timezone=timezone if schedule.timezone == HERE else schedule.timezone
        ),
        active=not paused if schedule.active is None else schedule.active,
        parameters=schedule.parameters,
    )


def _comparable(schedule: DeploymentScheduleCreate | DeploymentSchedule) -> tuple[Any, ...]:
    return (schedule.schedule.model_dump(), schedule.active, schedule.parameters)
