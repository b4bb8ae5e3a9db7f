"""How an installation is, from what it left on this machine and in the store; only the server is asked, and briefly."""

import json
from dataclasses import asdict, dataclass

import typer

from edge import clock, keeper, notices, practice_site, turns
from edge.own_server import server_of
from edge.platform import written_ports
from edge.settings import Settings
from edge.store import standing_store
from mainstay.errors import MainstayError
from mainstay.keeper import Condition, Report, faults, silent
from mainstay.platform import POOL
from mainstay.turn import has_the_turn

ASKED_SECONDS = 0.7  # of what `mainstay status` may take


@dataclass(frozen=True)
class Status:
    home: str
    keeper: str
    programs: dict[str, str]
    new_runs: str
    changes: tuple[str, ...]
    alarms: tuple[str, ...]
    faults: tuple[str, ...]
    addresses: dict[str, str]


@dataclass(frozen=True)
class Kept:
    """What stands in the store, or why that cannot be told."""

    changes: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    trouble: tuple[str, ...] = ()


def show(settings: Settings, *, as_json: bool) -> bool:
    """True: all is well."""
    status = look(settings)
    if as_json:
        typer.echo(json.dumps(asdict(status), ensure_ascii=False, indent=2))
    else:
        _print(status)
    return not status.faults


def look(settings: Settings) -> Status:
    report = keeper.read_report(settings.home)
    kept, new_runs = _from_the_store(settings), _new_runs(settings, report)
    addresses, bad = _addresses(settings)
    wrong = [*_of_the_keeper(settings, report), *(faults(report) if report else ()), *kept.alarms, *kept.trouble, *bad]
    if new_runs.startswith("wait"):
        wrong.append(f"new runs: {new_runs}")
    said = f"process {report.pid}, spoke {(clock.now() - report.at).total_seconds():.0f} s ago" if report else "none"
    programs = {each.name: f"{each.state} since {each.since:%Y-%m-%d %H:%M:%S} UTC" for each in _programs(report)}
    return Status(str(settings.home), said, programs, new_runs, kept.changes, kept.alarms, tuple(wrong), addresses)


def _of_the_keeper(settings: Settings, report: Report | None) -> tuple[str, ...]:
    if written_ports(settings) is None:
        return (
            f"Nothing was ever laid out in {settings.home}, so nothing is kept up. Run: mainstay up. "
            "If it lives elsewhere, name that place in MAINSTAY_HOME.",
        )
    if report is None or not keeper.keeps(settings.home):
        return ("keeper: does not run, so nothing is kept up or settled. Run: mainstay up",)
    return tuple(filter(None, (silent(report, clock.now()),)))


def _programs(report: Report | None) -> tuple[Condition, ...]:
    return report.programs if report else ()


def _from_the_store(settings: Settings) -> Kept:
    try:
        store = standing_store(settings)
        changes = tuple(
            f"{system} {environment}: {has_the_turn(turn)}"
            + (f"; open: {', '.join(turn.unsettled)}" if turn.unsettled else "")
            for system, environment, turn in turns.read_turns(store)
            if turn.holder is not None or turn.unsettled
        )
        alarms = tuple(str(alarm.words) for alarm in notices.standing_alarms(store, home=settings.home))
    except MainstayError as reason:
        return Kept(trouble=(f"store: {reason}",))
    return Kept(changes, alarms)


def _new_runs(settings: Settings, report: Report | None) -> str:
    """Whether any begins now: a pool that was left paused looks well and does nothing."""
    if report is None or not report.ready("server"):
        return "unknown: the server is not ready"
    try:
        server = server_of(settings, budget_seconds=ASKED_SECONDS)
        paused = server is not None and server.paused(POOL)
    except MainstayError as reason:
        return f"unknown: {reason}"
    return "wait: the pool is paused, so none begins. If nobody brings it down now: mainstay up" if paused else "begin"


def _addresses(settings: Settings) -> tuple[dict[str, str], tuple[str, ...]]:
    """And why some of them cannot be told: a bad descriptor hides its own, no others."""
    ports = written_ports(settings)
    if ports is None:
        return {}, ()
    found = {"Prefect UI": f"http://127.0.0.1:{ports.server}", "gateway": f"http://127.0.0.1:{ports.gateway}/health"}
    try:
        site = practice_site.addresses(settings)
    except MainstayError as reason:
        return found, tuple(str(reason).splitlines())
    return {**found, **{f"practice {name}": address for name, address in site.items()}}, ()


def _print(status: Status) -> None:
    typer.echo(f"home     {status.home}\nkeeper   {status.keeper}")
    for title, rows in (("programs", status.programs), ("addresses", status.addresses)):
        typer.echo(f"{title}:")
        for name, words in rows.items():
            typer.echo(f"  {name:22} {words}")
    typer.echo(f"new runs: {status.new_runs}")
    typer.echo("changes: " + ("" if status.changes else "none"))
    for change in status.changes:
        typer.echo(f"  {change}")
    for fault in status.faults:
        typer.echo(f"NOT WELL  {fault}")
    if not status.faults:
        typer.echo("All is well.")
