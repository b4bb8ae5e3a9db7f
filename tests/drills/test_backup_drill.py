"""Whoever dies while a set is taken: no set claims to be whole and is not, and no older one is lost."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from edge.backups.catalogue import Catalogue, read_catalogue
from mainstay.backups.sets import BackupSet
from tests.doors import store_rig
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM, Shelf
from tests.doors.faulty_s3 import Fault, faulty
from tests.waiting import until

KILLS = 5  # in one drill
STRUCK = ("python", "tar", "find")


@pytest.fixture(params=store_rig.KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with store_rig.place(str(request.param), tmp_path) as address:
        yield address


@pytest.fixture
def shelf(tmp_path: Path, address: str) -> Shelf:
    shelf = Shelf.at(tmp_path, address)
    for number in range(20):
        (shelf.folder / f"file-{number}").write_bytes(random.Random(number).randbytes(200_000))
    return shelf


@contextmanager
def writer(root: Path, address: str) -> Iterator["subprocess.Popen[str]"]:
    argv = [sys.executable, "-m", "tests.doors.backups.set_writer", str(root), address]
    child = subprocess.Popen(argv, cwd=store_rig.ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


def everything(shelf: Shelf) -> Catalogue:
    return read_catalogue(shelf.store, shelf.keys.writer_public, SYSTEM, ENVIRONMENT)


def check(shelf: Shelf, told: set[str], root: Path) -> None:
    """All that were ever told of are there, and whatever is there comes back whole."""
    found = everything(shelf)
    assert not found.strange
    sets = [each.set for each in found.kept]
    assert told <= {each.id for each in sets}, "an older set is lost"
    shelf.taken[:] = sets
    for number, each in enumerate(sets):
        comes_back(shelf, each, root / f"back-{number}")


def comes_back(shelf: Shelf, made: BackupSet, into: Path) -> None:
    laid = shelf.bring_back(made, into)
    assert laid.files == 22
    for number in range(20):
        assert (into / "uploads" / f"file-{number}").read_bytes() == random.Random(number).randbytes(200_000)
    for name in ("first", "last"):
        lines = (into / "uploads" / name).read_text().splitlines()
        assert len(lines) == 20_000 and len(set(lines)) == 1, "half of one moment and half of another"


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("who", STRUCK)
def test_whoever_is_killed_leaves_only_whole_sets(
    shelf: Shelf, address: str, tmp_path: Path, who: str, seed: int
) -> None:
    chance, told = random.Random(f"{who} {seed}"), set[str]()
    for _kill in range(KILLS):
        with writer(tmp_path, address) as child:
            assert child.stdout is not None
            if chance.random() < 0.5:
                told.add(child.stdout.readline().strip())
            strike(child, who, chance)
            child.kill()
            told |= {line.strip() for line in child.stdout if line.endswith("\n")}
    check(shelf, told - {""}, tmp_path)


def strike(child: "subprocess.Popen[str]", who: str, chance: random.Random) -> None:
    """A helper of its own lives for milliseconds, so it is waited for, and may have ended before it is struck."""
    if who == "python":
        try:
            child.wait(chance.uniform(0.2, 1.5))
        except subprocess.TimeoutExpired:
            child.kill()
        return
    parent = psutil.Process(child.pid)

    def struck() -> bool:
        for each in parent.children(recursive=True):
            try:
                if each.name() == who:
                    os.kill(each.pid, signal.SIGKILL)
                    return True
            except (psutil.Error, ProcessLookupError):
                continue
        return child.poll() is not None

    until(struck, seconds=60)
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        return


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name)
def test_a_store_that_goes_wrong_gets_no_half_set(tmp_path: Path, fault: Fault, seed: int) -> None:
    chance = random.Random(f"{fault} {seed}")
    with store_rig.place("s3", tmp_path) as address, faulty(address) as way:
        shelf = Shelf.at(tmp_path, way.address)
        (shelf.folder / "file").write_bytes(chance.randbytes(3 << 20))
        good = shelf.take()
        for method in ("PUT", "GET", "HEAD", "POST"):
            way.fails(method, fault, times=chance.choice([1, 2, 5]))
            try:
                shelf.take()
            except Exception as reason:
                assert str(reason), "a failure without a sentence"
            way.forgives()
        found = everything(shelf)
        assert good in [each.set for each in found.kept]
        assert {each.id for each in shelf.taken} <= {each.set.id for each in found.kept}
        shelf.taken[:] = [each.set for each in found.kept]
        for number, each in enumerate(shelf.taken):
            assert shelf.bring_back(each, tmp_path / f"back-{number}").files == 1
