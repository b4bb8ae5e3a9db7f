"""Where a system lives: its hosts and proxy, how a release is watched there, when it is backed up."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from mainstay.descriptor.service import Described, Ports
from mainstay.descriptor.shapes import Machine, Place, Reference, SealingKey, SigningKey, Variable, WebAddress, Word

BackupSlot = Literal["often", "hourly", "nightly"]
DrillSlot = Literal["daily-drill", "weekly-drill", "monthly-drill"]
Configuration = Annotated[Mapping[Variable, str], Field(json_schema_extra={"writeOnly": True})]
Minutes = Annotated[float, Field(gt=0, le=10080)]
Factor = Annotated[float, Field(ge=1, le=100)]


class Host(Described):
    """One machine. Its folders are per environment, so that two may share it."""

    address: Machine = Field(description="`local`, or `ssh://user@host:port`", examples=["local"])
    key: Reference | None = Field(None, description="where the SSH key lies; without it the agent's keys are used")
    runs: tuple[Word, ...] = Field((), description="the services that run here; none named: all of them")
    state_directory: Place = Field(
        "{home}/gate", description="where the host gate keeps what it must remember over a reboot"
    )
    flags_directory: Place = Field(
        "{home}/flags/{system}/{environment}", description="the flag files the proxy tests on every request"
    )
    releases_directory: Place = Field(
        "{home}/releases/{system}/{environment}", description="where artifacts are unpacked"
    )


class Proxy(Described):
    """What stands between the users and the two colors, on every host."""

    kind: Literal["caddy", "nginx", "haproxy"] = Field(description="which program it is", examples=["caddy"])
    address: WebAddress = Field(
        description="where it answers on its host; asked for the live color", examples=["http://127.0.0.1:8100"]
    )
    public_url: WebAddress | None = Field(None, description="what users type; without it the address")
    preview_url: WebAddress | None = Field(
        None, description="shows the idle color through the same proxy; without it the color's port is asked"
    )
    access_log: Place = Field(
        "{home}/logs/{system}-{environment}-access.log",
        description="its log of requests by color: without it nobody sees what users meet",
    )


class Watch(Described):
    """How a new release is judged after the switch, against the old color that is still warm."""

    shortest_seconds: float = Field(120, ge=10, le=86400, description="no PASS before")
    longest_minutes: Minutes = Field(60, description="without proof by then the release is accepted, unproven")
    minimum_errors: int = Field(4, ge=1, le=1000, description="fewer errors than this prove nothing")
    error_floor_percent: float = Field(
        1, gt=0, le=100, description="a share of errors below this is never held against it"
    )
    error_factor: Factor = Field(2, description="how many times the old color's share of errors is too much")
    latency_factor: Factor = Field(1.5, description="how many times the old color's median latency is too much")
    settle_seconds: float = Field(60, ge=0, le=3600, description="latency is not judged before: a cold start is slow")
    rollback_window_minutes: Minutes = Field(60, description="how long the old color stays warm after a PASS")


class Keep(Described):
    """How long sets stay: the newest proven one of each of the last hours, days, … in the installation's time zone.

    Every kind of set is counted for itself. Hours are those before the newest one; of days and longer, those count in
    which there is one, so that a pause in the backups lets nothing go.
    """

    hourly: int = Field(24, ge=0, le=1000, description="one of each hour, so many hours back from the newest")
    daily: int = Field(7, ge=0, le=1000, description="one of each day, for so many days that have one")
    weekly: int = Field(
        5, ge=0, le=1000, description="one of each week, from Monday on; increments only hourly and daily"
    )
    monthly: int = Field(12, ge=0, le=1000, description="one of each month")
    yearly: int = Field(3, ge=0, le=1000, description="one of each year")
    all_for_hours: int = Field(48, ge=1, le=8760, description="every set that is younger stays")


class Keys(Described):
    """Whose public keys count for the sets; what is not named is that of the machine that takes them."""

    signers: tuple[SigningKey, ...] = Field(
        (), description="who may sign sets: after a new machine its line beside the old one's, as long as old sets stay"
    )
    proving: SealingKey | None = Field(None, description="sets are sealed to it, and opened with it where it lies")
    recovery: SealingKey | None = Field(None, description="sets are sealed to it too; its secret half lies in a safe")


class Backups(Described):
    """Which slot of the schedule takes which kind of set, and how long it stays; the clocks are in prefect.yaml."""

    full: BackupSlot | None = Field(None, description="everything, as one moment")
    database: BackupSlot | None = Field(None, description="a logical dump of the database alone")
    files: BackupSlot | None = Field(None, description="files and buckets alone")
    incremental: BackupSlot | None = Field(None, description="what changed since the last set")
    keys: Keys = Field(Keys(), description="who may sign sets, and to whom they are sealed")
    rpo_minutes: Minutes | None = Field(
        None, description="an alarm when anything is safe only up to an older moment; without it, its slot says"
    )
    keep: Keep = Field(Keep(), description="how long they stay; what is not proven never lets an older one go")


class Drills(Described):
    """Which slot of the schedule proves what."""

    restore: DrillSlot | None = Field(None, description="the newest set is restored beside the system and compared")
    failover: DrillSlot | None = Field(None, description="the standby takes over and gives back")
    full: DrillSlot | None = Field(None, description="the whole plan for a lost site, measured")


class Environment(Described):
    """One place where the system runs, with its own release, data and clock."""

    hosts: Mapping[Word, Host] = Field(
        min_length=1, description="the machines, by a name of your choice", examples=[{"main": {"address": "local"}}]
    )
    proxy: Proxy | None = Field(None, description="needed wherever a service is blue_green")
    ports: Mapping[Word, Ports] = Field({}, description="by service: other ports than it has elsewhere")
    configuration: Configuration = Field({}, description="variables of this environment, over those of the system")
    pool: Word = Field("main", description="the Prefect work pool whose worker can reach it")
    approval: Literal["none", "required"] = Field("required", description="whether a person must agree to a deploy")
    watch: Watch = Field(Watch(), description="how a new release is judged")
    backups: Backups = Field(Backups(), description="what is backed up, and in which slot")
    drills: Drills = Field(
        Drills(), description="what is proven, and in which slot; not there yet, the clock proves full sets by itself"
    )
