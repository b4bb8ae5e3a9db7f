"""A prober ends with its story, at its word or by its death, and says what it could not see."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from edge import processes
from edge.probing import Prober, probing
from mainstay.sights import read_lines, to_words
from tests.doors.moody_site import Site, after, agree, moody_site, stop_asking, target_of
from tests.doors.test_processes import gone


@pytest.fixture
def site() -> Iterator[Site]:
    with moody_site() as site:
        yield site


def test_it_ends_when_asked_and_tells_what_had_no_answer_yet(site: Site, tmp_path: Path) -> None:
    with probing(target_of(site), tmp_path) as prober:
        after(lambda: prober.count().asked >= 2)
        site.moods = {"fresh": "stall"}
        after(lambda: site.given("stall", "fresh") >= 2)
        began = time.monotonic()
    assert time.monotonic() - began < 3, "promised is one second, and the machine may be busy"
    count = prober.count()
    assert (count.failed, count.blind) == (0, "")
    assert count.unfinished == site.given("stall", "fresh")
    agree(site, count)


def test_a_slow_answer_under_way_may_come_before_it_ends(site: Site, tmp_path: Path) -> None:
    with probing(target_of(site, slow=True), tmp_path) as prober:
        after(lambda: site.asked("slow") >= 2)
        stop_asking(prober)
    count = prober.count()
    assert count.of("slow").asked == site.asked("slow") == 2
    assert (count.failed, count.unfinished) == (0, 0)


def test_on_the_way_back_nobody_waits_for_a_slow_answer(site: Site, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), probing(target_of(site, slow=True), tmp_path) as prober:
        after(lambda: site.asked("slow") >= 2)
        raise RuntimeError("the release is bad")
    assert not processes.alive(running(prober))
    assert prober.count().blind == ""


def running(prober: Prober) -> processes.Identity:
    assert prober.child is not None
    return prober.child


def test_a_prober_that_dies_is_said_in_the_count_and_raises_nothing(site: Site, tmp_path: Path) -> None:
    with probing(target_of(site), tmp_path) as prober:
        after(lambda: prober.count().asked >= 2)
        os.kill(running(prober).pid, signal.SIGKILL)
        after(lambda: prober.count().blind != "")
        assert "died" in prober.count().blind
    assert prober.count().asked >= 2


def test_a_prober_that_hangs_is_said_in_the_count(site: Site, tmp_path: Path) -> None:
    with probing(target_of(site), tmp_path) as prober:
        after(lambda: prober.count().asked >= 2)
        os.kill(running(prober).pid, signal.SIGSTOP)
        a_minute_ago = time.time() - 60
        os.utime(prober.file, (a_minute_ago, a_minute_ago))
        assert "has said nothing for 60 s" in prober.count().blind
        os.kill(running(prober).pid, signal.SIGCONT)
    assert prober.count().blind == ""


def test_a_line_that_cannot_be_read_is_said_in_the_count(site: Site, tmp_path: Path) -> None:
    with probing(target_of(site), tmp_path) as prober:
        with prober.file.open("ab") as file:
            file.write(b"\xff\n")
        after(lambda: prober.count().blind != "")
    assert "cannot be read" in prober.count().blind


def test_a_prober_that_cannot_start_is_said_in_the_count_and_raises_nothing(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with probing(target_of(site), tmp_path / "file" / "probes") as prober:
        count = prober.count()
    assert "could not be started" in count.blind
    assert count.asked == 0


def test_a_prober_with_nothing_to_ask_says_so(tmp_path: Path) -> None:
    with probing(None, tmp_path) as prober:
        assert "nothing here answers" in prober.count().blind


HOLDER = """
import sys
from pathlib import Path
from edge.probing import probing
from mainstay.sights import read_target
with probing(read_target(sys.argv[1]), Path(sys.argv[2])) as prober:
    print(prober.child.pid, flush=True)
    sys.stdin.read()
"""


def test_it_dies_with_its_parent(site: Site, tmp_path: Path) -> None:
    argv = [sys.executable, "-c", HOLDER, to_words(target_of(site)), str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        child = processes.identify(int(holder.stdout.readline()))
        assert child is not None
        assert processes.alive(child)
        holder.kill()
    assert gone(child)


UNTIED = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "edge.prober", *sys.argv[1:]], start_new_session=True)
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_where_the_kernel_does_not_end_it_with_its_parent_it_ends_itself(site: Site, tmp_path: Path) -> None:
    target, file = tmp_path / "target.json", tmp_path / "probes.jsonl"
    target.write_text(to_words(target_of(site)))
    argv = [sys.executable, "-c", UNTIED, str(target), str(file)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        child = processes.identify(int(holder.stdout.readline()))
        assert child is not None
        after(lambda: file.exists() and len(read_lines(file.read_bytes()).sights) >= 2)
        holder.kill()
    try:
        assert gone(child)
    finally:
        processes.end(child, grace_seconds=2)
    assert read_lines(file.read_bytes()).unfinished == {}


def test_it_takes_little_of_a_core(site: Site, tmp_path: Path) -> None:
    with probing(target_of(site, slow=True, websocket=True), tmp_path) as prober:
        process = psutil.Process(running(prober).pid)
        began, used = time.monotonic(), sum(process.cpu_times()[:2])
        time.sleep(3)
        share = (sum(process.cpu_times()[:2]) - used) / (time.monotonic() - began)
    assert share < 0.05
