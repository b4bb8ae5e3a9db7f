"""The programs the tests talk to are fetched where that is possible, and named where it is not."""

import os
import sys
from pathlib import Path

import pytest

from edge.processes import Output, run

ROOT = Path(__file__).parents[2]
APT_GET = """#!/bin/sh
echo "$@" >> {folder}/asked
case "$1" in
  update) : > {folder}/fresh ;;
  install) [ -e {folder}/fresh ] || exit 100
    for program in git flock setpriv systemd-analyze tar ssh-keygen age zstd redis-server jq aws pgbackrest; do
      cp {folder}/apt-get {folder}/$program
    done ;;
esac
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder that is the whole PATH."""
    (tmp_path / "env").symlink_to("/usr/bin/env")
    (tmp_path / "cp").symlink_to("/bin/cp")
    return tmp_path


def provide(path: Path) -> Output:
    words = [sys.executable, "-c", "from workshop.components import provide; provide()"]
    return run(words, cwd=ROOT, environment={"PATH": str(path)}, deadline_seconds=60)


def write_apt_get(folder: Path) -> None:
    (folder / "apt-get").write_text(APT_GET.format(folder=folder))
    (folder / "apt-get").chmod(0o755)


def test_what_cannot_be_had_is_named_with_what_it_leaves_unshown(path: Path) -> None:
    output = provide(path)
    assert output.exit == 0
    assert "not here: busybox, so the host gate is tried in dash only" in output.text
    assert "not here: setpriv" in output.text


def test_stale_package_lists_are_renewed_and_only_the_rest_is_named(path: Path, as_root: None) -> None:
    write_apt_get(path)
    output = provide(path)
    asked = [line.split()[0] for line in (path / "asked").read_text().splitlines()]
    assert asked == ["install", "update", "install"]
    assert output.text.count("not here:") == 1
    assert "not here: busybox" in output.text


@pytest.fixture
def as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root asks apt-get for packages")
