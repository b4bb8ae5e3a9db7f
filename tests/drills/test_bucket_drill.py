"""Whoever dies while buckets and Redis are taken or brought back: nothing half claims to be whole."""

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.backups.buckets import restores as bucket_restores
from edge.backups.catalogue import read_catalogue
from edge.backups.redis import restores as redis_restores
from edge.backups.redis.copies import copying
from edge.backups.redis.scratch import RDB, loaded, scratch_redis
from edge.redis_talk import talking
from mainstay.errors import Refused
from tests.doors import store_rig
from tests.doors.backups.bucket_rig import ENVIRONMENT, NAME, SYSTEM, BucketShelf, held
from tests.doors.backups.redis_rig import Server, redis
from tests.doors.store_rig import CREDENTIALS, environment
from tests.waiting import until

pytestmark = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="redis-server is not installed: apt-get install redis-server"
)
KILLS, STAYS, KEYS = 4, 12, 20_000


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[BucketShelf]:
    with environment(CREDENTIALS):
        shelf = BucketShelf.at(tmp_path)
        for number in range(STAYS):
            shelf.put(f"stays/{number}", random.Random(number).randbytes(50_000))
        yield shelf


def struck(shelf: BucketShelf, server: Server, root: Path, who: str, chance: random.Random) -> set[str]:
    """What was told to be there before somebody died."""
    words = [str(root), shelf.place.name, str(shelf.place.endpoint), server.reference]
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.doors.backups.bucket_writer", *words],
        cwd=store_rig.ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    first = {child.stdout.readline().strip()}
    try:
        child.wait(chance.uniform(0, 2))
    except subprocess.TimeoutExpired:
        os.kill(child.pid if who == "python" else server.process.pid, signal.SIGKILL)
    if who == "redis":
        assert child.wait(60) != 0, "it goes on without a Redis"
    told = first | {line.strip() for line in child.stdout if line.endswith("\n")}
    child.wait()
    child.stdout.close()
    return told - {""}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("who", ["python", "redis"])
def test_whoever_is_killed_leaves_only_whole_sets(shelf: BucketShelf, tmp_path: Path, who: str, seed: int) -> None:
    chance, told = random.Random(f"{who} {seed}"), set[str]()
    for kill in range(KILLS):
        with redis(tmp_path / f"redis-{kill}", "--rdbcompression", "no") as server:
            server.do_all(*[("SET", f"k:{n}", b"%d" % n * 10_000) for n in range(300)])
            told |= struck(shelf, server, tmp_path, who, chance)
    found = read_catalogue(shelf.store, shelf.keys.writer_public, SYSTEM, ENVIRONMENT)
    assert not found.strange and told <= {each.set.id for each in found.kept}, "an older set is lost"
    shelf.taken[:] = [each.set for each in found.kept]
    for made in shelf.taken:
        back = tmp_path / f"back-{made.id}"
        assert shelf.bring_back(made, back).files == STAYS + 1
        lines = (back / f"{NAME}.bucket" / "changes").read_text().splitlines()
        assert len(lines) == 20_000 and len(set(lines)) == 1
        assert made.redis is not None
        (tmp_path / f"loaded-{made.id}").mkdir()
        shelf.opened.write_file(made.redis.piece, tmp_path / f"loaded-{made.id}" / RDB)
        with scratch_redis(tmp_path / f"loaded-{made.id}") as scratch:
            assert loaded(scratch) == made.redis.keys


@pytest.mark.parametrize("seed", range(3))
def test_a_restore_that_is_killed_is_told_from_a_whole_one(shelf: BucketShelf, tmp_path: Path, seed: int) -> None:
    shelf.bring_back(shelf.take(), tmp_path / "laid")
    (tmp_path / "rdb").mkdir()
    with redis(tmp_path / "source") as source, redis(tmp_path / "target") as there:
        source.do_all(*[("SET", f"k:{n}", b"%d" % n * 1000) for n in range(KEYS)])
        with copying(source.reference) as coming, (tmp_path / "rdb" / RDB).open("wb") as out:
            while data := coming.read():
                out.write(data)
        words = [str(tmp_path / "rdb"), str(tmp_path / "laid"), there.reference]
        words += [shelf.place.name, str(shelf.place.endpoint)]
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.doors.backups.bucket_filler", *words],
            cwd=store_rig.ROOT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        until(lambda: there.do("DBSIZE") != 0)
        try:
            child.wait(random.Random(seed).uniform(0, 2))
        except subprocess.TimeoutExpired:
            child.kill()
        child.wait()
        with talking(there.reference) as talk:
            assert talk.ask("EXISTS", redis_restores.UNFINISHED) == 1 or talk.ask("DBSIZE") == KEYS
            with pytest.raises(Refused):
                redis_restores.refuse_used(talk)
    objects = held(shelf.bucket(replace(shelf.place, prefix="back")))
    assert len(objects) in (0, STAYS) or bucket_restores.UNFINISHED in objects
