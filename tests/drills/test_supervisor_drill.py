"""supervisord killed, and everything with it: the live color comes back, each program once, and no other."""

import os
import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from edge import programs, supervisor
from tests.doors.runtime_rig import NEXT, RELEASE, Rig, Site
from tests.drills.keeper_rig import Rig as Keeping
from tests.drills.keeper_rig import rig as keeping
from tests.waiting import until

BACK_SECONDS = 20  # of which the keeper takes two looks, and the application its own start
LIMIT_SECONDS = 120  # the promised limit: whatever was killed, it heals without a person


@contextmanager
def kept(home: Path) -> Iterator[tuple[Site, Keeping]]:
    """Green is live, with its worker; blue is still warm."""
    rig = Rig(home)
    site = rig.site(drain_seconds=5)
    for release in (RELEASE, NEXT):
        site.place(release, DRAIN="1")
    with keeping(home, rig.program()) as made:
        made.start_keeper()
        until(lambda: programs.living_identity(home, supervisor.PROGRAM) is not None)
        site.up("web", "blue")
        site.up("web", "green", NEXT)
        site.up("worker", "green", NEXT)
        site.goes_live("green", NEXT)
        assert healthy(site)
        yield site, made


def healthy(site: Site) -> bool:
    """Green answers and works, as one process each, and is seen so."""
    until(lambda: site.answer("green") is not None, seconds=LIMIT_SECONDS)
    web, worker = site.running("web", "green"), site.running("worker", "green")
    answer = site.answers("green")
    return web.release == worker.release == NEXT and answer["pid"] == web.pid and copies(site) == [web.pid, worker.pid]


def copies(site: Site) -> list[int | None]:
    """All processes of the live color there are, whoever started them."""
    found = [each for each in psutil.process_iter() if whose(each) == ("shop", "green")]
    return [each.pid for service in ("web", "worker") for each in found if environ(each)["MAINSTAY_SERVICE"] == service]


def whose(process: psutil.Process) -> tuple[str, str]:
    said = environ(process)
    return said.get("MAINSTAY_SYSTEM", ""), said.get("MAINSTAY_COLOR", "")


def environ(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except psutil.Error:
        return {}


def test_the_live_color_answers_again_when_supervisord_was_killed(tmp_path: Path) -> None:
    with kept(tmp_path) as (site, made):
        first = site.answers("green")["pid"]
        os.kill(made.running_one(supervisor.PROGRAM).pid, signal.SIGKILL)
        until(lambda: (site.answer("green") or {"pid": first})["pid"] != first, seconds=BACK_SECONDS)
        assert healthy(site) and site.answer("blue") is None


def test_after_a_reboot_the_live_color_answers_and_nothing_else_runs(tmp_path: Path) -> None:
    with kept(tmp_path) as (site, made):
        made.end()
        assert site.answer("green") is None
        made.start_keeper()
        assert healthy(site) and site.answer("blue") is None


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_it_converges_to_the_live_color(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with kept(tmp_path) as (site, made):
        for _ in range(4):
            victim = chance.choice(made.carriers(supervisor.PROGRAM))
            os.kill(victim.pid, signal.SIGKILL)
            if chance.random() < 0.5:  # an act meets it in the middle of that
                change = subprocess.Popen(site.runtime.up(site.part("web", "green", NEXT))[2:])
                change.wait(60)
            until(lambda: made.all_ready(), seconds=LIMIT_SECONDS)
            assert healthy(site)
