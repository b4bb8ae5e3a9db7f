import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from edge import clock, processes
from edge.postgres import as_owner
from tests.databases import Ground, connect, folder, program_of, serves
from tests.running import listens, running
from tests.waiting import until


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with folder() as root:
        yield root


@pytest.fixture
def ground(place: Path) -> Ground:
    """A home of its own for each, one copy of the programs for all."""
    return Ground(place / clock.new_nonce(), place / "place")


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def test_what_was_acknowledged_outlives_a_sigkill(ground: Ground) -> None:
    cluster = ground.cluster()
    program, port = program_of(cluster)
    with running(program, ground.home) as identity:
        until(lambda: serves(cluster, port), seconds=30)
        with connect(cluster, port) as database:
            database.execute("create table kept as select 42 as answer")
        kill(identity.pid)
    until(lambda: not listens(port), seconds=10)
    with running(program, ground.home):
        until(lambda: serves(cluster, port), seconds=30)
        with connect(cluster, port) as database:
            assert database.execute("select answer from kept").fetchone() == (42,)


def test_only_who_knows_the_password_comes_in_and_only_over_loopback(ground: Ground) -> None:
    cluster = ground.cluster()
    program, port = program_of(cluster)
    with running(program, ground.home) as identity:
        until(lambda: serves(cluster, port), seconds=30)
        for wrong in ("", "guessed"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                connect(cluster, port, wrong)
        process = psutil.Process(identity.pid)
        listening = [each for each in process.net_connections("all") if each.status == psutil.CONN_LISTEN]
        assert {each.laddr.ip for each in listening} == {"127.0.0.1"}
        assert not list(cluster.data.parent.rglob(".s.PGSQL*")) and not Path(f"/tmp/.s.PGSQL.{port}").exists()
        assert process.uids().effective != 0
        assert all(
            cluster.password not in " ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])
        )


def test_a_stale_lock_that_names_a_living_stranger_is_no_obstacle(ground: Ground) -> None:
    cluster = ground.cluster()
    program, port = program_of(cluster)
    stranger = replace(program, name="stranger", argv=(*as_owner(cluster.owner), "sleep", "300"), stop_signal="TERM")
    with running(program, ground.home) as identity:
        until(lambda: serves(cluster, port), seconds=30)
        kill(identity.pid)
    with running(stranger, ground.home) as other:
        lock = cluster.data / "postmaster.pid"
        lock.write_text(lock.read_text().replace(str(identity.pid), str(other.pid), 1))
        with running(program, ground.home):
            until(lambda: serves(cluster, port), seconds=30)
            connect(cluster, port).close()


def test_who_is_alone_at_work_there_is_let_end(ground: Ground) -> None:
    cluster = ground.cluster()
    program, port = program_of(cluster)
    alone = replace(program, name="alone", argv=(*as_owner(cluster.owner), "sleep", "3"), stop_signal="TERM")
    with running(alone, ground.home) as other:
        lock = cluster.data / "postmaster.pid"
        lock.write_text(f"-{other.pid}\n{cluster.data}\n")
        os.chown(lock, cluster.data.stat().st_uid, cluster.data.stat().st_gid)
        with running(program, ground.home):
            until(lambda: not processes.alive(other))
            processes.reap()
            until(lambda: serves(cluster, port), seconds=30)


def test_a_second_start_leaves_the_first_alone(ground: Ground) -> None:
    cluster = ground.cluster()
    program, port = program_of(cluster)
    with running(program, ground.home) as first:
        until(lambda: serves(cluster, port), seconds=30)
        with running(program_of(cluster)[0], ground.home / "second") as second:
            until(lambda: not processes.alive(second), seconds=20)
        assert processes.alive(first)
        connect(cluster, port).close()
