"""prefect.yaml, read strictly: what Prefect would silently ignore, or refuse half-way through, is a fault here.

The file is one that ``prefect deploy`` understands, less what this house does not use: code is installed
and never pulled, and no concurrency limit guards a change.
"""

from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from prefect import Flow
from prefect.client.schemas.schedules import CronSchedule
from prefect.utilities.importtools import import_object
from prefect.utilities.schema_tools.validation import validate
from pydantic import BeforeValidator, Field, ValidationError, field_validator

from deployments.strict import Strict, parse, plain, read_document, refuse
from mainstay.faults import Fault
from mainstay.faults import Path as Place
from mainstay.installation import VERSIONS
from mainstay.platform import POOL, QUEUES
from mainstay.yaml_document import Document, Value

HERE = "{{ $MAINSTAY_TIMEZONE }}"  # the zone of the installation, as Prefect spells a variable

Parameters = Annotated[dict[str, Any], BeforeValidator(lambda written: plain(written))]


class Schedule(Strict):
    slug: str
    cron: str
    timezone: str
    active: bool | None = None  # None: a person may pause it, and it stays paused
    parameters: Parameters = Field(default_factory=dict)

    @field_validator("cron")
    @classmethod
    def _is_cron(cls, cron: str) -> str:
        try:
            return CronSchedule(cron=cron).cron
        except ValidationError:
            raise ValueError('must be five fields of cron, such as "0 2 * * *"') from None

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, zone: str) -> str:
        if zone != HERE and zone not in available_timezones():
            raise ValueError(f"must be the name of a time zone, such as Europe/Berlin, or {HERE}")
        return zone


class WorkPool(Strict):
    name: str
    work_queue_name: str


class Deployment(Strict):
    name: str
    entrypoint: str
    description: str
    work_pool: WorkPool
    tags: tuple[str, ...] = ()
    parameters: Parameters = Field(default_factory=dict)
    schedules: tuple[Schedule, ...] = ()


class Manifest(Strict):
    version: str = Field(alias="prefect-version")
    name: Literal["mainstay"]
    pull: tuple[()]  # written out: without it Prefect stores the folder of whoever deployed
    deployments: tuple[Deployment, ...]


def read_manifest(file: Path) -> tuple[tuple[Deployment, "Flow[..., Any]"], ...]:
    """Every deployment with its flow. Refused as a whole, before anything reaches the server, if one is wrong."""
    document = read_document(file)
    manifest = parse(Manifest, document)
    faults = _faults_of_all(manifest, document)
    found: list[tuple[Deployment, Flow[..., Any]]] = []
    for number, deployment in enumerate(manifest.deployments):
        place: Place = ("deployments", number)
        faults += _faults_of_one(deployment, place, document)
        flow = load_flow(deployment.entrypoint)
        if isinstance(flow, str):
            faults.append(document.fault((*place, "entrypoint"), flow))
            continue
        faults += _faults_of_parameters(deployment, flow, place, document)
        found.append((deployment, flow))
    refuse(faults)
    return tuple(found)


def load_flow(entrypoint: str) -> "Flow[..., Any] | str":
    """The flow; or why there is none."""
    example = "write it as flows.maintenance.maintenance"
    if ":" in entrypoint or "/" in entrypoint or "." not in entrypoint:
        return f'must name a flow of the installed package; you wrote "{entrypoint}"; {example}.'
    try:
        found = import_object(entrypoint)
    except Exception as reason:  # whatever a module does when it is imported is a fault of this line
        return f'"{entrypoint}" cannot be imported ({type(reason).__name__}: {reason}); {example}.'
    return found if isinstance(found, Flow) else f'"{entrypoint}" is no flow; {example}.'


def _faults_of_all(manifest: Manifest, document: Document) -> list[Fault]:
    faults = []
    if manifest.version != VERSIONS["prefect"]:
        say = f'must be {VERSIONS["prefect"]}, the version that is installed; you wrote "{manifest.version}".'
        faults.append(document.fault(("prefect-version",), say))
    entrypoints = [each.entrypoint for each in manifest.deployments]
    for number, entrypoint in enumerate(entrypoints):
        if entrypoint in entrypoints[:number]:
            say = f"{entrypoint} is deployed twice; keep one of them."
            faults.append(document.fault(("deployments", number, "entrypoint"), say))
    return faults


def _faults_of_one(deployment: Deployment, place: Place, document: Document) -> list[Fault]:
    faults, pool, queues = [], deployment.work_pool, [queue.name for queue in QUEUES]
    if pool.name != POOL:
        say = f'there is no such pool; you wrote "{pool.name}". Write {POOL}.'
        faults.append(document.fault((*place, "work_pool", "name"), say))
    if pool.work_queue_name not in queues:
        say = f'must be one of {", ".join(queues)}; you wrote "{pool.work_queue_name}".'
        faults.append(document.fault((*place, "work_pool", "work_queue_name"), say))
    if deployment.name != pool.name:
        say = f'must be the name of its pool; you wrote "{deployment.name}". Write {pool.name}.'
        faults.append(document.fault((*place, "name"), say))
    slugs = [schedule.slug for schedule in deployment.schedules]
    for number, slug in enumerate(slugs):
        if slug in slugs[:number]:
            say = f'"{slug}" names two schedules; give each a slug of its own.'
            faults.append(document.fault((*place, "schedules", number, "slug"), say))
    return faults


def _faults_of_parameters(
    deployment: Deployment, flow: "Flow[..., Any]", place: Place, document: Document
) -> list[Fault]:
    given: list[tuple[Place, dict[str, Value]]] = [((*place, "parameters"), deployment.parameters)]
    for number, schedule in enumerate(deployment.schedules):
        given.append(((*place, "schedules", number, "parameters"), schedule.parameters))
    return [fault for where, values in given for fault in _wrong_values(values, flow, where, document)]


def _wrong_values(values: dict[str, Value], flow: "Flow[..., Any]", place: Place, document: Document) -> list[Fault]:
    known = list(flow.parameters.properties)
    faults = [
        document.fault((*place, name), f"is no parameter of {flow.name}; it has {', '.join(known) or 'none'}.")
        for name in values
        if name not in known
    ]
    for wrong in validate(values, flow.parameters.model_dump(), ignore_required=True):
        where = tuple(wrong.absolute_path)
        if where and where[0] in known:
            faults.append(document.fault((*place, *where), f"{wrong.message}."))
    return faults
