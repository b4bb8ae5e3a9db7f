"""What a system runs: services that answer HTTP, and services that only leave a sign of life."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from mainstay.descriptor.shapes import Argv, Inside, Place, Port, Seconds, Text, WebPath, Word

Color = Literal["blue", "green"]
Runtime = Literal["docker", "pm2", "supervisor", "systemd"]
Strategy = Literal["blue_green", "recreate", "rolling"]


class Described(BaseModel):
    """Written by a person, read strictly, never changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)


class Ports(Described):
    """Where the two colors of a service listen, on every host that runs it."""

    blue: Port = Field(description="the port of the blue color", examples=[8101])
    green: Port | None = Field(None, description="the port of the green color; only blue_green has two")


class Check(Described):
    """One question whose answer proves that a color works before traffic reaches it."""

    path: WebPath = Field(description="the path that is asked for", examples=["/login"])
    status: int = Field(200, ge=100, le=599, description="the status it must answer with")
    contains: Text | None = Field(None, description="a text the answer must contain")


class Probing(Described):
    """What the prober asks again and again while a release goes live, as users would."""

    path: WebPath = Field("/", description="a page that needs what users need")
    slow: WebPath | None = Field(None, description="something that takes seconds, so that cutting it short is noticed")
    websocket: WebPath | None = Field(None, description="a websocket that sends back what it is told")


class Heartbeat(Described):
    """The sign of life of a service nobody can ask: exactly one of the two ways."""

    file: Place | None = Field(None, description="a file the service touches while it works")
    argv: Argv | None = Field(None, description="a command that succeeds while the service works")
    max_age_seconds: Seconds = Field(60, description="a sign of life older than this is none")


class Running(Described):
    """What every service says of itself."""

    runtime: Runtime = Field("supervisor", description="what keeps its processes running")
    start: Argv = Field(
        description="starts one color, in words; {port}, {color}, {service}, {system}, {environment} are filled in",
        examples=[["node", "server.js", "--port", "{port}"]],
    )
    directory: Inside = Field(".", description="where it starts, inside the unpacked artifact")
    image: Word | None = Field(None, description="with docker: which of build.images it runs")
    instances: int = Field(1, ge=1, le=64, description="processes per color and host")
    memory_megabytes: int | None = Field(None, ge=16, description="so much must be free before a start")
    drain_seconds: Seconds = Field(30, description="time to finish what it does before it is killed")


class HttpService(Running):
    """A service that answers HTTP: two colors, of which the proxy shows one."""

    strategy: Strategy = Field("blue_green", description="how a new release takes over")
    ports: Ports = Field(
        description="a port for each color; an environment may name others", examples=[{"blue": 8101, "green": 8102}]
    )
    health: WebPath = Field(
        description="answers 200 once it is ready for traffic, 503 while it is not", examples=["/health"]
    )
    liveness: WebPath | None = Field(None, description="answers while the process is not stuck, ready or not")
    ready_within_seconds: Seconds = Field(60, description="a color that is not ready by then is a bad release")
    warm_up: tuple[WebPath, ...] = Field((), description="paths asked for before traffic comes, whatever they answer")
    smoke: tuple[Check, ...] = Field((), description="questions a color must answer before traffic comes")
    probe: Probing = Field(Probing(), description="what is asked through the proxy while a release goes live")


class WorkerService(Running):
    """A service without HTTP; of its two colors exactly one runs, so that no job is taken twice."""

    heartbeat: Heartbeat = Field(
        description="how one sees that it works", examples=[{"file": "/run/shop/worker.alive", "max_age_seconds": 60}]
    )


def _kind(written: Any) -> str:  # whatever stands there; pydantic judges it afterwards
    if isinstance(written, Running):
        return "worker" if isinstance(written, WorkerService) else "http"
    silent = isinstance(written, Mapping) and "heartbeat" in written and not {"ports", "health"} & written.keys()
    return "worker" if silent else "http"


KINDS = ("http", "worker")  # pydantic puts them into the places it names; nobody wrote them

Service = Annotated[Annotated[HttpService, Tag("http")] | Annotated[WorkerService, Tag("worker")], Discriminator(_kind)]
