"""Commits are found in a mirror of real repositories, whatever is typed, whoever died in the mirror before."""

import os
import shutil
import subprocess
from dataclasses import replace
from hashlib import sha1
from pathlib import Path

import pytest

from edge.repositories import Repository, repository
from mainstay.descriptor.parsing import parse_system
from mainstay.errors import BadInput, BuildFailed, RepositoryLost
from tests.doors import build_rig
from tests.doors.build_rig import DESCRIPTOR, Source, installation, mirrored

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return build_rig.source(tmp_path / "source")


@pytest.fixture
def mirror(source: Source, tmp_path: Path) -> Repository:
    return mirrored(source, tmp_path)


def test_a_tag_a_branch_and_a_commit_are_found(source: Source, mirror: Repository) -> None:
    first = source.commit(a="1")
    source.git("tag", "v1")
    source.git("tag", "--annotate", "v1-annotated", "-m", "the first")
    second = source.commit(a="2")
    source.git("checkout", "--quiet", "-b", "feature/login")
    versions = ("v1", "v1-annotated", "main", "feature/login", first, first[:7], second[:12].upper())
    assert [mirror.resolve(version) for version in versions] == [first, first, second, second, first, first, second]


def test_a_branch_that_moved_on_is_seen(source: Source, mirror: Repository) -> None:
    first = source.commit(a="1")
    assert mirror.resolve("main") == first
    second = source.commit(a="2")
    assert mirror.resolve("main") == second


def test_a_branch_that_was_removed_is_unknown(source: Source, mirror: Repository) -> None:
    source.commit(a="1")
    source.git("branch", "gone")
    mirror.resolve("gone")
    source.git("branch", "-D", "gone")
    with pytest.raises(BadInput, match=r"gone is no tag, branch or commit .*branches: main"):
        mirror.resolve("gone")


def test_what_is_unknown_is_refused_with_what_is_near(source: Source, mirror: Repository) -> None:
    source.commit(a="1")
    source.git("tag", "v1.0.0")
    with pytest.raises(BadInput, match=r"did you mean v1.0.0; known tags: v1.0.0; branches: main"):
        mirror.resolve("v1.0")
    for unknown in ("f" * 40, "f" * 7, "HEAD", "refs/heads/main"):
        with pytest.raises(BadInput, match="is no tag, branch or commit"):
            mirror.resolve(unknown)


def test_a_name_of_two_things_is_refused(source: Source, mirror: Repository) -> None:
    source.commit(a="1")
    source.git("tag", "both")
    source.commit(a="2")
    source.git("branch", "both")
    with pytest.raises(BadInput, match=r"both means more than one commit .*branch: .*; tag: "):
        mirror.resolve("both")


def test_the_beginning_of_two_commits_is_refused(source: Source, mirror: Repository) -> None:
    known: dict[str, str] = {}
    for number in range(1_000_000):
        text = f"tree {EMPTY_TREE}\nauthor A <a@b> {number} +0000\ncommitter A <a@b> {number} +0000\n\nx\n"
        commit = sha1(f"commit {len(text)}\0{text}".encode(), usedforsecurity=False).hexdigest()
        if commit[:7] in known:
            break
        known[commit[:7]] = text
    source.commit(a="1")
    source.git("rm", "--quiet", "a")
    source.git("commit", "--quiet", "-m", "the empty tree")
    for number, each in enumerate((known[commit[:7]], text)):
        made = subprocess.run(
            ["git", "-C", str(source.folder), "hash-object", "-t", "commit", "-w", "--stdin"],
            input=each.encode(), env=build_rig.WHO, check=True, capture_output=True,
        ).stdout.decode().strip()  # fmt: skip
        source.git("branch", f"alike-{number}", made)
    with pytest.raises(BadInput, match=r"means more than one commit"):
        mirror.resolve(commit[:7])
    assert mirror.resolve(commit) == commit


def test_a_tag_of_a_file_is_no_commit(source: Source, mirror: Repository) -> None:
    source.commit(a="1")
    source.git("tag", "file", source.git("rev-parse", "HEAD:a"))
    with pytest.raises(BadInput, match="is no tag, branch or commit"):
        mirror.resolve("file")


def test_a_known_commit_is_found_while_the_repository_is_away(source: Source, mirror: Repository) -> None:
    commit = source.commit(a="1")
    mirror.resolve("main")
    source.folder.rename(source.folder.with_name("away"))
    assert mirror.resolve(commit) == commit
    with pytest.raises(
        RepositoryLost,
        match=r"git fetch failed .*the repository exists. Look .* by its full commit",
    ):
        mirror.resolve("main")


def test_a_repository_that_is_none_leaves_no_mirror(source: Source, mirror: Repository) -> None:
    shutil.rmtree(source.folder)
    with pytest.raises(RepositoryLost):
        mirror.resolve("main")
    assert not mirror.mirror.exists() and not list(mirror.mirror.parent.glob(".*/"))
    commit = build_rig.source(source.folder).commit(a="1")
    assert mirror.resolve("main") == commit


def test_without_git_it_is_said(mirror: Repository) -> None:
    with pytest.raises(BadInput, match=r"no-such-git is not on this machine, .*apt-get install git"):
        replace(mirror, git="no-such-git").resolve("main")


def test_a_deploy_key_is_refused_until_it_can_be_used(source: Source, tmp_path: Path) -> None:
    text = DESCRIPTOR.format(
        repository="git@example.com:shop.git", stages="{}", artifact="[.]", deadline_seconds=9, configuration="{}"
    )
    system = parse_system(text.replace("source:\n", "source:\n  key: env://KEY\n"), "shop.yaml")
    with pytest.raises(BadInput, match=r"source\.key"):
        repository(installation(tmp_path), system)


def test_no_hook_and_no_configuration_of_the_repository_runs(source: Source, mirror: Repository) -> None:
    commit = source.commit(a="1", **{".gitattributes": "* filter=evil\n"})
    trace = source.folder / "ran"
    for hook in ("post-checkout", "reference-transaction", "post-update"):
        path = source.folder / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch {trace}\n")
        path.chmod(0o755)
    mirror.resolve("main")
    mirror.export(commit, mirror.mirror.parent / "out")
    assert not trace.exists() and (mirror.mirror.parent / "out" / "a").read_text() == "1"


def test_submodules_are_refused_by_name(source: Source, mirror: Repository) -> None:
    commit = source.commit(a="1")
    source.git("update-index", "--add", "--cacheinfo", f"160000,{commit},vendor/lib")
    source.git("commit", "--quiet", "-m", "with a submodule")
    with pytest.raises(BuildFailed, match=r"has submodules \(vendor/lib\)"):
        mirror.export(mirror.resolve("main"), mirror.mirror.parent / "out")


def test_locks_of_a_dead_git_are_removed(source: Source, mirror: Repository) -> None:
    source.commit(a="1")
    mirror.resolve("main")
    commit = source.commit(a="2")
    for left in ("refs/heads/main.lock", "packed-refs.lock", "HEAD.lock"):
        (mirror.mirror / left).touch()
    assert mirror.resolve("main") == commit


def test_killed_anywhere_in_it_the_next_one_finds_everything(source: Source, tmp_path: Path) -> None:
    """A child is killed ever later in the same question, from a new mirror on."""
    commit = source.commit(**{f"file{n}": os.urandom(40_000).hex() for n in range(50)})
    mirror = mirrored(source, tmp_path)
    build_rig.kill(8, 0.02, "resolve", str(tmp_path), str(source.folder), "main")
    shutil.rmtree(mirror.mirror, ignore_errors=True)
    assert mirror.resolve("main") == commit
    assert not list(mirror.mirror.parent.glob(".*/")), "what the dead left is gone"
