"""What a change leaves running when its process dies: what was meant to end with it ends, what it was for stays."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge import machine, marks, processes
from edge.processes import Identity
from residents.orphans import end_orphans
from tests.drills.keeper_rig import Rig, rig
from tests.waiting import until

DEPLOYS = """
import sys
from pathlib import Path
from edge import processes
from edge.hosts import LocalHost
from mainstay import gate
from mainstay.gate import Call
home = Path(sys.argv[1])
host = LocalHost(home / "gate")
with processes.marking("c-1"):
    host.gate(Call("shop", "production", 1, "c-1", gate.CLAIM))
    starts = gate.act(["setsid", "-f", "sh", "-c", f"echo $$ > {home}/release; exec sleep 600"])
    host.gate(Call("shop", "production", 1, "c-1", starts))
    processes.run(["sh", "-c", f"setsid sleep 600 & echo $! > {home}/left"], deadline_seconds=20)
"""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path) as made:
        yield made


def written(path: Path) -> Identity:
    until(lambda: path.exists() and path.read_text().endswith("\n"))
    identity = processes.identify(int(path.read_text()))
    assert identity is not None, f"{path.name} has ended already"
    return identity


def test_the_release_a_deploy_started_outlives_it_and_what_it_left_beside_does_not(made: Rig) -> None:
    change = made.start([sys.executable, "-c", DEPLOYS, str(made.home)], "deploy")
    assert change.wait(30) == 0, (made.home / "deploy.out").read_text()
    release, left = written(made.home / "release"), written(made.home / "left")
    try:
        end_orphans(made.home)
        until(lambda: not processes.alive(left))
        assert processes.alive(release)
    finally:
        processes.end(release, grace_seconds=0)


@contextmanager
def marked(made: Rig, signed: str) -> Iterator[Identity]:
    words = {marks.CHANGE: "c-1", marks.CHANGE_BY: signed}
    identity = processes.start(["env", *(f"{n}={w}" for n, w in words.items()), "sleep", "600"], log=made.home / "log")
    until(lambda: identity in marks.saying(marks.CHANGE, "c-1"))
    try:
        yield identity
    finally:
        processes.end(identity, grace_seconds=0)
        processes.reap()


def test_only_the_dead_of_this_home_and_of_these_process_numbers_have_orphans(made: Rig) -> None:
    here, dead = machine.process_space(), "999999 another-boot+1"
    with (
        marked(made, f"{dead} pid:[1] {made.home}") as in_a_container,
        marked(made, f"{dead} {here} /another/home") as of_another_home,
        marked(made, f"{dead} {here} {made.home}") as ours,
    ):
        end_orphans(made.home)
        until(lambda: not processes.alive(ours))
        assert processes.alive(in_a_container) and processes.alive(of_another_home)
