import os
import pwd
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from edge import processes
from edge.backups.dumps.scratch import another_database, scratch_database
from edge.postgres import postgres_programs
from edge.secrets import resolve
from mainstay.errors import Refused
from tests.databases import folder
from tests.knows.house import ROOT
from tests.small_disk import needs_root
from tests.waiting import until

USER = """
import sys, time
from pathlib import Path
from edge.backups.dumps.scratch import scratch_database
with scratch_database(Path(sys.argv[1]), place=Path(sys.argv[2])) as reference:
    print(reference, flush=True)
    time.sleep(300)
"""

ORDINARY = """
import os, sys
from pathlib import Path
import psycopg
from edge.backups.dumps.scratch import scratch_database
from edge.secrets import resolve
home = Path(sys.argv[1])
with scratch_database(home) as reference, psycopg.connect(resolve(reference).reveal()) as made:
    print(os.geteuid(), Path(reference.removeprefix("file://")).is_relative_to(home), made.info.user)
print([path.name for path in (home / "scratch").iterdir()])
"""


def lying_about(place: Path, home: Path) -> set[Path]:
    return set(((place if os.geteuid() == 0 else home) / "scratch").glob(".database.*"))


def test_it_is_empty_and_its_user_may_do_everything(place: Path, tmp_path: Path) -> None:
    with scratch_database(tmp_path, place=place) as reference, psycopg.connect(resolve(reference).reveal()) as made:
        assert made.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)
        assert made.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (True,)
        made.execute("create extension amcheck")
        assert (made.execute("show listen_addresses").fetchone() or ("?",))[0] == ""


def test_nothing_of_it_is_left_when_it_was_left(place: Path, tmp_path: Path) -> None:
    before = lying_about(place, tmp_path)
    with scratch_database(tmp_path, place=place) as reference, psycopg.connect(resolve(reference).reveal()) as made:
        made.execute("create table a as select 1")
        pid = made.info.backend_pid
        assert len(lying_about(place, tmp_path) - before) == 1
    until(lambda: not psutil.pid_exists(pid), seconds=10)
    assert lying_about(place, tmp_path) == before


def test_another_beside_it_is_empty_each_time_also_after_a_failure(place: Path, tmp_path: Path) -> None:
    def used(address: str) -> None:
        with psycopg.connect(resolve(address).reveal()) as made:
            assert made.execute("select to_regclass('a')").fetchone() == (None,)
            made.execute("create table a as select 1")

    with scratch_database(tmp_path, place=place) as reference:
        for _ in range(2):
            with pytest.raises(RuntimeError), another_database(reference) as other:
                used(other)
                raise RuntimeError
        with another_database(reference) as other:
            used(other)
        with psycopg.connect(resolve(reference).reveal()) as made:
            assert made.execute("select to_regclass('a')").fetchone() == (None,)
            assert made.execute("select datname from pg_database where not datistemplate").fetchall() == [("postgres",)]


def test_two_at_once_are_two(place: Path, tmp_path: Path) -> None:
    with scratch_database(tmp_path, place=place) as one, scratch_database(tmp_path, place=place) as two:
        with psycopg.connect(resolve(one).reveal()) as made:
            made.execute("create table a as select 1")
        with psycopg.connect(resolve(two).reveal()) as made:
            assert made.execute("select to_regclass('a')").fetchone() == (None,)


def test_it_dies_with_whoever_made_it_and_the_next_one_clears_away(place: Path, tmp_path: Path) -> None:
    before = lying_about(place, tmp_path)
    argv = [sys.executable, "-c", USER, str(tmp_path), str(place)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True) as user:
        assert user.stdout is not None
        address = resolve(user.stdout.readline().strip()).reveal()
        with psycopg.connect(address) as made:
            pid = made.info.backend_pid
        server = next(each for each in psutil.Process(user.pid).children() if each.name() == "postgres")
        os.kill(user.pid, signal.SIGKILL)
    until(lambda: not server.is_running() and not psutil.pid_exists(pid), seconds=10)
    [left] = lying_about(place, tmp_path) - before
    with scratch_database(tmp_path, place=place):
        assert not left.exists()


def test_nobody_else_gets_in(place: Path, tmp_path: Path) -> None:
    with scratch_database(tmp_path, place=place) as reference:
        address = resolve(reference).reveal()
        file = Path(reference.removeprefix("file://"))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE((file.parent / "data").stat().st_mode) == 0o700
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(address, password="guessed")
        password = psycopg.conninfo.conninfo_to_dict(address)["password"]
        assert not [
            each for each in psutil.process_iter(["cmdline"]) if str(password) in " ".join(each.info["cmdline"] or ())
        ]


def test_it_starts_where_its_user_may_not_look(place: Path, tmp_path: Path) -> None:
    """As when somebody is in /root."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    code = USER.replace("time.sleep(300)", "pass")
    told = processes.run(
        [sys.executable, "-c", code, str(tmp_path), str(place)],
        deadline_seconds=120,
        cwd=closed,
        environment={"PYTHONPATH": str(ROOT)},
    )
    assert processes.check(told, "making one").startswith("file://")


def test_a_path_too_long_for_a_socket_is_said(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 90)
    with pytest.raises(Refused, match="too long for a socket"), scratch_database(long, place=long):
        pass
    assert not long.exists()


def test_an_ordinary_user_has_it_in_the_home_and_runs_it_himself() -> None:
    """Root becomes nobody for it, who may read where Python lies but owns nothing."""
    with folder() as root:
        who, argv = os.geteuid(), [sys.executable, "-c", ORDINARY, str(root / "home")]
        if who == 0:
            reading = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
            who = pwd.getpwnam("nobody").pw_uid
            os.chown(root, who, -1)
            argv = ["setpriv", f"--reuid={who}", "--clear-groups", *reading, "--", *argv]
        told = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert (told.returncode, told.stdout, told.stderr) == (0, f"{who} True mainstay\n['.lock']\n", "")


@needs_root
def test_what_a_restored_table_runs_runs_as_nobody_who_owns_anything(place: Path, tmp_path: Path) -> None:
    """A check of a table is the application's; by a superuser it may run any command."""
    with scratch_database(tmp_path, place=place) as reference, psycopg.connect(resolve(reference).reveal()) as made:
        made.execute("create table who (name text)")
        made.execute("copy who from program 'id -un'")
        assert made.execute("select name from who").fetchone() == (postgres_programs.OF_COPIES,)
    assert postgres_programs.owner() != postgres_programs.owner(postgres_programs.OF_COPIES)
