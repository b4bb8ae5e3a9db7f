"""A story, started from the command line: as a run of Prefect, followed to its end, or here and now without it."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import typer

from edge import audits, clock, prefect_home
from edge.own_server import server_of
from edge.prefect_server import PrefectServer, Run, Value
from edge.settings import Settings, leave_the_server
from mainstay.audit import as_tags
from mainstay.errors import BadInput, NotFinished, Refused, ServerLost, ServerRefused
from mainstay.platform import POOL

T = TypeVar("T")

LOOK_SECONDS = 0.5
FIRST_LOOK_SECONDS = 6  # one answer may take two more: that it is dead is told within ten
START_SECONDS = 30
SAY_SECONDS = 10  # a watch has something new to say every second


def tell(settings: Settings, name: str, parameters: Mapping[str, Value], without_server: bool) -> None:
    """Exit code 0 only if it ended well."""
    ended_well = _here(name, parameters) if without_server else _on_the_server(settings, name, parameters)
    if not ended_well:
        raise typer.Exit(1)


def _here(name: str, parameters: Mapping[str, Value]) -> bool:
    leave_the_server(prefect_home.borrow())  # before anything of Prefect is imported: it reads the environment once
    story = getattr(importlib.import_module(f"flows.{name}"), name)
    state = story(**parameters, return_state=True)
    typer.echo(f"{state.name}: {state.message or ''}")
    return bool(state.is_completed())


def _on_the_server(settings: Settings, name: str, parameters: Mapping[str, Value]) -> bool:
    server = server_of(settings)
    if server is None or not _answers(server):
        raise Refused(
            "Prefect does not answer, so nothing was started. Bring it up with `mainstay up`; "
            f"if it cannot wait: mainstay {name} … --without-server"
        )
    asked = as_tags(audits.whoever_runs_this(), audits.here())
    run = _started(server, name, parameters, asked)
    typer.echo(f"Started as run {run.id}.")
    return _ended_well(server, run)


def follow(settings: Settings, id: str) -> None:
    """Exit code 0 only if that run ends well."""
    silent = "Prefect does not answer, so its runs cannot be followed."
    server = server_of(settings)
    if server is None or not _answers(server):
        raise Refused(f"{silent} Bring it up with `mainstay up`.")
    try:
        run = _asked_again(lambda: server.run(id), FIRST_LOOK_SECONDS)
    except ServerRefused:
        run = None
    except ServerLost as reason:
        raise Refused(f"{silent} {reason} If it does not come back by itself: mainstay up") from reason
    if run is None:
        raise BadInput(f'Prefect knows no run "{id}". Its UI lists them; `mainstay deploy` and `approve` print theirs.')
    if not _ended_well(server, run):
        raise typer.Exit(1)


def _ended_well(server: PrefectServer, run: Run) -> bool:
    try:
        run = _followed(server, run)
    except KeyboardInterrupt:
        raise NotFinished(
            f"Stopped looking; the run goes on. To look again: mainstay follow {run.id}. To cancel it, so that it"
            f" undoes itself: {server.page_of(run)}, Cancel."
        ) from None
    typer.echo(f"{run.state}: {run.message}")
    return run.type == "COMPLETED"


def _answers(server: PrefectServer) -> bool:
    """A busy server may miss one look at it; one that is down misses them all."""
    until = clock.monotonic() + FIRST_LOOK_SECONDS
    while not server.healthy():
        if clock.monotonic() > until:
            return False
        clock.sleep(LOOK_SECONDS)
    return True


def _asked_again(ask: Callable[[], T], seconds: float) -> T:
    """Until the server answers; whoever is silent for so long is lost."""
    until = clock.monotonic() + seconds
    while True:
        try:
            return ask()
        except ServerLost:
            if clock.monotonic() > until:
                raise
        clock.sleep(LOOK_SECONDS)


def _started(server: PrefectServer, name: str, parameters: Mapping[str, Value], asked: Sequence[str]) -> Run:
    """A busy server is asked again: under one key it starts one run, also if only its answer was lost."""
    queue = "urgent" if parameters.get("urgent") else None
    key = clock.new_uuid()
    try:
        return _asked_again(
            lambda: server.start(f"{name}/{POOL}", parameters, key=key, queue=queue, tags=asked), START_SECONDS
        )
    except ServerLost as reason:
        raise ServerLost(
            f"{reason} It was asked for {START_SECONDS:.0f} s, so nobody knows whether {name} was started: look"
            f" among the runs in its UI; or do it without it: mainstay {name} … --without-server"
        ) from reason


def _followed(server: PrefectServer, run: Run) -> Run:
    """To its end; a server that is away for a while does not end our patience."""
    told, progress = "", _Progress(server)
    while not run.ended:
        clock.sleep(LOOK_SECONDS)
        try:
            run = server.run(run.id) or run
            progress.tell(run)
        except ServerLost as reason:
            if told != "lost":
                typer.echo(f"{reason} The run goes on without it; still looking.", err=True)
            told = "lost"
            continue
        if run.state != told and run.type == "RUNNING":
            typer.echo(f"{run.state}: {run.name}")
        told = run.state
    return run


class _Progress:
    """What a person who waits wants to know: how far it is, now and then."""

    def __init__(self, server: PrefectServer) -> None:
        self._server = server
        self._told, self._next = "", clock.monotonic()

    def tell(self, run: Run) -> None:
        if run.type != "RUNNING" or clock.monotonic() < self._next:
            return
        said = self._server.progress_of(run.id) or ""
        if said and said != self._told:
            typer.echo(f"  {said}")
            self._told = said
        self._next = clock.monotonic() + SAY_SECONDS
