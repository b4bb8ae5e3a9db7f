"""The machine is gone: whoever has Mainstay, the store and the recovery key has all of it; the key stays nowhere."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pyrage
import pytest

from edge import clock
from edge.backups.lending import lent, lent_key
from mainstay.backups.sets import BackupSet
from mainstay.errors import BadInput, Refused
from tasks.backups.proofs import prove_by_restoring
from tasks.backups.readings import prove_by_reading
from tasks.backups.restores import lay_out_set, observe_restore
from tests.doors.backups.set_rig import seen
from tests.doors.backups.shop_rig import WHERE, Shop, shop
from tests.doors.store_rig import ROOT


@pytest.fixture
def gone(tmp_path: Path) -> Iterator[Shop]:
    """Of this machine the store is left."""
    (tmp_path / "old").mkdir()
    with shop(tmp_path / "old") as found:
        (found.folder / "file").write_text("content")
        yield found


@pytest.fixture
def key(gone: Shop) -> str:
    return gone.keys.new_recovery_key(instead=True)


@pytest.fixture
def taken(gone: Shop, key: str) -> BackupSet:
    return gone.take("files")[0]


@pytest.fixture
def new(gone: Shop, taken: BackupSet, tmp_path: Path) -> Iterator[Shop]:
    """Another machine, on which the old one's word counts."""
    (tmp_path / "new").mkdir()
    with shop(tmp_path / "new", MAINSTAY_BACKUPS=str(gone.settings.home / "backups")) as found:
        found.describe(backups=f'{{keys: {{signers: ["{gone.keys.writer_public.strip()}"]}}}}')
        yield found


def test_a_lent_recovery_key_opens_sets_for_as_long_as_it_is_lent(new: Shop, key: str, tmp_path: Path) -> None:
    restore = observe_restore.fn(*WHERE, "newest")
    with lent(f"# from the safe\n{key}\n"):
        lay_out_set.fn(restore, f"{tmp_path}/back", "")
        proofs = [prove_by_restoring.fn(restore), prove_by_reading.fn(restore.sets[-1])]
    assert (tmp_path / "back" / "uploads" / "file").read_text() == "content"
    assert [each and each.good for each in proofs] == [True, True]
    with pytest.raises(Refused, match=r"the proving key here is .* If that machine is gone: .* --recovery-key"):
        lay_out_set.fn(restore, f"{tmp_path}/again", "")


def test_the_line_that_came_with_the_recovery_key_makes_the_sets_trusted(new: Shop, gone: Shop) -> None:
    new.describe()
    said = new.command("backups", *WHERE).output
    assert "is not trusted" in said and "what recovery-key showed there, from ssh-ed25519 on" in said
    (line,) = re.findall(r"^mainstay (ssh-ed25519 .*)$", gone.keys.signers, re.MULTILINE)
    new.describe(backups=f"{{keys: {{signers: [{line}]}}}}")
    assert "is not trusted" not in new.command("backups", *WHERE).output


def test_a_story_that_fails_gives_the_key_back(key: str) -> None:
    with pytest.raises(Refused), lent(key):
        raise Refused("nothing")
    assert lent_key() is None


def test_a_key_that_the_set_is_not_sealed_to_is_refused_and_the_set_is_not_called_bad(
    new: Shop, tmp_path: Path
) -> None:
    stranger = pyrage.x25519.Identity.generate()
    restore = observe_restore.fn(*WHERE, "newest")
    for step in (lambda: prove_by_restoring.fn(restore), lambda: lay_out_set.fn(restore, f"{tmp_path}/back", "")):
        with lent(str(stranger)), pytest.raises(Refused, match=f"the key that was typed is {stranger.to_public()}"):
            step()
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("command", [("restore", "/srv/never"), ("prove",)])
@pytest.mark.parametrize("typed", ["", "hello"])
def test_what_is_no_key_is_refused_before_anything_is_begun(command: tuple[str, ...], typed: str, gone: Shop) -> None:
    name, *rest = command
    said = gone.command(name, *WHERE, *rest, "--recovery-key", typed=typed)
    assert said.exit_code == 1 and isinstance(said.exception, BadInput)
    assert "one line that begins with AGE-SECRET-KEY-1" in str(said.exception)


def test_on_a_new_machine_everything_comes_back_and_nobody_else_ever_sees_the_key(
    new: Shop, gone: Shop, key: str, tmp_path: Path
) -> None:
    """Neither the words and the environment of any process, nor any file: Prefect's own, logs, the home."""
    argv = [sys.executable, "-m", "deployments.command_line", "restore", *WHERE, f"{tmp_path}/back", "--recovery-key"]
    places = (new.settings.home, tmp_path / "tmp")
    places[1].mkdir()
    words, output = {**os.environ, "TMPDIR": str(places[1])}, tmp_path / "said"
    with (
        output.open("wb") as out,
        subprocess.Popen(argv, cwd=ROOT, env=words, stdin=subprocess.PIPE, stdout=out, stderr=out) as story,
    ):
        assert story.stdin is not None
        story.stdin.write(key.encode())
        story.stdin.close()
        told = set[str]()
        while story.poll() is None:
            told |= _told(key, f"{tmp_path}/back", [*_processes(story.pid), *_files(*places)])
            clock.sleep(0.5)
    told |= _told(key, f"{tmp_path}/back", [*_files(*places, output)])
    assert story.returncode == 0, output.read_text()
    assert seen(tmp_path / "back" / "uploads") == seen(gone.folder)
    assert {str(output), f"{story.pid} cmdline"} <= told and any("prefect.db" in name for name in told), told


def _told(key: str, word: str, found: list[tuple[str, bytes]]) -> set[str]:
    """Who says that word, as whoever is told of the story does; nobody says the key."""
    assert [name for name, content in found if key.encode() in content] == []
    return {name for name, content in found if word.encode() in content}


def _processes(pid: int) -> Iterator[tuple[str, bytes]]:
    """That process and those it started."""
    with suppress(psutil.Error, OSError):
        ours = psutil.Process(pid)
        for each in (ours, *ours.children(recursive=True)):
            with suppress(OSError):
                for file in ("cmdline", "environ"):
                    yield f"{each.pid} {file}", Path(f"/proc/{each.pid}/{file}").read_bytes()


def _files(*places: Path) -> Iterator[tuple[str, bytes]]:
    for path in (each for place in places for each in (place, *place.rglob("*"))):
        with suppress(OSError):
            if path.is_file():
                yield str(path), path.read_bytes()
