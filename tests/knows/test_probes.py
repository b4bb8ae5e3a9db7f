from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mainstay.colors import CHOOSE, SHOWS
from mainstay.descriptor.parsing import parse_system
from mainstay.descriptor.system import System
from mainstay.probe_report import lines, numbers, sentence
from mainstay.probes import Count, target_of
from mainstay.sights import Kind, Sight
from tests.knows.whole_system import GOOD

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def seen(
    at: float, shows: str = "blue", *, status: int = 200, kind: Kind = "fresh", seconds: float = 0.01, why: str = ""
) -> Sight:
    return Sight(NOON + timedelta(seconds=at), kind, 0 < status < 500, status, shows, seconds, why)


def closed(at: float, *, ok: bool = True, away: float = 0.2, back_on: str = "green", code: int = 1012) -> Sight:
    return replace(seen(at, back_on, status=code, kind="websocket", seconds=away), ok=ok)


def counted(*sights: Sight) -> Count:
    return Count().after(sights)


def every_quarter(first: float, last: float, shows: str = "blue", *, status: int = 200) -> Iterable[Sight]:
    return (seen(first + n / 4, shows, status=status) for n in range(int((last - first) * 4)))


def read(text: str) -> System:
    return parse_system(text, "systems/shop.yaml")


def test_faults_of_the_server_and_silence_are_failures_and_faults_of_the_question_are_not() -> None:
    count = counted(seen(0), seen(1, status=404), seen(2, status=500), seen(3, status=502), seen(4, "", status=0))
    assert (count.failed, count.asked) == (3, 5)
    assert sentence(count) == "3 of 5 failed."


def test_before_a_first_release_there_is_nothing_to_fail() -> None:
    count = counted(*every_quarter(0, 2, "nothing", status=503), seen(2, "blue"))
    assert (count.failed, count.closed, count.asked) == (0, 8, 1)


def test_a_page_that_was_up_before_is_no_failure_of_the_switch() -> None:
    count = counted(*every_quarter(0, 5, "page", status=503))
    assert (count.failed, count.closed, count.asked, count.longest_gap_seconds) == (0, 20, 0, 0)
    assert "saw nothing" in sentence(count)


@pytest.mark.parametrize("shows", ["page", "nothing"])
def test_a_page_that_users_meet_after_they_were_served_is_a_failure(shows: str) -> None:
    count = counted(seen(0), seen(1, shows, status=503), seen(2))
    assert (count.failed, count.closed, count.asked) == (1, 0, 3)


def test_who_asked_before_the_house_opened_met_it_closed_though_the_answer_came_later() -> None:
    count = counted(seen(0, "blue"), seen(-0.02, "nothing", status=503, seconds=0.05))
    assert (count.failed, count.closed) == (0, 1)


def test_a_503_of_the_application_is_a_failure_from_the_first_moment() -> None:
    assert counted(seen(0, "blue", status=503)).failed == 1


def test_questions_to_one_color_are_not_those_of_users() -> None:
    count = counted(seen(0), seen(1, "green", kind="green", status=502))
    assert (count.failed, count.asked) == (0, 1)
    assert count.of("green").failed == 1


def test_the_switch_is_where_the_answers_change() -> None:
    (handover,) = counted(*every_quarter(0, 1), *every_quarter(1, 2, "green")).changeovers
    assert (handover.last_old.what, handover.first_new.what) == ("blue", "green")
    assert handover.last_old.asked == NOON + timedelta(seconds=0.75)
    assert handover.first_new.asked == NOON + timedelta(seconds=1)


def test_a_slow_answer_of_the_old_color_that_was_asked_before_the_switch_is_not_a_way_back() -> None:
    late = seen(0.5, "blue", kind="slow", seconds=2)
    (handover,) = counted(seen(0), seen(1, "green"), late, seen(3, "green")).changeovers
    assert handover.last_old.asked == late.at
    assert handover.last_old.answered == late.answered > handover.first_new.answered


def test_a_switch_and_the_way_back_are_two() -> None:
    count = counted(*every_quarter(0, 1), *every_quarter(1, 2, "green"), *every_quarter(2, 3))
    assert [(each.last_old.what, each.first_new.what) for each in count.changeovers] == [
        ("blue", "green"),
        ("green", "blue"),
    ]


def test_an_answer_of_the_old_color_to_a_later_question_is_seen_as_wavering() -> None:
    assert len(counted(seen(0), seen(1, "green"), seen(2), seen(3, "green")).changeovers) == 3


def test_the_gap_is_the_longest_time_without_a_good_answer() -> None:
    count = counted(seen(0), seen(1, status=502), seen(2.5), seen(2.6))
    assert count.longest_gap_seconds == pytest.approx(2.5)


def test_a_gap_that_has_not_ended_counts() -> None:
    assert counted(seen(0), seen(3, status=502)).longest_gap_seconds == pytest.approx(3)


def test_slow_questions_and_websockets_fill_no_gap() -> None:
    count = counted(seen(0), seen(1, kind="slow"), seen(1.5, status=101, kind="websocket"), seen(2))
    assert count.longest_gap_seconds == pytest.approx(2)


def test_a_websocket_that_came_back_in_time_is_no_failure() -> None:
    count = counted(seen(0, status=101, kind="websocket"), closed(1))
    assert (count.failed, count.closings.number, count.closings.failed, count.closings.back_on) == (0, 1, 0, "green")
    assert any("closed 1 time(s), 0 of them not as agreed" in said for said in lines(count))


def test_a_websocket_that_was_torn_is_one_failure() -> None:
    count = counted(closed(1), closed(2, ok=False, code=1006, back_on="green", away=0))
    assert (count.failed, count.closings.number, count.closings.failed, count.asked) == (1, 2, 1, 2)


def test_a_count_is_carried_on_as_if_it_had_been_made_at_once() -> None:
    sights = [*every_quarter(0, 2), seen(2, status=500), closed(2.1), *every_quarter(2.2, 4, "green")]
    for cut in range(len(sights)):
        assert counted(*sights[:cut]).after(sights[cut:]) == counted(*sights)


def test_the_report_says_what_failed_and_when_and_on_which_color() -> None:
    reset = seen(1.5, "", status=0, kind="kept", why="ConnectionResetError: reset")
    said = "\n".join(lines(replace(counted(seen(0), reset, seen(2, "green", status=500)), unfinished=2)))
    assert "**2 of 3 failed.** 1 of 2 fresh, 1 of 1 kept, 0 of 0 slow, 0 of 0 websocket." in said
    assert "Failed at 12:00:01.500: kept: ConnectionResetError: reset" in said
    assert "Failed at 12:00:02.000: fresh (green): answered 500" in said
    assert "2 more had no answer yet" in said


def test_the_report_of_a_site_that_wavers_without_end_stays_short() -> None:
    count = counted(*(seen(n, ("blue", "green")[n % 2], status=500) for n in range(500)))
    assert len(lines(count)) < 20


def test_a_blind_prober_is_said_first_and_is_in_the_record() -> None:
    count = replace(counted(seen(0)), blind="the prober died (without a word)")
    assert sentence(count) == "0 of 1 failed; this is not all there was to see: the prober died (without a word)."
    assert numbers(count)["blind"] == 1


def test_the_numbers_of_the_record_add_up() -> None:
    said = numbers(counted(seen(0), seen(1, kind="kept"), seen(2, status=500, kind="slow"), seen(3, kind="blue")))
    kinds = ("fresh", "kept", "slow", "websocket")
    assert said["probes"] == sum(said[f"probes_{kind}"] for kind in kinds) == 3
    assert said["probes_failed"] == sum(said[f"probes_{kind}_failed"] for kind in kinds) == 1


def test_the_manual_is_asked_as_its_users_ask() -> None:
    target = target_of(parse_system(Path("systems/practice.yaml").read_text(), "systems/practice.yaml"), "production")
    assert target is not None
    assert (target.shows, target.choose) == (SHOWS, CHOOSE)
    assert target.page.endswith("/customers")
    assert target.slow is not None
    assert target.websocket is not None
    assert target.slow.endswith("/slow?seconds=2")
    assert target.websocket.startswith("ws://127.0.0.1:")
    assert len(set(target.colors.values())) == 1, "both are asked at the preview address, by a header"


def test_without_a_preview_each_color_is_asked_at_its_port_there_and_without_a_page_for_the_first() -> None:
    target = target_of(read(GOOD), "production")
    assert target is not None
    assert target.colors == {"green": "http://127.0.0.1:4002/", "blue": "http://127.0.0.1:4001/"}
    assert target.page.endswith("/")
    assert (target.slow, target.websocket) == (None, None)


def test_where_nothing_is_behind_a_proxy_there_is_nothing_to_ask() -> None:
    site = read(GOOD)
    place = site.environments["production"].model_copy(update={"proxy": None})
    assert target_of(site.model_copy(update={"environments": {"production": place}}), "production") is None


def test_over_tls_the_websocket_is_too() -> None:
    site = read(GOOD.replace("health: /health", "health: /health\n    probe: {websocket: /live}"))
    proxy = site.environments["production"].proxy
    assert proxy is not None
    public = proxy.model_copy(update={"public_url": "https://shop.example.com/"})
    place = site.environments["production"].model_copy(update={"proxy": public})
    target = target_of(site.model_copy(update={"environments": {"production": place}}), "production")
    assert target is not None
    assert (target.page, target.websocket) == ("https://shop.example.com/", "wss://shop.example.com/live")
