"""Which color takes a release, whether that is still so when its turn comes, and what a journal remembers of it."""

import pytest

from mainstay.deploy import (
    GoLive,
    Live,
    as_after,
    as_before,
    judge_as_described,
    judge_described,
    plan_go_live,
    remembered,
    same_way,
    seen_by_users,
)
from mainstay.descriptor.parsing import parse_system
from mainstay.errors import BadInput, NotFinished, Refused
from tests.knows.releases_world import going_live, release, showing
from tests.knows.whole_system import GOOD, ONLY_A_BOT


def planned(version: str, *standings: object) -> GoLive | None:
    return plan_go_live(version, release(version), standings)  # type: ignore[arg-type]


def test_a_first_release_takes_blue_and_replaces_nothing() -> None:
    plan = planned("v1", showing(None))
    assert plan is not None and plan.first
    assert (plan.to, plan.before, plan.after) == ("blue", None, Live("blue", release("v1").id))


@pytest.mark.parametrize(("shown", "idle"), [("blue", "green"), ("green", "blue")])
def test_a_release_takes_the_color_that_users_do_not_see(shown: str, idle: str) -> None:
    plan = planned("v2", showing(shown, "v1"))  # type: ignore[arg-type]
    assert plan is not None and not plan.first
    assert (plan.to, plan.before) == (idle, Live(shown, release("v1").id))  # type: ignore[arg-type]
    assert "v2 takes" in plan.reasons[0]


def test_what_users_have_is_not_brought_to_them_again() -> None:
    assert planned("v1", showing("blue", "v1"), showing("blue", "v1", host="second")) is None


def test_hosts_that_do_not_agree_are_named_and_nothing_is_planned() -> None:
    with pytest.raises(Refused, match=r"main shows blue .*, second shows green .*set their flags by hand"):
        planned("v2", showing("blue", "v1"), showing("green", "v1", host="second"))
    with pytest.raises(Refused, match="second shows nothing"):
        planned("v2", showing("blue", "v1"), showing(None, host="second"))


def test_a_color_whose_release_nobody_wrote_down_has_no_way_back_so_nothing_is_begun() -> None:
    with pytest.raises(Refused, match=r"Users see blue, and nobody wrote down.*Set blue\.release by hand"):
        seen_by_users([showing("blue").__class__("main", "blue")])


def test_what_the_descriptor_said_when_it_was_planned_is_what_goes_out() -> None:
    agreed = going_live("v2", "v1")
    judge_as_described(agreed, agreed.release.configuration)
    with pytest.raises(Refused, match=r"Nothing was changed: since v2 was planned, the descriptor .*Deploy it again"):
        judge_as_described(agreed, "d" * 64)


def test_a_plan_holds_as_long_as_the_same_is_live() -> None:
    agreed = going_live("v2", "v1")
    assert same_way(agreed, agreed) is agreed


@pytest.mark.parametrize(("now", "found"), [(going_live("v2", "v3"), "v3"), (going_live("v2", None), "nothing")])
def test_a_plan_that_was_overtaken_changes_nothing(now: GoLive, found: str) -> None:
    with pytest.raises(Refused, match="Nothing was changed: when v2 was planned") as refused:
        same_way(going_live("v2", "v1"), now)
    assert f"now it is {found if found == 'nothing' else release(found).id}" in str(refused.value)


def test_what_we_settled_ourselves_changes_only_what_nobody_agreed_to() -> None:
    agreed, now = going_live("v3", "v2"), going_live("v3", "v1")
    assert same_way(agreed, now, settled=True, free=True) is now
    with pytest.raises(Refused, match="settled first"):
        same_way(agreed, now, settled=True, free=False)
    with pytest.raises(Refused, match="another deploy"):
        same_way(agreed, now, settled=False, free=True)


@pytest.mark.parametrize("plan", [going_live(), going_live(before=None), going_live(to="blue")])
def test_a_journal_remembers_the_plan(plan: GoLive) -> None:
    found = remembered(as_before(plan), as_after(plan, migration="expand", approved_by=""))
    assert (found.version, found.release, found.to, found.before) == (plan.version, plan.release, plan.to, plan.before)


def test_only_what_was_said_is_written_beside_the_plan() -> None:
    assert as_after(going_live(), migration="expand")["migration"] == "expand"
    assert "approved_by" not in as_after(going_live(), approved_by="")


def test_what_another_version_wrote_is_not_guessed_at() -> None:
    whole = as_after(going_live())
    for missing in ("commit", "color", "version"):
        with pytest.raises(NotFinished, match="written by another version"):
            remembered(as_before(going_live()), {key: word for key, word in whole.items() if key != missing})
    with pytest.raises(NotFinished):
        remembered(as_before(going_live()), {**whole, "color": "mauve"})


RECREATE = ONLY_A_BOT.replace(
    "  bot:", "  web: {strategy: recreate, start: [x], ports: {blue: 3001}, health: /h}\n  bot:"
)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (ONLY_A_BOT, "shop production has no service that answers HTTP, so there is nothing that could show one color"),
        (RECREATE, "services.web.strategy: recreate is not known to this version"),
    ],
)
def test_what_cannot_be_brought_to_users_is_said_before_anything_is_built(words: str, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        judge_described(parse_system(words, "shop.yaml"), "production")
    assert says in str(refused.value)


def test_a_system_with_a_proxy_and_two_colors_can_be_brought_to_users() -> None:
    judge_described(parse_system(GOOD, "shop.yaml"), "production")
