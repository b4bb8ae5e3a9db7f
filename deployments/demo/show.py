"""The demonstration from its beginning to its end: what comes up, what is shown at the same time, what stays open."""

from collections.abc import Mapping
from contextlib import ExitStack, suppress

import typer

from deployments.demo import acts
from deployments.demo.display import Display
from deployments.demo.lanes import Waiting, play
from deployments.demo.promises import Promise
from deployments.demo.site import Site
from deployments.demo.visitors import visiting
from deployments.up import bring_up
from edge import clock, keeper, practice_site
from edge.own_server import server_of
from edge.platform import lay_out
from edge.settings import Settings

PER_SECOND = {"production": 20.0, "staging": 10.0}  # visitors
GENTLY = 2.0  # while all stays open
CRM_LOGIN = "demo / practice"


def show(settings: Settings, display: Display, keep: list[Promise]) -> None:
    """Two environments at once: nothing that happens in one of them may disturb the other."""
    typer.echo("An installation of its own comes up: Prefect with its database, worker and UI, a keeper, and a CRM.")
    with display.asking(lambda: _awaited(settings)):
        bring_up(settings, practice=True)
    installation = lay_out(settings)
    typer.echo(f"\nWatch along if you like: {installation.ui}   login: {installation.login}")
    with ExitStack() as until_shown:
        sites = _visited(settings, until_shown)
        production, staging = sites["production"], sites["staging"]
        lanes = {
            "production": [
                ("first-release", acts.first_release(production)),
                ("zero-failed-switch", acts.zero_failed_switch(production)),
                ("bad-release-switched-back", acts.bad_release_switched_back(production)),
            ],
            "staging": [
                ("boot-failure-unseen", _after_v1(staging, acts.boot_failure_unseen(staging))),
                ("killed-worker-healed", acts.killed_worker_healed(settings, staging)),
                ("backup-proven", acts.backup_proven(staging)),
                ("table-restored", acts.table_restored(staging)),
            ],
        }
        play({name: acts.in_turn(each, keep) for name, each in lanes.items()}, display)


def stay_open(settings: Settings) -> None:
    """Until Ctrl-C. A few visitors go on, so that there is something to see."""
    installation, addresses = lay_out(settings), practice_site.addresses(settings)
    typer.echo(f"\nPrefect UI: {installation.ui}   login: {installation.login}")
    for environment, address in addresses.items():
        typer.echo(f"The CRM, {environment}: {address}   login: {CRM_LOGIN}")
    typer.echo(
        f"Try it: MAINSTAY_HOME={settings.home} .venv/bin/mainstay deploy practice production v3"
        "   (or v4 to v6; bad-slow, bad-worker, bad-migration, bad-lying)\n"
        "All of it stays open until Ctrl-C, and is removed then."
    )
    with suppress(KeyboardInterrupt), ExitStack() as until_left:
        for address in addresses.values():
            until_left.enter_context(visiting(address, settings.home / "visitors", per_second=GENTLY))
        while True:
            clock.sleep(3600)


def _awaited(settings: Settings) -> str:
    """What the keeper says of its programs."""
    report = keeper.read_report(settings.home)
    if report is None:
        return "the keeper starts"
    waits = [each.name for each in report.programs if each.state != "ready"]
    return f"the keeper brings up {', '.join(waits)}" if waits else "Prefect is told what there is to run"


def _visited(settings: Settings, until_shown: ExitStack) -> Mapping[str, Site]:
    server, found = server_of(settings), dict[str, Site]()
    assert server is not None  # bring_up has laid it out
    for environment, address in practice_site.addresses(settings).items():
        pace = PER_SECOND[environment]
        visitors = until_shown.enter_context(visiting(address, settings.home / "visitors", per_second=pace))
        found[environment] = Site(settings, environment, server, visitors)
        typer.echo(f"Visitors ask the CRM in {environment} {pace:.0f} times a second: {address}")
    return found


def _after_v1(site: Site, act: Waiting[Promise]) -> Waiting[Promise]:
    """Something must be live before it can be kept."""
    yield from site.deployed("v1")
    return (yield from act)
