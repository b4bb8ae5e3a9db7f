import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import clock, processes
from edge.postgres import as_owner
from tests.databases import Ground, folder, program_of, serves
from tests.running import running
from tests.waiting import until

REPOSITORY = Path(__file__).parents[2]

ORDINARY = """
import os, sys
from pathlib import Path
from tests.databases import connect, program_of, serves
from edge.postgres import lay_out_cluster
from tests.running import running
from tests.waiting import until
home = Path(sys.argv[1])
cluster = lay_out_cluster(home)
program, port = program_of(cluster)
with running(program, home):
    until(lambda: serves(cluster, port), seconds=30)
    connect(cluster, port).close()
print(os.geteuid(), cluster.data.is_relative_to(home), cluster.owner)
"""


@pytest.fixture
def ground() -> Iterator[Ground]:
    with folder() as root:
        yield Ground(root / "home", root / "place")


def test_no_folder_above_changes_its_mode(ground: Ground) -> None:
    above = [*ground.home.parents, *ground.place.parents]
    before = [stat.S_IMODE(path.stat().st_mode) for path in above]
    ground.cluster()
    assert [stat.S_IMODE(path.stat().st_mode) for path in above] == before


def test_data_and_password_are_nobody_else_s_to_read(ground: Ground) -> None:
    data = ground.cluster().data
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data.parent / "password").stat().st_mode) == 0o600


def test_a_system_user_reads_the_programs_whatever_umask_laid_them_out(ground: Ground) -> None:
    subprocess.run(ground.argv, umask=0o077, check=True, stdout=subprocess.DEVNULL)
    cluster = ground.cluster()
    version = processes.run([*as_owner(cluster.owner), str(cluster.programs / "postgres"), "-V"], deadline_seconds=20)
    assert "PostgreSQL" in processes.check(version, "postgres -V")


def test_killed_at_any_moment_the_next_try_begins_cleanly(ground: Ground) -> None:
    for delay_seconds in (0.15, 0.3, 0.45, 0.6, 0.9, 1.2):
        with subprocess.Popen(ground.argv, stdout=subprocess.DEVNULL, start_new_session=True) as child:
            clock.sleep(delay_seconds)
            os.killpg(child.pid, signal.SIGKILL)
    cluster = ground.cluster()
    assert sorted(path.name for path in cluster.data.parent.iterdir() if path.name != "lock") == ["data", "password"]
    assert not list(ground.place.glob("*.partial"))
    program, port = program_of(cluster)
    with running(program, ground.home):
        until(lambda: serves(cluster, port), seconds=30)


def test_two_at_once_lay_out_one_database(ground: Ground) -> None:
    both = [subprocess.Popen(ground.argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [child.communicate(timeout=120)[0] for child in both]
    assert [child.returncode for child in both] == [0, 0]
    assert answers[0] == answers[1] == f"{ground.cluster().data}\n"


def test_a_home_removed_and_made_anew_still_knows_the_password(ground: Ground) -> None:
    before = ground.cluster()
    if before.owner is None:
        return  # then the data lie in the home, and go with it
    shutil.rmtree(ground.home, ignore_errors=True)
    assert ground.cluster() == before


def test_an_ordinary_user_has_it_in_the_home_and_runs_it_himself(ground: Ground) -> None:
    """Root becomes nobody for it, who may read where Python lies but owns nothing."""
    ground.place.mkdir()
    who, argv = os.geteuid(), [sys.executable, "-c", ORDINARY, str(ground.place / "home")]
    if who == 0:
        who, reading = pwd.getpwnam("nobody").pw_uid, ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
        os.chown(ground.place, who, -1)
        argv = ["setpriv", f"--reuid={who}", "--clear-groups", *reading, "--", *argv]
    told = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert (told.returncode, told.stdout, told.stderr) == (0, f"{who} True None\n", "")
