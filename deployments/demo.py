"""python -m deployments.demo: a whole installation shows what it promises, with real kills, and measures it.

It lives in a home of its own that is removed at the end, and touches nothing else on this machine.
"""

import json
import shutil
import signal
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from deployments.down import bring_down
from deployments.up import bring_up
from edge import clock, keeper, practice_site, processes, programs, sites
from edge.journals import read_journal
from edge.own_server import server_of
from edge.platform import lay_out
from edge.postgres import data_of
from edge.prefect_server import PrefectServer, Run
from edge.processes import Identity
from edge.secrets.raised import install_hooks
from edge.settings import Settings, for_home
from edge.store import open_store
from edge.unsettled import Unsettled, unsettled
from mainstay.colors import PAGE
from mainstay.errors import NotFinished, ServerLost, ServerRefused
from mainstay.platform import POOL

HEAL_SECONDS = 120.0  # promised
T = TypeVar("T")

WORDS = "We are back in a few minutes."


@dataclass(frozen=True)
class Promise:
    name: str
    target: str
    measured: float
    unit: str
    held: bool


class Demo:
    """One installation, and what an outsider measured of it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._begun = clock.monotonic()
        self.promises: list[Promise] = []

    def show(self) -> None:
        self._say("An installation comes up: Prefect, its database, worker, UI, keeper, and a site to practise on.")
        bring_up(self._settings, practice=True)
        self._maintenance_page()
        self._killed_change()
        self._killed_platform()

    @property
    def seconds(self) -> float:
        return clock.monotonic() - self._begun

    @property
    def _server(self) -> PrefectServer:
        found = server_of(self._settings)
        assert found is not None  # bring_up has laid it out
        return found

    def _maintenance_page(self) -> None:
        self._say("\nA change: the maintenance page of production goes up, through Prefect.")
        begun = clock.monotonic()
        run = self._ended(self._start("up"))
        shown = self._site()
        self._promise("page-shown", "503 with its words", shown.status, "status", shown.shows == PAGE)
        self._say(f"  {run.state} after {clock.monotonic() - begun:.1f} s; users see: {shown.status}, «{WORDS}»")

    def _killed_change(self) -> None:
        self._say("\nA change is killed in the middle: the page is to go down, and its process gets SIGKILL.")
        self._start("down")
        found = self._wait(self._in_the_middle, 60, "the change did not begin")
        assert found.holder is not None
        processes.kill(Identity(found.holder.pid, found.holder.started))
        killed = clock.monotonic()
        self._wait(lambda: not list(unsettled(open_store(self._settings))) or None, HEAL_SECONDS, "nobody settled it")
        seconds, shown = clock.monotonic() - killed, self._site()
        held = seconds <= HEAL_SECONDS and shown.shows == PAGE
        self._promise("killed-change-healed", f"<= {HEAL_SECONDS:.0f}", round(seconds, 1), "s", held)
        self._say(f"  Nobody did anything. After {seconds:.1f} s it was undone; users see again: {shown.status}")

    def _killed_platform(self) -> None:
        self._say("\nPrefect's server, its database and the worker get SIGKILL at once.")
        for name in ("server", "database", "worker"):
            if identity := programs.living_identity(self._settings.home, name):
                processes.kill(identity)
        killed = clock.monotonic()
        self._wait(lambda: self._all_answers() or None, HEAL_SECONDS, "it did not come back")
        seconds = clock.monotonic() - killed
        self._promise("killed-platform-healed", f"<= {HEAL_SECONDS:.0f}", round(seconds, 1), "s", True)
        self._say(f"  After {seconds:.1f} s all of it answered again. The page goes down now:")
        run = self._ended(self._start("down"))
        shown = self._site()
        self._promise("page-gone", "not the page", shown.status, "status", shown.shows not in (None, PAGE))
        self._say(f"  {run.state}; users see: {shown.shows}")

    def _start(self, page: str) -> Run:
        asked = {"system": practice_site.NAME, "environment": "production", "page": page, "words": WORDS}
        return self._server.start(f"maintenance/{POOL}", asked, key=clock.new_uuid())

    def _ended(self, run: Run) -> Run:
        def look() -> Run | None:
            found = self._server.run(run.id)
            return found if found and found.ended else None

        return self._wait(look, 60, f"run {run.id} did not end")

    def _in_the_middle(self) -> Unsettled | None:
        store = open_store(self._settings)
        for each in unsettled(store):
            if each.holder and read_journal(store, each.system, each.environment, each.change).steps:
                return each
        return None

    def _all_answers(self) -> bool:
        report = keeper.read_report(self._settings.home)
        alive = (programs.living_identity(self._settings.home, each) for each in ("server", "database", "worker"))
        return (
            report is not None
            and all(alive)
            and all(p.state == "ready" for p in report.programs)
            and self._server.healthy()
        )

    def _site(self) -> sites.Answer:
        return sites.look(practice_site.addresses(self._settings)["production"])

    def _promise(self, name: str, target: str, measured: float, unit: str, held: bool) -> None:
        self.promises.append(Promise(name, target, measured, unit, held))

    def _wait(self, look: Callable[[], T | None], seconds: float, otherwise: str) -> T:
        """What was waited for; whoever does not answer meanwhile is asked again."""
        end = clock.monotonic() + seconds
        while clock.monotonic() < end:
            with suppress(ServerLost, ServerRefused):
                if (found := look()) is not None:
                    return found
            clock.sleep(0.02)
        raise NotFinished(f"After {seconds:.0f} s {otherwise}. See {self._settings.logs}.")

    def _say(self, words: str) -> None:
        typer.echo(words)


def main(
    once: Annotated[
        bool, typer.Option("--once", help="End by itself; without it, all stays open until Ctrl-C.")
    ] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write what was measured into this file.")] = None,
) -> None:
    """Show on this machine what Mainstay promises: real changes, real kills, and what was measured."""
    for asked in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked, signal.default_int_handler)
    settings = for_home(Path(tempfile.mkdtemp(prefix="mainstay-demo-")) / "home")
    demo = Demo(settings)
    try:
        demo.show()
        _close(demo, json_file)
        if not once:
            _stay_open(settings)
    finally:
        remove(settings)
    if not all(promise.held for promise in demo.promises):
        raise typer.Exit(1)


def _close(demo: Demo, json_file: Path | None) -> None:
    typer.echo(f"\n{'promise':26} {'target':22} measured")
    for each in demo.promises:
        typer.echo(
            f"{each.name:26} {each.target:22} {each.measured:g} {each.unit}  {'held' if each.held else 'NOT HELD'}"
        )
    typer.echo(f"{demo.seconds:.0f} s in all")
    if json_file is not None:
        said = {"seconds": round(demo.seconds, 1), "promises": [asdict(each) for each in demo.promises]}
        json_file.write_text(json.dumps(said, indent=2) + "\n")


def _stay_open(settings: Settings) -> None:
    installation = lay_out(settings)
    typer.echo(f"\nPrefect UI: {installation.ui}   login: {installation.login}")
    for environment, address in practice_site.addresses(settings).items():
        typer.echo(f"Practice site, {environment}: {address}")
    typer.echo("All of it stays open until Ctrl-C.")
    with suppress(KeyboardInterrupt):
        while True:
            clock.sleep(3600)


def remove(settings: Settings) -> None:
    """Nothing of the demo is left, also when it was broken off: neither a file nor a run that still needs one."""
    bring_down(settings, at_once=True)
    for home in (settings.home, practice_site.folder(settings.home)):
        shutil.rmtree(data_of(home).parent, ignore_errors=True)  # as root it lies outside the home
    shutil.rmtree(settings.home.parent)


if __name__ == "__main__":
    install_hooks()
    typer.run(main)
