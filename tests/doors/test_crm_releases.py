"""The repository of the CRM's releases: the same each time, whole, and buildable by a machine that has only Python."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from practice import changes, releases
from tests.doors.crm_rig import Trees

STAGES = (["-m", "compileall", "-q", "."], ["-m", "unittest", "discover"])


def git(repository: Path, *words: str) -> str:
    return releases.git(["--git-dir", str(repository), *words]).strip()


def test_the_shas_are_the_same_each_time(tmp_path: Path) -> None:
    first, second = releases.lay_out(tmp_path / "a.git"), releases.lay_out(tmp_path / "b.git")
    assert first == second == releases.lay_out(tmp_path / "a.git")
    assert set(first) == {change.tag for change in changes.CHANGES} >= {"v1", "v6", "bad-lying", "e5"}
    assert len(set(first.values())) == len(first)


def test_whoever_builds_them_the_shas_are_the_same(tmp_path: Path) -> None:
    strange = {"PATH": os.environ["PATH"], "TZ": "Asia/Tokyo", "GIT_DIR": "/nowhere", "GIT_AUTHOR_NAME": "Somebody"}
    argv = [sys.executable, "-m", "practice.releases", str(tmp_path / "a.git")]
    told = subprocess.run(argv, env=strange, capture_output=True, text=True, timeout=60)
    assert dict(line.split() for line in told.stdout.splitlines()) == releases.lay_out(tmp_path / "b.git")


def test_branches_begin_at_the_first_release_and_then_belong_to_who_pushes(tmp_path: Path) -> None:
    path = tmp_path / "practice.git"
    tags = releases.lay_out(path)
    assert {git(path, "rev-parse", branch) for branch in ("main", "develop", "HEAD")} == {tags["v1"]}
    git(path, "update-ref", "refs/heads/main", tags["v2"])
    git(path, "tag", "mine", tags["v2"])
    assert releases.lay_out(path) == tags
    assert (git(path, "rev-parse", "main"), git(path, "rev-parse", "mine")) == (tags["v2"], tags["v2"])


def test_a_tag_that_went_astray_is_put_right(tmp_path: Path) -> None:
    path = tmp_path / "practice.git"
    tags = releases.lay_out(path)
    git(path, "tag", "--force", "v3", tags["v1"])
    git(path, "tag", "--delete", "e5")
    assert releases.lay_out(path) == tags


@pytest.mark.parametrize("after_seconds", [0.08, 0.11, 0.14, 0.17])
def test_killed_at_any_moment_it_leaves_a_whole_one_or_none(tmp_path: Path, after_seconds: float) -> None:
    path = tmp_path / "practice.git"
    with subprocess.Popen([sys.executable, "-m", "practice.releases", str(path)], stdout=subprocess.DEVNULL) as maker:
        time.sleep(after_seconds)
        maker.kill()
    there = path.exists()
    assert not there or len(releases.tags(path)) == len(changes.CHANGES)
    assert len(releases.lay_out(path)) == len(changes.CHANGES)


def test_two_makers_at_once_make_one(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "practice.releases", str(tmp_path / "practice.git")]
    makers = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = {maker.communicate(timeout=60)[0] for maker in makers}
    assert len(told) == 1 and [maker.returncode for maker in makers] == [0, 0, 0]
    assert {path.name for path in tmp_path.iterdir()} == {"practice.git", ".practice.git.lock"}


def test_a_change_that_would_change_nothing_is_an_error() -> None:
    for was in ("not there", "import"):
        with pytest.raises(ValueError, match="must stand there once"):
            releases.changed(releases.source(), changes.bad("odd", "", was, ""))


@pytest.mark.parametrize("tag", ["v1", "v6", "bad-lying", "e5"])
def test_a_release_is_built_without_a_database_or_any_package(trees: Trees, tmp_path: Path, tag: str) -> None:
    tree = tmp_path / "tree"
    releases.git(["clone", "--quiet", "--branch", tag, str(trees.repository), str(tree)])
    for stage in STAGES:
        argv = [f"{sys.base_prefix}/bin/python3", "-E", "-s", *stage]
        told = subprocess.run(argv, cwd=tree, env={"PATH": os.defpath}, capture_output=True, text=True, timeout=60)
        assert told.returncode == 0, told.stderr
    assert "Ran 5 tests" in told.stderr


def test_each_visible_release_shows_its_own_version(trees: Trees) -> None:
    shown = [(trees.of(f"v{n}") / "crm" / "look.py").read_text() for n in range(1, 7)]
    assert all(f'VERSION = "{n}"' in text for n, text in enumerate(shown, 1))
