"""A commit becomes an artifact in the store: once, whole, by commands that see nothing of ours."""

import io
import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from edge import artifacts, builds, marks
from edge.builds import Work
from edge.settings import Settings
from edge.store import open_place
from edge.store.directory import DirectoryStore
from edge.store.port import Door, Store, Upload
from mainstay import keys
from mainstay.errors import BuildFailed, StoreLost
from tests.doors import build_rig, store_rig
from tests.doors.build_rig import Source, installation, shop, work
from tests.doors.store_rig import ROOT, environment
from tests.small_disk import fill, needs_root, only_to_be_read, small_disk
from tests.waiting import until

PYTHON = sys.executable


def stage(code: str) -> str:
    return json.dumps([PYTHON, "-c", code])


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return build_rig.source(tmp_path / "source")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return installation(tmp_path)


@pytest.fixture(params=store_rig.KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    with store_rig.place(request.param, tmp_path) as address:
        yield open_place(address)


def content(store: Door, digest: str) -> dict[str, str]:
    with store.open(keys.artifact("shop", digest)) as stream, tarfile.open(fileobj=io.BytesIO(stream.read())) as tar:
        files = [(name, tar.extractfile(name)) for name in tar.getnames() if tar.getmember(name).isreg()]
        return {name: file.read().decode() for name, file in files if file}


def keys_in(store: Store) -> list[str]:
    return [entry.key for entry in store.listing("")]


def scratches(settings: Settings) -> list[Path]:
    return list((settings.home / "builds").glob(".*/"))


def failure(made: Work) -> str:
    with pytest.raises(BuildFailed) as told:
        builds.build(made)
    assert keys_in(made.store) == [] and scratches(made.settings) == []
    return str(told.value)


def test_a_commit_is_built_once_and_kept(source: Source, settings: Settings, store: Door) -> None:
    commit = source.commit(main="1", lib__x="2")
    count = settings.home.parent / "count"
    stages = f"{{count: {stage(f'open({str(count)!r}, chr(97)).write(chr(46))')}}}"
    made = builds.build(work(settings, shop(source, stages=stages), commit, store))
    again = builds.build(work(settings, shop(source, stages=stages), commit, store))
    assert made == again and count.read_text() == "."
    assert content(store, made.artifact.digest) == {"main": "1", "lib/x": "2"}
    assert [time.name for time in made.stages] == ["count"] and made.seconds > 0
    assert artifacts.find(store, "shop", commit, made.artifact.digest) == made
    assert keys_in(store) == [
        keys.artifact("shop", made.artifact.digest),
        keys.build("shop", commit, made.section),
    ]
    assert scratches(settings) == []


def test_a_new_section_is_built_anew_and_the_same_artifact_kept_once(source: Source, settings: Settings) -> None:
    commit = source.commit(main="1")
    store = open_place(settings.store)
    first = builds.build(work(settings, shop(source), commit, store))
    second = builds.build(work(settings, shop(source, stages=f"{{nothing: {stage('')}}}"), commit, store))
    assert first.section != second.section and first.artifact == second.artifact
    assert len(keys_in(store)) == 3


def test_stages_run_in_their_order_on_the_commit_alone(source: Source, settings: Settings) -> None:
    commit = source.commit(main="1")
    (source.folder / "main").write_text("dirty")
    (source.folder / "untracked").write_text("x")
    one, two = stage("import os; seen = os.listdir(); open('seen', 'w').write(str(seen))"), stage("open('two', 'w')")
    made = builds.build(work(settings, shop(source, stages=f"{{one: {one}, two: {two}}}"), commit))
    found = content(open_place(settings.store), made.artifact.digest)
    assert found == {"main": "1", "seen": "['main']", "two": ""}
    assert {path.name for path in source.folder.iterdir()} == {".git", "main", "untracked"}


def test_a_stage_sees_nothing_of_ours(source: Source, settings: Settings) -> None:
    told = stage("import os, json; json.dump(dict(os.environ), open('told', 'w'))")
    commit = source.commit(main="1")
    with environment({"SHOP_PASSWORD": "hunter2secret", "MAINSTAY_STORE": "/x", "PREFECT_API_URL": "http://x"}):
        made = builds.build(work(settings, shop(source, stages=f"{{tell: {told}}}"), commit))
    seen = json.loads(content(open_place(settings.store), made.artifact.digest)["told"])
    ours = {name for name in seen if name.startswith(("MAINSTAY", "PREFECT", "SHOP", "GIT", "AWS"))}
    assert ours == set(marks.OF_A_CHANGE)
    assert seen["HOME"] == str(settings.home / "builds" / "homes" / "shop")


def test_two_clones_of_one_commit_become_one_artifact(source: Source, tmp_path: Path) -> None:
    commit = source.commit(main="print(1)", lib__x="2")
    system = shop(source, stages=f"{{compile: [{PYTHON}, -m, compileall, -q, .]}}")
    one, two = (builds.build(work(installation(tmp_path / n), system, commit)).artifact for n in "ab")
    assert one == two


def test_a_failing_stage_says_which_and_its_last_words(source: Source, settings: Settings) -> None:
    fails = stage("import sys; print('line 1'); print('expected 3, got 4'); sys.exit(7)")
    made = work(settings, shop(source, stages=f"{{test: {fails}, later: {stage('open(1/0)')}}}"), source.commit(a="1"))
    said = failure(made)
    assert "nothing was changed: stage test" in said and "exit 7" in said and "expected 3, got 4" in said
    assert str(made.log) in said and "later" not in made.log.read_text()
    assert "expected 3, got 4" in made.log.read_text() and made.log.stat().st_mode & 0o777 == 0o600


def test_a_stage_that_is_no_program_is_named(source: Source, settings: Settings) -> None:
    assert "stage test (no-such-program" in failure(
        work(settings, shop(source, stages="{test: [no-such-program, x]}"), source.commit(a="1"))
    )


def test_a_stage_beyond_its_deadline_is_ended_with_all_it_started(source: Source, settings: Settings) -> None:
    pid = settings.home.parent / "pid"
    hangs = stage(
        f"import subprocess, time; p = subprocess.Popen([{PYTHON!r}, '-c', 'import time; time.sleep(99)']);"
        f"open({str(pid)!r}, 'w').write(str(p.pid)); time.sleep(99)"
    )
    said = failure(work(settings, shop(source, stages=f"{{hang: {hangs}}}", deadline_seconds=3), source.commit(a="1")))
    assert "did not end within 3 s" in said
    assert gone(int(pid.read_text()))


def test_what_a_stage_left_running_is_ended_with_it(source: Source, settings: Settings) -> None:
    leaves = stage(
        f"import subprocess; p = subprocess.Popen([{PYTHON!r}, '-c', 'import time; time.sleep(99)']);"
        "open('pid', 'w').write(str(p.pid))"
    )
    made = builds.build(work(settings, shop(source, stages=f"{{leave: {leaves}}}"), source.commit(a="1")))
    assert gone(int(content(open_place(settings.store), made.artifact.digest)["pid"]))


@needs_root
@pytest.mark.parametrize(
    ("spoil", "meaning"),
    [
        (fill, "No space left on device. Mend that (if no space is left, free some room there)"),
        (only_to_be_read, "its file system can only be read"),
    ],
)
def test_a_disk_that_takes_no_more_is_said_with_its_place(
    source: Source, settings: Settings, spoil: Callable[[Path], None], meaning: str
) -> None:
    made = work(settings, shop(source), source.commit(main="1"))
    with small_disk(settings.home / "builds", megabytes=1):
        spoil(settings.home / "builds")
        said = failure(made)
    assert "nothing was changed" in said and str(settings.home / "builds") in said and meaning in said


def test_a_missing_artifact_is_named(source: Source, settings: Settings) -> None:
    said = failure(work(settings, shop(source, artifact="[dist]"), source.commit(a="1")))
    assert "build.artifact names dist, and there is no such thing after the stages, only: a." in said


def test_a_link_that_leads_out_of_the_source_is_refused(source: Source, settings: Settings) -> None:
    source.folder.joinpath("secrets").symlink_to("/etc")
    assert "cannot be built" in failure(work(settings, shop(source), source.commit(a="1")))


def test_of_two_builders_both_have_what_the_first_recorded(source: Source, settings: Settings, store: Door) -> None:
    """Their stages give each another artifact; the second builds while the first records."""
    commit = source.commit(a="1")
    system = shop(source, stages=f"{{dice: {stage('import os; open(str(1), chr(119)).write(os.urandom(9).hex())')}}}")
    slow = work(settings, system, commit, store)
    winners = [builds.build(replace(slow, progress=lambda *_: None))]
    store.delete(keys.build("shop", commit, slow.section))  # as if it had been seen before the first was done

    def beside(done: int, of: int, what: str) -> None:
        if done == of - 1:
            winners.append(builds.build(replace(slow, progress=lambda *_: None)))

    assert builds.build(replace(slow, progress=beside)) == winners[1] != winners[0]


def test_a_record_whose_artifact_is_gone_is_built_anew(source: Source, settings: Settings, store: Door) -> None:
    prepared = work(settings, shop(source), source.commit(a="1"), store)
    first = builds.build(prepared)
    store.delete(keys.artifact("shop", first.artifact.digest))
    again = builds.build(prepared)
    assert again.artifact == first.artifact and content(store, again.artifact.digest) == {"a": "1"}


def test_what_was_put_under_the_name_of_an_artifact_is_noticed(source: Source, settings: Settings) -> None:
    poisoned = Poisoned(Path(open_place(settings.store).address))
    with pytest.raises(StoreLost, match="lies something that its content does not call so"):
        builds.build(work(settings, shop(source), source.commit(a="1"), poisoned))
    assert scratches(settings) == []


def test_it_tells_how_far_it_is(source: Source, settings: Settings) -> None:
    told: list[tuple[int, int, str]] = []
    system, commit = shop(source, stages=f"{{test: {stage('')}, pack: {stage('')}}}"), source.commit(a="1")
    builds.build(replace(work(settings, system, commit), progress=lambda *words: told.append(words)))
    assert [words[:2] for words in told] == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert [words[2].split()[-1] for words in told] == [commit[:12], "test", "pack", "artifact"]


def test_killed_anywhere_in_it_the_next_one_builds(source: Source, settings: Settings) -> None:
    commit = source.commit(**{f"f{n}": os.urandom(20_000).hex() for n in range(50)})
    stages = f"{{wait: {stage('import time; time.sleep(0.3)')}}}"
    build_rig.kill(8, 0.1, "build", str(settings.home.parent), str(source.folder), commit, stages)
    made = builds.build(work(settings, shop(source, stages=stages), commit))
    assert len(content(open_place(settings.store), made.artifact.digest)) == 50
    assert builds.build(work(settings, shop(source, stages=f"{{other: {stage('')}}}"), commit)).commit == commit
    assert scratches(settings) == [], "what the dead left is gone"


def test_a_killed_builders_stage_dies_with_it_and_carries_its_mark(source: Source, settings: Settings) -> None:
    """The stage itself at once; what it started is found by its mark, and keeper ends it."""
    pid = settings.home.parent / "pid"
    waits = stage(
        f"import os, subprocess, time; p = subprocess.Popen([{PYTHON!r}, '-c', 'import time; time.sleep(99)']);"
        f"open({str(pid)!r}, 'w').write(f'{{os.getpid()}} {{p.pid}}'); time.sleep(99)"
    )
    commit = source.commit(a="1")
    argv = [PYTHON, "-m", "tests.doors.builders", "build", str(settings.home.parent), str(source.folder), commit]
    child = subprocess.Popen([*argv, f"{{wait: {waits}}}"], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
    try:
        until(lambda: pid.exists() and len(pid.read_text().split()) == 2)
    finally:
        child.kill()
        child.communicate()
    own, grandchild = map(int, pid.read_text().split())
    try:
        assert gone(own)
        left = marks.orphans_of_changes(settings.home)
        assert [each.pid for each in left[f"build-{commit[:12]}"]] == [grandchild]
    finally:
        psutil.Process(grandchild).kill()


class Poisoned(DirectoryStore):
    """Somebody writes something else under every key that is uploaded, just before it is."""

    @contextmanager
    def upload(self, key: str) -> Iterator[Upload]:
        self.publish(key, b"something else")
        with super().upload(key) as upload:
            yield upload


def gone(pid: int) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False
