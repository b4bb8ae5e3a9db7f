"""When the old color may end, and when that is begun anew."""

from datetime import datetime, timedelta

import pytest

from mainstay.colors import Standing
from mainstay.errors import Refused
from mainstay.retire import AGAIN, key, plan_retirement
from tests.knows.releases_world import MIDNIGHT, showing


def until(minutes: float) -> str:
    return (MIDNIGHT + timedelta(minutes=minutes)).isoformat()


def test_it_ends_when_its_time_is_over_and_not_before() -> None:
    standings = [showing("green", warm=until(0))]
    assert plan_retirement(standings, MIDNIGHT - timedelta(seconds=1)).color is None
    over = plan_retirement(standings, MIDNIGHT)
    assert (over.color, over.since) == ("blue", MIDNIGHT)


def test_what_users_see_is_never_what_ends() -> None:
    assert plan_retirement([showing("blue", warm=until(-1))], MIDNIGHT).color == "green"
    assert plan_retirement([showing("green", warm=until(-1))], MIDNIGHT).color == "blue"


@pytest.mark.parametrize(
    ("standings", "why"),
    [
        ([showing("green")], "nothing is kept warm beside green"),
        ([showing(None, warm=until(-1))], "no color is live everywhere"),
        ([showing("green", warm=until(-1)), showing("blue", host="second")], "no color is live everywhere"),
        ([showing("green", warm=until(-1)), showing("green", host="second", warm=until(1))], "blue stays warm until"),
        ([], "no color is live everywhere"),
    ],
)
def test_why_none_ends(standings: list[Standing], why: str) -> None:
    plan = plan_retirement(standings, MIDNIGHT)
    assert plan.color is None and plan.since is None and why in plan.reason


def test_where_only_one_host_remembers_it_is_over_there() -> None:
    assert plan_retirement([showing("green", warm=until(-1)), showing("green", host="second")], MIDNIGHT).color


@pytest.mark.parametrize("words", ["tomorrow", "2026-11-20T12:00:00"])
def test_what_is_no_time_retires_nothing_and_is_named(words: str) -> None:
    with pytest.raises(Refused, match=f"of main says '{words}', which is no time"):
        plan_retirement([showing("green", warm=words)], MIDNIGHT)


def asked(now: datetime, since: datetime = MIDNIGHT, environment: str = "production") -> str:
    return key("shop", environment, since, now)


def test_it_is_asked_for_once_and_again_when_it_did_not_come_to_its_end() -> None:
    assert asked(MIDNIGHT) == asked(MIDNIGHT + AGAIN - timedelta(seconds=1)) != asked(MIDNIGHT + AGAIN)


def test_another_window_or_environment_is_another_question() -> None:
    assert len({asked(MIDNIGHT), asked(MIDNIGHT, MIDNIGHT - AGAIN / 2), asked(MIDNIGHT, environment="staging")}) == 3
