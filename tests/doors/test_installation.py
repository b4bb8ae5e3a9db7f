"""make.py makes an installation once, trusts only a whole one, and becomes what was asked for."""

import shutil
from pathlib import Path

import pytest

from edge import processes
from tests.doors.small_project import PYPROJECT, SmallProject
from tests.waiting import until


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    project = SmallProject(tmp_path_factory.mktemp("small") / "project")
    output = project.make()
    assert output.exit == 0, output.text
    assert "installing the 1 packages of requirements-dev.lock" in output.text
    return project


def installs(output: processes.Output) -> bool:
    return "making .venv" in output.text


def test_a_whole_installation_is_not_made_again(installed: SmallProject) -> None:
    output = installed.make()
    assert f"alpha 1.0 in {installed.root / '.venv'} asked []" in output.text
    assert not installs(output)


def test_words_and_exit_code_pass_through(installed: SmallProject) -> None:
    output = installed.make("ARGS=--fail 'two words'", "--more", "SECONDS=5", "SEED=", "ALL=0")
    assert "asked ['--fail', 'two words', '--more', '--seconds', '5']" in output.text
    assert output.exit == 7


def test_a_quotation_mark_left_open_is_named(installed: SmallProject) -> None:
    output = installed.make("ARGS='open")
    assert (output.exit, "Close every quotation mark" in output.text) == (1, True)


def test_a_lost_package_is_noticed(installed: SmallProject) -> None:
    shutil.rmtree(installed.alpha.parent / "alpha-1.0.dist-info")
    assert installs(installed.make())
    assert not installs(installed.make())


def test_a_package_that_left_the_lock_does_not_stay(installed: SmallProject) -> None:
    stranger = installed.alpha.parent / "beta-1.0.dist-info"
    stranger.mkdir()
    stamp = installed.root / ".venv" / "mainstay-stamp.json"
    stamp.write_text(stamp.read_text().replace('"alpha-1.0.dist-info"', '"alpha-1.0.dist-info", "beta-1.0.dist-info"'))
    (installed.root / "pyproject.toml").write_text(PYPROJECT + "# changed\n")
    assert installs(installed.make())
    assert not stranger.exists()


def test_a_lost_interpreter_is_noticed(installed: SmallProject) -> None:
    python = installed.root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert installs(installed.make())


def test_a_stamp_that_is_rubbish_is_no_stamp(installed: SmallProject) -> None:
    (installed.root / ".venv" / "mainstay-stamp.json").write_text('{"root": ')
    assert installs(installed.make())


def test_a_venv_that_somebody_else_made_is_replaced(installed: SmallProject) -> None:
    shutil.rmtree(installed.root / ".venv")
    (installed.root / ".venv" / "bin").mkdir(parents=True)
    output = installed.make()
    assert "not made by this" in output.text
    assert installs(output)


def test_a_new_lock_waits_for_those_who_use_the_old(installed: SmallProject, tmp_path: Path) -> None:
    hold, first, second = installed.root / "hold", tmp_path / "first", tmp_path / "second"
    hold.touch()
    user = processes.start(installed.argv, log=first, environment=installed.environment)
    until(lambda: "alpha 1.0" in first.read_text(), seconds=120)
    installed.lock("2.0")
    newcomer = processes.start(installed.argv, log=second, environment=installed.environment)
    until(lambda: "waiting for its users to end" in second.read_text(), seconds=120)
    assert "1.0" in installed.alpha.read_text()
    assert processes.alive(user)
    hold.unlink()
    until(lambda: not processes.alive(newcomer), seconds=120)
    assert "alpha 2.0" in second.read_text()
    assert "making .venv" not in second.read_text()  # what was whole is renewed in its place
    assert not list(installed.alpha.parent.glob("alpha-1.0*"))
    processes.reap()


def test_two_at_once_make_it_once(installed: SmallProject, tmp_path: Path) -> None:
    shutil.rmtree(installed.root / ".venv")
    logs = [tmp_path / name for name in "ab"]
    both = [processes.start(installed.argv, log=log, environment=installed.environment) for log in logs]
    until(lambda: not any(processes.alive(one) for one in both), seconds=120)
    processes.reap()
    texts = [log.read_text() for log in logs]
    assert sorted("making .venv" in text for text in texts) == [False, True]
    assert all("asked []" in text for text in texts)


def test_a_file_other_than_the_locked_one_is_refused(tmp_path: Path) -> None:
    project = SmallProject(tmp_path / "project")
    lock = project.root / "requirements-dev.lock"
    lock.write_text(lock.read_text()[:-65] + "0" * 64 + "\n")
    output = project.make()
    assert output.exit == 1
    assert "sent other files than the lock names" in output.text
    assert "asked" not in output.text
    assert not project.alpha.exists()


def test_a_package_that_is_nowhere_is_explained(tmp_path: Path) -> None:
    project = SmallProject(tmp_path / "project")
    shutil.rmtree(project.root / "wheels")
    output = project.make()
    assert output.exit == 1
    assert "has no file of the lock that fits this machine" in output.text
    assert "Traceback" not in output.text
