"""What a prober says agrees with what the site counted itself, whatever the site does to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.probing import probing
from mainstay.sights import Kind
from tests.doors.moody_site import Site, after, agree, moody_site, target_of

EVERY: tuple[Kind, ...] = ("fresh", "kept")


@pytest.fixture
def site() -> Iterator[Site]:
    with moody_site() as site:
        yield site


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
    with probing(target_of(site, patience_seconds=5), tmp_path) as prober:
        site.moods = dict.fromkeys(EVERY, "stall")
        after(lambda: site.given("stall", *EVERY) >= 3)
        site.moods = {}
        after(lambda: prober.count().failed == site.given("stall", *EVERY))
    count = prober.count()
    assert count.failed == site.given("stall", *EVERY)
    assert "no answer within 5 s" in count.examples[0].why
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
        after(lambda: bool(prober.count().changeovers))
    handover, *others = prober.count().changeovers
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
