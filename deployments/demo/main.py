"""The command: what it takes, when it ends, and that nothing is left however it ends."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from deployments.demo import promises
from deployments.demo.display import Display
from deployments.demo.home import new_home, remove
from deployments.demo.promises import Promise
from deployments.demo.show import show, stay_open
from edge.secrets.raised import install_hooks
from edge.settings import Settings
from mainstay.errors import MainstayError

STOPPED = 130  # as a shell says it of Ctrl-C
ASKED_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(
    once: Annotated[
        bool, typer.Option("--once", help="End by itself; without it, all stays open until Ctrl-C.")
    ] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write what was measured into this file.")] = None,
) -> None:
    """Show on this machine what Mainstay promises: real releases, real traffic, a real kill, and what was measured."""
    asked = _listen()
    settings, display = new_home(), Display(sys.stdout)
    measured: list[Promise] = []
    try:
        with display.shown():
            why_not = _shown(settings, display, measured)
        if asked:  # whatever words it broke off with: nobody goes on with anything
            typer.echo("\nStopped.")
            raise typer.Exit(STOPPED)
        if why_not:
            typer.echo(f"\n{why_not}")
        _close(display, measured, json_file)
        if not once and not why_not:
            stay_open(settings)
    finally:
        _end(settings)
    if not all(each.held for each in promises.all_of(measured)):
        raise typer.Exit(1)


def _listen() -> list[int]:
    """Whoever asks us to stop is heard at once; the list says whether anybody did."""
    asked: list[int] = []

    def stop(number: int, _frame: object) -> None:
        asked.append(number)
        raise KeyboardInterrupt

    for number in ASKED_TO_STOP:
        signal.signal(number, stop)
    return asked


def _shown(settings: Settings, display: Display, measured: list[Promise]) -> str:
    """Why it broke off; empty: all was shown."""
    try:
        show(settings, display, measured)
    except KeyboardInterrupt:
        return "asked to stop"
    except MainstayError as reason:
        return str(reason)
    return ""


def _close(display: Display, measured: list[Promise], json_file: Path | None) -> None:
    found = promises.all_of(measured)
    typer.echo(f"\n{promises.table(found, display.seconds)}")
    if json_file is not None:
        promises.write(json_file, found, display.seconds)


def _end(settings: Settings) -> None:
    """Nobody is heard meanwhile: what is half removed would be found by nobody."""
    for number in ASKED_TO_STOP:
        signal.signal(number, lambda *_: None)  # ignored ones would be ignored by our children too
    typer.echo("\nAll of it is ended and removed; this takes some seconds.")
    try:
        remove(settings)
    except (MainstayError, OSError) as reason:
        typer.echo(f"Something is left in {settings.home.parent}: {reason}")
        raise typer.Exit(1) from reason


def run() -> None:
    install_hooks()
    typer.run(main)
