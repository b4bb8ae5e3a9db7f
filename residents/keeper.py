"""Keeps an installation up: its programs run, its open changes are settled, and somebody hears of it if not.

It is started by init, or by `mainstay up`. Programs outlive it: one that is started anew finds them
running and leaves them so. Told to end (SIGTERM) it ends alone; asked to stop, it first ends them all.
"""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from edge import clock, installed, keeper, practice_site, processes, supervisor
from edge.backups.log import programs as wal_programs
from edge.platform import lay_out
from edge.settings import Settings, read_settings
from mainstay import platform
from mainstay.errors import MainstayError
from mainstay.keeper import Report, StopRequest, is_news, still_holds
from residents.bootstrapping import Bootstrapping
from residents.chores import Chore
from residents.duties import duties
from residents.late_programs import LatePrograms, NewPrograms
from residents.programs import Programs

TURN_SECONDS = 1.0
STOPPED_ON_REQUEST = 100  # init does not start it again after this one; the shipped unit says so

log = logging.getLogger("keeper")


class Keeper:
    """The loop. What may take long, or needs the store or the network, is a chore beside it."""

    def __init__(
        self, home: Path, programs: Programs, *, deployed: Callable[[], bool], turn_seconds: float = TURN_SECONDS
    ) -> None:
        self._home, self._programs, self._deployed = home, programs, deployed
        self._turn_seconds = turn_seconds
        self._turning = Chore("looking after the programs", programs.turn, every_seconds=0)
        self._reporting = Chore("writing the report", self._write_report, every_seconds=0)  # the disk may be full
        self._chores: list[Chore] = []
        self._end = threading.Event()
        self._written: Report | None = None

    def take_on(self, *chores: Chore) -> None:
        """Before it runs: many of them tell of its report."""
        self._chores += chores

    def run(self) -> int:
        while not self._end.is_set():
            if self._stop_asked():
                return self._stop_all()
            self._turning.once()
            for chore in self._chores:
                chore.turn()
            self._reporting.once()
            self._end.wait(self._turn_seconds)
        log.info("told to end; the programs go on")
        return 0

    def end(self, *_signal: object) -> None:
        """Leave the loop; the programs go on."""
        self._end.set()

    def report(self) -> Report:
        us = processes.myself()
        troubles = (chore.trouble for chore in (self._turning, self._reporting, *self._chores))
        known = tuple(trouble for trouble in troubles if trouble is not None)
        return Report(us.pid, us.started, clock.now(), self._programs.conditions, known, self._deployed())

    def _stop_asked(self) -> bool:
        request = keeper.stop_request(self._home)
        if request is None:
            return False
        if still_holds(request, clock.now()):
            log.info("%s asked to stop: all programs end now", request.by)
            return True
        log.warning("forgotten: a request to stop of %s, at %s", request.by, request.at)
        keeper.forget_stop(self._home)
        return False

    def _stop_all(self) -> int:
        while not self._programs.end_all():
            self._reporting.once()
            clock.sleep(0.1)
        self._reporting.once()
        keeper.forget_stop(self._home)
        log.info("everything has ended")
        return STOPPED_ON_REQUEST

    def _write_report(self) -> None:
        report = self.report()
        if self._written is None or is_news(report, self._written):
            keeper.write_report(self._home, report)
            self._written = report


def main(compose: Callable[[Settings], Keeper], argv: Sequence[str] | None = None) -> int:
    """Keep up what is composed for this home."""
    asked = _parser().parse_args(argv)
    _speak()
    settings = read_settings()
    try:
        with keeper.alone(settings.home):
            if asked.stop_all:
                keeper.ask_to_stop(settings.home, StopRequest(clock.now(), "--stop-all"))
            return _keep(compose(settings))
    except MainstayError as reason:
        log.error("%s", reason)
        return 1


def _keep(kept: Keeper) -> int:
    for told in (signal.SIGTERM, signal.SIGINT):  # also for programs: an ignored SIGINT would be inherited by them
        signal.signal(told, kept.end)
    return kept.run()


def of_the_platform(settings: Settings) -> Keeper:
    """All that is laid out in this home, and all that is done beside it."""
    installation = lay_out(settings)
    programs = Programs(settings.home, platform.programs(installation))
    kept = Keeper(settings.home, programs, deployed=lambda: bootstrapping.done)
    digest = partial(installed.digest, settings)
    bootstrapping = Bootstrapping(settings.home, digest, lambda: kept.report().ready("server"))
    late = _late(settings, programs)
    for chore in late:
        chore.once()  # now: who is asked to stop at once must know them too
    kept.take_on(
        Chore("trimming the logs", programs.trim_logs, every_seconds=60),
        *duties(settings, installation, kept.report),
        Chore("telling the server what to run", bootstrapping, every_seconds=2, limit_seconds=400),
        *late,
        Chore("trimming the logs of services", partial(supervisor.trim_logs, settings), every_seconds=60),
    )
    return kept


def _late(settings: Settings, programs: Programs) -> tuple[Chore, ...]:
    site = LatePrograms(programs, practice_site.PROGRAMS, partial(practice_site.programs, settings))
    supervisord = LatePrograms(programs, (supervisor.PROGRAM,), partial(supervisor.programs, settings))
    return (
        Chore("reading what the practice site is", site, every_seconds=2),
        Chore("reading whether services run here", supervisord, every_seconds=2),
        Chore(
            "reading whose logs are received",
            NewPrograms(programs, partial(wal_programs.programs, settings)),
            every_seconds=10,
        ),
    )


def _speak() -> None:
    """Of what we do; of others' libraries only what worries them: httpx would write down every address it asks."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    log.setLevel(logging.INFO)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keeper", description=__doc__)
    parser.add_argument("--stop-all", action="store_true", help="end all programs, then end")
    return parser


if __name__ == "__main__":
    sys.exit(main(of_the_platform))
