"""What `mainstay status` and its kin say of a home, from what lies there alone."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deployments.command_line import app
from deployments.status import look
from deployments.up import bring_up
from edge import clock, keeper, practice_site, processes
from edge.platform import lay_out
from edge.settings import Settings, read_settings
from edge.store import open_store
from mainstay.errors import MainstayError, NotFinished
from mainstay.keeper import Condition, Report

DATABASE = "postgresql://app:word@127.0.0.1:1/prefect"  # of somebody else's: nothing here asks it


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Laid out, with a store, and not up."""
    made = read_settings({"MAINSTAY_HOME": str(tmp_path / "home"), "MAINSTAY_PREFECT_DATABASE": DATABASE})
    lay_out(made)
    open_store(made)
    return made


@pytest.fixture
def stopped_keeper(settings: Settings) -> Iterator[Report]:
    """A process that lives and does nothing, and its last words, a minute old."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    child.send_signal(signal.SIGSTOP)
    known = processes.identify(child.pid)
    assert known is not None
    ready = Condition("gateway", "ready", clock.now(), "ready")
    report = Report(child.pid, known.started, clock.now() - timedelta(minutes=1), (ready,))
    keeper.write_report(settings.home, report)
    yield report
    child.kill()
    child.wait()


@pytest.mark.parametrize("words", [["status"], ["audit"], ["audit", "--verify"], ["notice", "shop", "production"]])
def test_where_nothing_was_ever_laid_out_it_is_said_and_nothing_is_made(words: list[str], tmp_path: Path) -> None:
    home = tmp_path / "nowhere"
    done = subprocess.run(
        [sys.executable, "-m", "deployments.command_line", *words],
        env={"MAINSTAY_HOME": str(home), "PATH": "/usr/bin:/bin"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "Nothing was ever" in said and "mainstay up" in said and str(home) in said
    assert not home.exists() and "Traceback" not in said


def test_a_store_that_stands_is_shown_although_this_home_was_never_laid_out(tmp_path: Path) -> None:
    store = tmp_path / "store"
    open_store(read_settings({"MAINSTAY_HOME": str(tmp_path / "other"), "MAINSTAY_STORE": str(store)}))
    words = {"MAINSTAY_HOME": str(tmp_path / "home"), "MAINSTAY_STORE": str(store)}
    assert "Nothing was changed yet." in CliRunner().invoke(app, ["audit"], env=words).output
    assert not (tmp_path / "home").exists()


def test_a_keeper_that_is_stopped_is_not_well(settings: Settings, stopped_keeper: Report) -> None:
    (fault,) = look(settings).faults
    assert f"process {stopped_keeper.pid} lives and has not spoken for" in fault


def test_a_keeper_that_spoke_just_now_is_well(settings: Settings, stopped_keeper: Report) -> None:
    keeper.write_report(settings.home, replace(stopped_keeper, at=clock.now()))
    assert look(settings).faults == ()


def test_nothing_comes_up_behind_a_keeper_that_is_stopped(settings: Settings, stopped_keeper: Report) -> None:
    with pytest.raises(NotFinished, match=f"kill -KILL {stopped_keeper.pid}"):
        bring_up(settings, practice=False)


def test_a_bad_descriptor_of_the_practice_site_is_one_fault_among_what_is_well(settings: Settings) -> None:
    file = practice_site.lay_out_descriptor(settings)
    file.write_text(file.read_text().replace("kind: caddy", "kind: candy"))
    status = look(settings)
    assert set(status.addresses) == {"Prefect UI", "gateway"}
    assert any(str(file) in fault and "candy" in fault for fault in status.faults)
    assert status.faults[0].startswith("keeper: does not run")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"MAINSTAY_HOME": "/etc/hostname"}, "MAINSTAY_HOME: must be a folder"),
        ({"MAINSTAY_HOME": "/proc/mainstay"}, "MAINSTAY_HOME: nothing can be kept in /proc/mainstay"),
        ({"MAINSTAY_HOME": "here"}, "MAINSTAY_HOME: must be an absolute path"),
        ({"MAINSTAY_PORTS": "20000"}, 'MAINSTAY_PORTS: must be the first and the last of .*"20000"'),
        ({"MAINSTAY_PORTS": "80-900"}, "MAINSTAY_PORTS: must be .* from 1024 on"),
        ({"MAINSTAY_PORTS": "31001-31099"}, "MAINSTAY_PORTS: must be .* at least 100 ports"),
        ({"MAINSTAY_TIMEZONE": "Mars/Olympus"}, 'MAINSTAY_TIMEZONE: must be the name of a time zone.*"Mars/Olympus"'),
        ({"MAINSTAY_TIMEZONE": "../../etc/passwd"}, "MAINSTAY_TIMEZONE: must be the name of a time zone"),
    ],
)
def test_a_word_of_the_environment_that_cannot_be_used_is_named(
    words: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(MainstayError, match=sentence):
        bring_up(read_settings({"MAINSTAY_HOME": str(tmp_path), **words}), practice=False)


@pytest.mark.parametrize("last", ["0", "-3"])
def test_fewer_entries_than_one_are_refused(last: str) -> None:
    assert CliRunner().invoke(app, ["audit", "--last", last]).exit_code == 2
