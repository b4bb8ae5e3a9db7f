"""How an installation is, from what it left on this machine and in the store: no program is asked, so it is quick."""

import json
from dataclasses import asdict, dataclass

import typer

from edge import clock, keeper, notices, practice_site, turns
from edge.platform import written_ports
from edge.settings import Settings
from edge.store import open_store
from mainstay.errors import MainstayError
from mainstay.keeper import Condition, Report, faults
from mainstay.turn import has_the_turn


@dataclass(frozen=True)
class Status:
    home: str
    keeper: str
    programs: dict[str, str]
    changes: tuple[str, ...]
    alarms: tuple[str, ...]
    faults: tuple[str, ...]
    addresses: dict[str, str]


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
    changes, alarms, trouble = _from_the_store(settings)
    wrong = [*(faults(report) if report else ()), *alarms, *trouble]
    if not keeper.keeps(settings.home):
        wrong.insert(0, "keeper: does not run, so nothing is kept up or settled. Run: mainstay up")
    said = f"process {report.pid}, spoke {(clock.now() - report.at).total_seconds():.0f} s ago" if report else "none"
    programs = {each.name: f"{each.state} since {each.since:%Y-%m-%d %H:%M:%S} UTC" for each in _programs(report)}
    return Status(str(settings.home), said, programs, changes, alarms, tuple(wrong), _addresses(settings))


def _programs(report: Report | None) -> tuple[Condition, ...]:
    return report.programs if report else ()


def _from_the_store(settings: Settings) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """Changes in progress or half-done, alarms, and why they cannot be told."""
    try:
        store = open_store(settings)
        changes = tuple(
            f"{system} {environment}: {has_the_turn(turn)}"
            + (f"; open: {', '.join(turn.unsettled)}" if turn.unsettled else "")
            for system, environment, turn in turns.read_turns(store)
            if turn.holder is not None or turn.unsettled
        )
        alarms = tuple(str(alarm.words) for alarm in notices.standing_alarms(store, home=settings.home))
    except MainstayError as reason:
        return (), (), [f"store: {reason}"]
    return changes, alarms, []


def _addresses(settings: Settings) -> dict[str, str]:
    ports = written_ports(settings)
    if ports is None:
        return {}
    found = {"Prefect UI": f"http://127.0.0.1:{ports.server}", "gateway": f"http://127.0.0.1:{ports.gateway}/health"}
    return {**found, **{f"practice {name}": address for name, address in practice_site.addresses(settings).items()}}


def _print(status: Status) -> None:
    typer.echo(f"home     {status.home}\nkeeper   {status.keeper}")
    for title, rows in (("programs", status.programs), ("addresses", status.addresses)):
        typer.echo(f"{title}:")
        for name, words in rows.items():
            typer.echo(f"  {name:22} {words}")
    typer.echo("changes: " + ("" if status.changes else "none"))
    for change in status.changes:
        typer.echo(f"  {change}")
    for fault in status.faults:
        typer.echo(f"NOT WELL  {fault}")
    if not status.faults:
        typer.echo("All is well.")
