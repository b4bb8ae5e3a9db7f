"""Bringing an installation down: no new run begins, changes in progress end, then every program of it stops."""

import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from deployments.recorded import recorded
from edge import audits, clock, keeper, processes, programs, turns
from edge.at_work import at_work, end_work
from edge.own_server import server_of
from edge.pausing import close_pool, open_pool
from edge.prefect_server import PrefectServer, Run
from edge.settings import Settings, to_environment
from edge.store import open_store
from mainstay.errors import MainstayError, NotFinished
from mainstay.keeper import StopRequest, silent
from mainstay.turn import has_the_turn

LOOK_SECONDS = 1.0
STOP_SECONDS = 90.0
WAY_BACK_SECONDS = 25.0  # a change that is asked to end may take 20
EXIT_SECONDS = 5.0  # a run that has ended may hang on, looking for its server
BEGINS_SECONDS = 60.0  # a run that is being started has begun by then, or never will


def bring_down(settings: Settings, *, at_once: bool) -> None:
    """Nothing of it runs when it returns. A change that was not waited for is asked to end, and goes its way back."""
    if not keeper.keeps(settings.home) and not programs.living(settings.home) and not at_work(settings.home):
        typer.echo(f"Nothing is up in {settings.home}.")
        return
    with recorded(settings, "down, at once" if at_once else "down"):
        server = server_of(settings)
        if at_once:
            _tell(_in_progress(settings, server), "Not waited for: {}.", set())
        else:
            _let_changes_end(settings, server)
        if keeper.keeps(settings.home) or programs.living(settings.home):
            _stop(settings)
        end_work(settings.home, grace_seconds=WAY_BACK_SECONDS if at_once else EXIT_SECONDS)
    typer.echo("Everything has stopped.")


def _stop(settings: Settings) -> None:
    """Whoever keeps it is asked; where nobody does, one keeper comes for that alone."""
    keeper.ask_to_stop(settings.home, StopRequest(clock.now(), audits.whoever_runs_this()))
    typer.echo("Everything stops now.")
    if not keeper.keeps(settings.home):
        typer.echo("No keeper runs, though its programs do: one is started to end them.")
        argv = [sys.executable, "-m", "residents.keeper", "--stop-all"]
        log = settings.logs / "keeper.log"
        processes.start(argv, log=log, cwd=Path("/"), environment=to_environment(settings))
    end = clock.monotonic() + STOP_SECONDS
    while keeper.keeps(settings.home) or programs.living(settings.home):
        if clock.monotonic() > end:
            raise NotFinished(_why_not(settings))
        clock.sleep(0.2)
        processes.reap()


def _why_not(settings: Settings) -> str:
    report = keeper.read_report(settings.home)
    why = silent(report, clock.now()) if report and keeper.keeps(settings.home) else ""
    left = ", ".join(programs.living(settings.home)) or "the keeper"
    return f"Not everything has stopped after {STOP_SECONDS:.0f} s: {left}. {why or f'See {settings.logs}/keeper.log.'}"


def _let_changes_end(settings: Settings, server: PrefectServer | None) -> None:
    _pause(settings, server, pause=True)
    told: set[str] = set()
    sentence = "Waiting for {}. Ctrl-C: stay up; `mainstay down --at-once`: do not wait."
    try:
        while _tell(_in_progress(settings, server), sentence, told):
            clock.sleep(LOOK_SECONDS)
    except BaseException as reason:
        _pause(settings, server, pause=False)
        if isinstance(reason, KeyboardInterrupt):
            raise NotFinished("Stopped waiting: everything stays up, and new runs begin again.") from None
        raise


def _tell(found: Iterator[str | MainstayError], sentence: str, told: set[str]) -> int:
    """How many there are; each is told once, and so is whoever could not be asked."""
    count = 0
    for each in found:
        words = str(each) if isinstance(each, MainstayError) else sentence.format(each)
        if words not in told:
            typer.echo(words, err=isinstance(each, MainstayError))
        told.add(words)
        count += not isinstance(each, MainstayError)
    return count


def _in_progress(settings: Settings, server: PrefectServer | None) -> Iterator[str | MainstayError]:
    """Whatever would be torn by stopping now, each as a sentence's object; and why somebody could not be asked."""
    try:
        for system, environment, turn in turns.read_turns(open_store(settings)):
            if turn.holder is not None and turns.alive(turn.holder) is not False:
                yield f"{system} {environment}: {has_the_turn(turn)}"
    except MainstayError as reason:
        yield MainstayError(f"The store cannot be asked for changes in progress: {reason}")
    try:
        for run in server.in_progress() if server else ():
            if run.type in ("RUNNING", "CANCELLING") or _begins(run):
                yield f"the run «{run.name}», {run.state.lower()}"
    except MainstayError as reason:
        yield MainstayError(f"Prefect cannot be asked for runs in progress: {reason}")


def _begins(run: Run) -> bool:
    """A worker has taken it already, so a closed pool does not hold it back."""
    young = run.since is not None and (clock.now() - run.since).total_seconds() < BEGINS_SECONDS
    return run.type == "PENDING" and young


def _pause(settings: Settings, server: PrefectServer | None, *, pause: bool) -> None:
    if server is None:
        return
    try:
        close_pool(settings.home, server) if pause else open_pool(settings.home, server)
    except MainstayError as reason:
        typer.echo(f"The pool could not be {'paused' if pause else 'unpaused'}: {reason}", err=True)
