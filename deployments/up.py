"""Bringing an installation up: the store is proven, the keeper started, and told what became ready and what did not."""

import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import typer

from deployments.recorded import recorded
from edge import clock, keeper, ports, practice_site, private, processes
from edge.init import UNIT, Init
from edge.own_server import server_of
from edge.pausing import open_pool
from edge.platform import lay_out
from edge.processes import Identity
from edge.settings import Settings, contradictions, to_environment
from edge.store import open_store
from edge.store.selftest import prove
from mainstay.errors import NotFinished, Refused, ServerLost
from mainstay.installation import Installation
from mainstay.keeper import Report, faults, silent

READY_SECONDS = 240.0  # the first time, Prefect builds its tables
LOOK_SECONDS = 0.3
END_SECONDS = 30.0
STEADY = timedelta(seconds=4)  # a worker is asked nothing: one that cannot work has died again by then
SYSTEMD = Init()


def bring_up(settings: Settings, *, practice: bool, init: Init = SYSTEMD) -> None:
    """Everything runs and is declared when it returns; the addresses are printed."""
    begun = clock.monotonic()
    private.usable(settings.home)
    prove(open_store(settings))
    _told(begun, f"store {settings.store}: it keeps its promises")
    changed = contradictions(settings)
    for words in changed:
        typer.echo(f"{words} The installation takes what the environment says.")
    with recorded(settings, "up --practice" if practice else "up"):
        installation = lay_out(settings)
        if practice:
            practice_site.lay_out_descriptor(settings)
            practice_site.addresses(settings)  # a fault in it is told now, not after a long wait
        _have_a_keeper(settings, installation, init, anew=bool(changed))
        try:
            if practice:  # while the keeper brings up the rest
                practice_site.lay_out(settings, partial(_told, begun))
            _wait(settings, begun, also=set(practice_site.PROGRAMS) if practice else set())
            _let_runs_begin(settings, begun)
        except KeyboardInterrupt:
            raise NotFinished(
                "Stopped waiting; the keeper goes on bringing all of it up. How far it is: mainstay status. "
                "To end it: mainstay down."
            ) from None
    _print_addresses(settings, installation)


def _have_a_keeper(settings: Settings, installation: Installation, init: Init, *, anew: bool) -> None:
    """``anew``: one that runs has other words. It ends alone, and what it kept up goes on."""
    report = keeper.read_report(settings.home)
    if report is None or not keeper.keeps(settings.home):
        _start_keeper(settings, installation, init)
    elif why := silent(report, clock.now()):
        raise NotFinished(why)
    elif anew:
        if not init.keeps(settings.home):
            _end_keeper(Identity(report.pid, report.started))
        _start_keeper(settings, installation, init)


def _end_keeper(running: Identity) -> None:
    processes.ask_to_end(running)
    end = clock.monotonic() + END_SECONDS
    while processes.alive(running):
        if clock.monotonic() > end:
            raise NotFinished(f"The keeper, process {running.pid}, did not end within {END_SECONDS:.0f} s.")
        clock.sleep(LOOK_SECONDS)


def _start_keeper(settings: Settings, installation: Installation, init: Init) -> None:
    """By systemd where its unit is enabled: that one would be turned away again and again by one of ours."""
    if taken := ports.strangers(installation):
        raise Refused("Nothing was started. " + " ".join(taken))
    keeper.forget_stop(settings.home)
    if init.keeps(settings.home):
        typer.echo(f"systemd starts {UNIT}, with the words of its unit and of /etc/mainstay/environment.")
        init.start_anew()
        return
    processes.start(
        [sys.executable, "-m", "residents.keeper"],
        log=settings.logs / "keeper.log",
        cwd=Path("/"),
        environment=to_environment(settings),
    )


def _wait(settings: Settings, begun: float, also: set[str]) -> None:
    """``also``: programs that the keeper may not have taken on yet."""
    seen: set[str] = set()
    while (report := _fresh_report(settings)) is None or not _all_ready(report, also):
        _tell_what_became_ready(report, seen, begun)
        if clock.monotonic() - begun > READY_SECONDS:
            wrong = "; ".join(faults(report)) if report else "the keeper says nothing"
            raise NotFinished(
                f"Not everything is ready after {READY_SECONDS:.0f} s: {wrong}. "
                f"The keeper goes on trying; see {settings.logs} and `mainstay status`."
            )
        clock.sleep(LOOK_SECONDS)
    _tell_what_became_ready(report, seen, begun)


def _let_runs_begin(settings: Settings, begun: float) -> None:
    """A slow server is asked again: a pool that stays closed would look like an installation that does nothing."""
    while (server := server_of(settings)) is not None:
        try:
            return open_pool(settings.home, server)
        except ServerLost:
            if clock.monotonic() - begun > READY_SECONDS:
                raise
        clock.sleep(LOOK_SECONDS)


def _fresh_report(settings: Settings) -> Report | None:
    report = keeper.read_report(settings.home)
    fresh = report is not None and keeper.keeps(settings.home) and not silent(report, clock.now())
    return report if fresh else None


def _all_ready(report: Report, also: set[str]) -> bool:
    names = {each.name for each in report.programs}
    steady = all(each.state == "ready" and clock.now() - each.since >= STEADY for each in report.programs)
    return bool(names) and also <= names and report.deployed and steady


def _tell_what_became_ready(report: Report | None, seen: set[str], begun: float) -> None:
    if report is None:
        return
    ready = {f"{each.name} is ready" for each in report.programs if each.state == "ready"}
    if report.ready("server") and report.deployed:
        ready.add("all that is declared is on the server")
    for words in sorted(ready - seen):
        _told(begun, words)
    seen |= ready


def _told(begun: float, words: str) -> None:
    typer.echo(f"{clock.monotonic() - begun:6.1f} s  {words}")


def _print_addresses(settings: Settings, installation: Installation) -> None:
    typer.echo(f"\nPrefect UI  {installation.ui}   login: see {settings.home}/platform/login")
    typer.echo(f"Gateway     http://127.0.0.1:{installation.ports.gateway}/health")
    typer.echo(f"Logs        {settings.logs}")
    for environment, address in practice_site.addresses(settings).items():
        typer.echo(f"Practice    {address}   ({environment})")
