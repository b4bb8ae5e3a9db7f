"""Keeps an installation up: its programs run, its open changes are settled, and somebody hears of it if not.

It is started by init, or by `mainstay up`. Programs outlive it: one that is started anew finds them
running and leaves them so. Told to end (SIGTERM) it ends alone; asked to stop, it first ends them all.
"""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from edge import clock, keeper, practice_site, processes, supervisor
from edge.platform import lay_out
from edge.settings import Settings, read_settings
from mainstay import platform
from mainstay.errors import MainstayError
from mainstay.installation import Installation
from mainstay.keeper import Report, StopRequest, is_news, still_holds
from mainstay.programs import Program
from residents.chores import Chore
from residents.duties import bootstrapping, duties
from residents.late_programs import LatePrograms
from residents.programs import Programs

TURN_SECONDS = 1.0
STOPPED_ON_REQUEST = 100  # init does not start it again after this one; the shipped unit says so

log = logging.getLogger("keeper")


@dataclass(frozen=True)
class Platform:
    """What is to be kept up; without an installation there is no Prefect among it."""

    programs: tuple[Program, ...]
    installation: Installation | None = None


class Keeper:
    """The loop. What may take long, or needs the store or the network, is a chore beside it."""

    def __init__(self, settings: Settings, platform: Platform, *, turn_seconds: float) -> None:
        self._home = settings.home
        self._turn_seconds = turn_seconds
        self._programs = Programs(settings.home, platform.programs)
        self._turning = Chore("looking after the programs", self._programs.turn, every_seconds=0)
        self._bootstrapping = bootstrapping(settings, self.report) if platform.installation else None
        self._chores = [
            Chore("trimming the logs", self._programs.trim_logs, every_seconds=60),
            *duties(settings, platform.installation, self.report),
        ]
        site = LatePrograms(self._programs, practice_site.PROGRAMS, partial(practice_site.programs, settings))
        supervisord = LatePrograms(self._programs, (supervisor.PROGRAM,), partial(supervisor.programs, settings))
        self._site = Chore("reading what the practice site is", site, every_seconds=2)
        self._supervisor = Chore("reading whether services run here", supervisord, every_seconds=2)
        if self._bootstrapping:
            self._chores.append(
                Chore("telling the server what to run", self._bootstrapping, every_seconds=2, limit_seconds=400)
            )
            self._chores += (self._site, self._supervisor)
            self._chores.append(
                Chore("trimming the logs of services", partial(supervisor.trim_logs, settings), every_seconds=60)
            )
        self._reporting = Chore("writing the report", self._write_report, every_seconds=0)  # the disk may be full
        self._end = threading.Event()
        self._written: Report | None = None

    def run(self) -> int:
        if self._site in self._chores:
            self._site.once()  # now: who is asked to stop at once must know them too
            self._supervisor.once()
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
        deployed = self._bootstrapping is None or self._bootstrapping.done
        return Report(us.pid, us.started, clock.now(), self._programs.conditions, known, deployed)

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


def main(
    programs: Sequence[Program] | None = None,
    argv: Sequence[str] | None = None,
    *,
    turn_seconds: float = TURN_SECONDS,
) -> int:
    """Keep these programs up; without any, those of the platform laid out in this home."""
    asked = _parser().parse_args(argv)
    _speak()
    settings = read_settings()
    try:
        with keeper.alone(settings.home):
            if asked.stop_all:
                keeper.ask_to_stop(settings.home, StopRequest(clock.now(), "--stop-all"))
            return _keep(settings, programs, turn_seconds)
    except MainstayError as reason:
        log.error("%s", reason)
        return 1


def _keep(settings: Settings, programs: Sequence[Program] | None, turn_seconds: float) -> int:
    kept_up = laid_out(settings) if programs is None else Platform(tuple(programs))
    kept = Keeper(settings, kept_up, turn_seconds=turn_seconds)
    for told in (signal.SIGTERM, signal.SIGINT):  # also for programs: an ignored SIGINT would be inherited by them
        signal.signal(told, kept.end)
    return kept.run()


def laid_out(settings: Settings) -> Platform:
    installation = lay_out(settings)
    return Platform(platform.programs(installation), installation)


def _speak() -> None:
    """Of what we do; of others' libraries only what worries them: httpx would write down every address it asks."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    log.setLevel(logging.INFO)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keeper", description=__doc__)
    parser.add_argument("--stop-all", action="store_true", help="end all programs, then end")
    return parser


if __name__ == "__main__":
    sys.exit(main())
