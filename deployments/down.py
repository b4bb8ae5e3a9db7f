"""Bringing an installation down: no new run begins, changes in progress end, then everything stops."""

from collections.abc import Iterator

import typer

from edge import audits, clock, keeper, turns
from edge.own_server import server_of
from edge.prefect_server import PrefectServer
from edge.settings import Settings
from edge.store import open_store
from mainstay.errors import MainstayError, NotFinished, ServerLost, ServerRefused, StoreLost
from mainstay.keeper import StopRequest
from mainstay.platform import POOL
from mainstay.turn import has_the_turn

LOOK_SECONDS = 1.0
STOP_SECONDS = 90.0


def bring_down(settings: Settings, *, at_once: bool) -> None:
    """Nothing of it runs when it returns. The pool stays paused until `mainstay up`."""
    if not keeper.keeps(settings.home):
        typer.echo(f"Nothing is up in {settings.home}.")
        return
    if not at_once:
        _let_changes_end(settings, server_of(settings))
    keeper.ask_to_stop(settings.home, StopRequest(clock.now(), audits.whoever_runs_this()))
    typer.echo("Everything stops now.")
    end = clock.monotonic() + STOP_SECONDS
    while keeper.keeps(settings.home):
        if clock.monotonic() > end:
            raise NotFinished(f"Not everything has stopped after {STOP_SECONDS:.0f} s. See {settings.logs}/keeper.log.")
        clock.sleep(0.2)
    typer.echo("Everything has stopped. `mainstay up` brings it back.")


def _let_changes_end(settings: Settings, server: PrefectServer | None) -> None:
    _pause(server, pause=True)
    told: tuple[str, ...] = ()
    try:
        while waiting := tuple(_in_progress(settings, server)):
            for words in waiting:
                if words not in told:
                    typer.echo(f"Waiting for {words}. Ctrl-C: stay up; `mainstay down --at-once`: do not wait.")
            told = waiting
            clock.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        _pause(server, pause=False)
        raise NotFinished("Stopped waiting: everything stays up, and new runs begin again.") from None


def _in_progress(settings: Settings, server: PrefectServer | None) -> Iterator[str]:
    """Whatever would be torn by stopping now, each as a sentence's object."""
    try:
        for system, environment, turn in turns.read_turns(open_store(settings)):
            if turn.holder is not None and turns.alive(turn.holder) is not False:
                yield f"{system} {environment}: {has_the_turn(turn)}"
    except StoreLost as reason:
        typer.echo(f"The store cannot be asked for changes in progress: {reason}", err=True)
    try:
        for run in server.in_progress() if server else ():
            if run.type in ("RUNNING", "CANCELLING"):
                yield f"the run «{run.name}», {run.state.lower()}"
    except (ServerLost, ServerRefused) as reason:
        typer.echo(f"Prefect cannot be asked for runs in progress: {reason}", err=True)


def _pause(server: PrefectServer | None, *, pause: bool) -> None:
    if server is None:
        return
    try:
        server.pause(POOL) if pause else server.unpause(POOL)
    except MainstayError as reason:
        typer.echo(f"The pool could not be {'paused' if pause else 'unpaused'}: {reason}", err=True)
