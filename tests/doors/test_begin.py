"""A command begun as a release's services are, with whatever shell a host has."""

import subprocess
from pathlib import Path

import pytest

from edge.hosts import BEGIN, LocalHost
from edge.ports import free_ports, is_free, listener
from mainstay.release_files import environment_file
from tests.doors.gate_rig import SHELLS

STRANGE = 'it\'s $HOME "%s" \\ \n # ; *'


@pytest.fixture(params=SHELLS, ids=lambda shell: Path(shell[0]).name)
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return tuple(request.param)


def begin(tmp_path: Path, shell: tuple[str, ...], *words: str) -> "subprocess.CompletedProcess[str]":
    argv = [*shell, LocalHost(tmp_path / "gate").shipped(BEGIN), *words]
    return subprocess.run(argv, capture_output=True, text=True, cwd=tmp_path)


def placed(tmp_path: Path, variables: dict[str, str]) -> tuple[str, str]:
    (tmp_path / "app").mkdir()
    (tmp_path / "environment").write_text(environment_file(variables))
    return str(tmp_path / "environment"), str(tmp_path / "app")


def test_it_has_the_environment_the_folder_and_its_own_words(tmp_path: Path, shell: tuple[str, ...]) -> None:
    environment, folder = placed(tmp_path, {"ONE": STRANGE, "CDPATH": "/usr"})
    words = ["python3", "-c", "import os, sys; print([os.environ['ONE'], os.getcwd(), *sys.argv[1:]])", STRANGE, ""]
    done = begin(tmp_path, shell, environment, folder, "--", *words)
    assert done.stdout == f"{[STRANGE, folder, STRANGE, '']}\n" and done.returncode == 0


def test_its_exit_is_that_of_the_command(tmp_path: Path, shell: tuple[str, ...]) -> None:
    environment, folder = placed(tmp_path, {})
    assert begin(tmp_path, shell, environment, folder, "--", "sh", "-c", "exit 7").returncode == 7


def test_a_release_that_is_not_placed_is_told_of_and_nothing_is_begun(tmp_path: Path, shell: tuple[str, ...]) -> None:
    done = begin(tmp_path, shell, str(tmp_path / "none"), str(tmp_path), "--", "touch", "begun")
    assert done.returncode == 66 and "is this release placed here" in done.stderr
    assert begin(tmp_path, shell, "environment", "app", "touch", "begun").returncode == 64
    assert not (tmp_path / "begun").exists()


def test_a_port_is_free_until_somebody_listens_and_he_is_named(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    assert is_free(port)
    code = "import socket, sys; s = socket.create_server(('', int(sys.argv[1]))); print(1, flush=True); input()"
    argv = ["python3", "-c", code]
    with subprocess.Popen([*argv, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.read(1)
        assert not is_free(port) and f"process {other.pid}" in listener(port)
        other.kill()
