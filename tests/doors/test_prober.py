"""What a prober says agrees with what the site counted itself, whatever the site does to it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from edge import processes
from edge.probing import Prober, probing
from mainstay.probes import Count
from mainstay.sights import PUBLIC, Kind, read_lines, to_words
from tests.doors.moody_site import Site, moody_site, target_of
from tests.doors.test_processes import gone

EVERY: tuple[Kind, ...] = ("fresh", "kept")


@pytest.fixture
def site() -> Iterator[Site]:
    with moody_site() as site:
        yield site


def after(condition: Callable[[], bool], *, seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.02)


def agree(site: Site, count: Count) -> None:
    """Everything that was asked is told, once."""
    told = [count.of(kind).asked for kind in PUBLIC if kind != "websocket"]
    assert sum(told) + count.unfinished == site.asked(*EVERY, "slow")


def test_a_healthy_site_is_asked_evenly_and_nothing_fails(site: Site, tmp_path: Path) -> None:
    with probing(target_of(site, slow=True, websocket=True), tmp_path / "probes") as prober:
        after(lambda: prober.count().of("slow").asked >= 1 and prober.count().of("websocket").asked >= 4)
    count = prober.count()
    assert (count.failed, count.closed, count.blind, count.closings.number) == (0, 0, "", 0)
    assert abs(count.of("fresh").asked - count.of("kept").asked) <= 3
    assert site.connections["kept"] == 1
    assert site.connections["fresh"] == site.asked("fresh")
    assert count.of("blue").asked == site.asked("blue") >= 2
    assert count.of("green").asked == site.asked("green") >= 2
    assert site.agents == {"user-agent: mainstay-prober"}
    agree(site, count)


@pytest.mark.parametrize("mood", ["500", "503", "reset", "cut"])
def test_what_fails_is_counted_as_often_as_it_failed(site: Site, tmp_path: Path, mood: str) -> None:
    with probing(target_of(site), tmp_path) as prober:
        after(lambda: prober.count().of("kept").asked >= 1)
        site.moods = dict.fromkeys(EVERY, mood)
        after(lambda: site.given(mood, "fresh") >= 2 and site.given(mood, "kept") >= 2)
        site.moods = {}
        good = site.asked(*EVERY)
        after(lambda: site.asked(*EVERY) >= good + 4)
    count = prober.count()
    assert count.failed == site.given(mood, *EVERY) >= 4
    assert count.of("kept").failed == site.given(mood, "kept")
    assert count.of("blue").failed == 0
    agree(site, count)


def test_an_answer_that_never_comes_is_one_failure_when_the_patience_is_over(site: Site, tmp_path: Path) -> None:
    with probing(target_of(site, patience_seconds=1.5), tmp_path) as prober:
        site.moods = dict.fromkeys(EVERY, "stall")
        after(lambda: site.given("stall", *EVERY) >= 3)
        site.moods = {}
        after(lambda: prober.count().failed == site.given("stall", *EVERY))
    count = prober.count()
    assert count.failed == site.given("stall", *EVERY)
    assert "no answer within 1.5 s" in count.examples[0].why
    agree(site, count)


def test_a_site_that_refuses_is_seen_and_seen_to_be_back(site: Site, tmp_path: Path) -> None:
    with probing(target_of(site), tmp_path) as prober:
        after(lambda: prober.count().asked >= 2)
        site.shut()
        site.moods = {"kept": "farewell"}
        after(lambda: prober.count().of("fresh").failed >= 2 and prober.count().of("kept").failed >= 1)
        failed = prober.count()
        site.moods = {}
        site.say(site.open())
        after(lambda: prober.count().of("kept").asked >= failed.of("kept").asked + 3)
    count = prober.count()
    assert count.examples[0].why.startswith("ConnectionRefusedError")
    assert count.asked - count.failed == site.asked(*EVERY)
    assert count.longest_gap_seconds > 0.3


@pytest.mark.parametrize("mood", ["farewell", "hangup"])
def test_a_kept_connection_that_ends_between_two_questions_is_no_failure(site: Site, tmp_path: Path, mood: str) -> None:
    with probing(target_of(site), tmp_path) as prober:
        after(lambda: site.asked("kept") >= 1)
        site.moods = {"kept": mood}
        after(lambda: site.given(mood, "kept") >= 1)
        site.moods = {}
        after(lambda: prober.count().of("kept").asked >= site.given(mood, "kept") + 3)
    assert prober.count().failed == 0
    assert site.connections["kept"] == 1 + site.given(mood, "kept")
    assert sum(sight.why == "on a new connection" for sight in prober.sights().sights) == site.connections["kept"]


def test_a_slow_answer_that_is_cut_is_one_failure(site: Site, tmp_path: Path) -> None:
    site.moods = {"slow": "cut"}
    with probing(target_of(site, slow=True), tmp_path) as prober:
        after(lambda: prober.count().of("slow").failed >= 1)
        site.moods = {}
        after(lambda: prober.count().of("slow").asked > site.given("cut", "slow"))
    count = prober.count()
    assert count.of("slow").failed == site.given("cut", "slow") >= 1
    assert "was cut" in next(each.why for each in count.examples)
    agree(site, count)


def test_one_color_may_fail_alone_and_users_do_not_count_it(site: Site, tmp_path: Path) -> None:
    site.moods = {"green": "500"}
    with probing(target_of(site), tmp_path) as prober:
        after(lambda: prober.count().of("green").failed >= 2)
    count = prober.count()
    assert count.of("green").failed == site.given("500", "green")
    assert (count.of("blue").failed, count.failed) == (0, 0)


def test_a_switch_is_seen_from_outside(site: Site, tmp_path: Path) -> None:
    with probing(target_of(site), tmp_path) as prober:
        after(lambda: prober.count().asked >= 4)
        site.shows = "green"
        after(lambda: bool(prober.count().handovers))
    handover, *others = prober.count().handovers
    assert not others
    assert (handover.last_old.what, handover.first_new.what) == ("blue", "green")
    assert handover.last_old.asked < handover.first_new.asked


def test_sights_are_read_on_from_where_one_stopped(site: Site, tmp_path: Path) -> None:
    with probing(target_of(site), tmp_path) as prober:
        after(lambda: len(prober.sights().sights) >= 4)
        first = prober.sights()
        after(lambda: len(prober.sights(first.offset).sights) >= 4)
    rest = prober.sights(first.offset)
    assert (*first.sights, *rest.sights) == prober.sights().sights
    assert len({(each.kind, each.at) for each in prober.sights().sights}) == len(prober.sights().sights)


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
        prober.stop_asking()
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
