"""The whole platform as it is shipped, under a stand-in for init: each part killed, then all at once."""

import os
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator

import httpx
import pytest

from edge import keeper, private
from edge.platform import lay_out
from edge.settings import Settings, read_settings
from mainstay import platform
from mainstay.installation import Installation
from tests.drills.keeper_rig import HERE, Rig, rig
from tests.waiting import until

UNIT = HERE.parent.parent / "infrastructure" / "systemd" / "mainstay-keeper.service"
LIMIT_SECONDS = 120  # promised
FIRST_START_SECONDS = 240  # Prefect builds its tables
PROGRAMS = ("database", "server", "worker", "gateway")


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rig, Installation]]:
    home = tmp_path_factory.mktemp("platform")
    settings: Settings = read_settings({"MAINSTAY_HOME": str(home)})
    installation = lay_out(settings)
    try:
        with rig(home, *platform.programs(installation)) as made:
            start_init(made)
            until(lambda: is_well(made), seconds=FIRST_START_SECONDS)
            yield made, installation
    finally:
        if installation.cluster is not None:
            shutil.rmtree(installation.cluster.data.parent)  # as root it lies outside this home


def start_init(made: Rig) -> None:
    drop_in = made.home / "override.conf"
    argv = shlex.join([sys.executable, "-m", "residents.keeper"])
    words = " ".join(f"{name}={value}" for name, value in made.environment().items())
    private.write(drop_in, f"[Service]\nExecStart=\nExecStart={argv}\nEnvironment={words}\n")
    made.start([sys.executable, str(HERE / "init_stand_in.py"), str(UNIT), str(drop_in)], "init")


def is_well(made: Rig) -> bool:
    report = made.report()
    return report is not None and keeper.keeps(made.home) and report.deployed and made.reported_ready()


def answers(installation: Installation) -> bool:
    """From outside, with the login, through the database: it can list what it holds."""
    try:
        user, _, password = installation.login.partition(":")
        address = f"{installation.api}/deployments/filter"
        return httpx.post(address, json={}, auth=(user, password), trust_env=False, timeout=5).is_success
    except httpx.HTTPError:
        return False


def killed(made: Rig, *names: str) -> dict[str, int]:
    """SIGKILL for the processes that stand for these names, without a pause between them."""
    report = made.report()
    assert report is not None
    pids = {program.name: program.pid for program in report.programs} | {"keeper": report.pid}
    dying = {name: pid for name in names if (pid := pids[name])}
    for pid in dying.values():
        os.kill(pid, signal.SIGKILL)
    return dying


def is_replaced(made: Rig, dead: dict[str, int]) -> bool:
    report = made.report()
    if report is None:
        return False
    pids = {program.name: program.pid for program in report.programs} | {"keeper": report.pid}
    return all(pids.get(name) not in (None, pid) for name, pid in dead.items())


@pytest.mark.parametrize("name", [*PROGRAMS, "keeper"])
def test_each_killed_part_of_the_platform_is_back_within_the_limit(up: tuple[Rig, Installation], name: str) -> None:
    made, installation = up
    dead = killed(made, name)
    until(lambda: is_replaced(made, dead) and is_well(made) and answers(installation), seconds=LIMIT_SECONDS)


def test_all_of_the_platform_killed_at_once_is_back_within_the_limit(up: tuple[Rig, Installation]) -> None:
    made, installation = up
    dead = killed(made, "keeper", *PROGRAMS)
    assert len(dead) == 5
    until(lambda: is_replaced(made, dead) and is_well(made) and answers(installation), seconds=LIMIT_SECONDS)
