"""What is around a deploy is killed in the middle of it: what only watches it costs nobody anything."""

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from edge import processes
from edge.practice_site import PROXY
from edge.supervisor import PROGRAM as SUPERVISOR
from mainstay.journal import COMPLETED, ROLLED_BACK
from tests.drills import deploy_rig as rig
from tests.drills.deploy_ends import ended, settled_live
from tests.drills.deploy_rig import Deploy, begun
from tests.drills.running_change import LIMIT_SECONDS, when
from tests.drills.traffic import Traffic
from tests.waiting import until
from tests.whole import Whole, kill, trying

SEED = 2027
MOMENTS: dict[str, Callable[[Deploy], bool]] = {
    "it has its turn": lambda target: True,
    "its color starts": lambda target: target.entry(2),
    "users got it": rig.shown,
    "it is being watched": rig.watched,
}
RANDOM_SECONDS = [round(random.Random(SEED + number).uniform(0, 30), 2) for number in range(3)]


@pytest.fixture(autouse=True)
def users(whole: Whole, tmp_path: Path) -> Iterator[Traffic]:
    with rig.users_with_a_release(whole, tmp_path) as asking:
        yield asking


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", ["worker", "server", "database"])
def test_a_deploy_goes_on_to_its_end_when_it_loses_its(name: str, moment: str, whole: Whole, users: Traffic) -> None:
    target = begun(whole)
    when(lambda: MOMENTS[moment](target))
    kill(whole.program(name))
    assert settled_live(target) == COMPLETED
    assert ended(target) == COMPLETED
    assert users.failed == []


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", [SUPERVISOR, PROXY])
def test_one_color_is_live_after_the_death_of(name: str, moment: str, whole: Whole) -> None:
    """Users feel it, whatever Mainstay does: they are served by it."""
    target = begun(whole)
    when(lambda: MOMENTS[moment](target))
    kill(whole.program(name))
    settled_live(target)
    ended(target)


@pytest.mark.parametrize("seconds", RANDOM_SECONDS)
@pytest.mark.parametrize("name", ["worker", "server", "database", SUPERVISOR, PROXY])
def test_one_color_is_live_after_a_death_at_a_random_moment_of(name: str, seconds: float, whole: Whole) -> None:
    target = begun(whole)
    time.sleep(seconds)
    kill(whole.program(name))
    settled_live(target)
    ended(target)


@pytest.mark.parametrize("moment", ["its color starts", "users got it", "it is being watched"])
def test_only_what_was_live_comes_back_after_everything_was_killed(moment: str, whole: Whole) -> None:
    """As a power failure would; init starts the keeper, and nobody else helps."""
    target = begun(whole)
    when(lambda: MOMENTS[moment](target))
    doomed = _everything(whole)
    for number in doomed:
        with suppress(ProcessLookupError):  # a look of the keeper's lives for milliseconds
            os.kill(number, signal.SIGKILL)
    _init_starts_the_keeper(whole)
    assert settled_live(target) == ROLLED_BACK
    until(lambda: trying(whole.answers), seconds=LIMIT_SECONDS)
    ended(target)


def _everything(whole: Whole) -> list[int]:
    """All that runs from this home, or was started for it; the keeper first, or it would start anew what was killed."""
    home, us = str(whole.home), os.getpid()
    found = [each.pid for each in psutil.process_iter() if each.pid != us and _belongs(each, home)]
    keeper = whole.keeper().pid
    return [keeper, *(number for number in found if number != keeper)]


def _belongs(process: psutil.Process, home: str) -> bool:
    try:
        return process.environ().get("MAINSTAY_HOME") == home or any(home in word for word in process.cmdline())
    except psutil.Error:
        return False


def _init_starts_the_keeper(whole: Whole) -> None:
    argv = [sys.executable, "-m", "residents.keeper"]
    processes.start(argv, log=whole.home / "logs" / "keeper.log", cwd=Path("/"), environment=whole.environment)
