"""A person's word is for one release in one release's place, and not for ever."""

from dataclasses import replace
from datetime import timedelta

from mainstay.approvals import CHECKS, VALID, Waiting, binding, given, how_to_agree
from mainstay.descriptor.service import Color
from tests.knows.releases_world import MIDNIGHT, going_live, recorded, release

WAITING = Waiting("v2", "a" * 40, "data", False, False, "ci", MIDNIGHT)


def test_it_holds_until_it_expires_and_not_a_moment_longer() -> None:
    word = given("shop", "production", going_live(), WAITING, "anna", MIDNIGHT)
    assert word.holds("data", False, [], MIDNIGHT) and not word.holds("data", False, [], MIDNIGHT + VALID)
    assert not word.holds("contract", False, [], MIDNIGHT), "a higher price is another thing to agree to"
    assert word.expires_at == MIDNIGHT + VALID


def test_a_word_for_one_price_is_none_for_another_and_the_command_says_which() -> None:
    word = given("shop", "production", going_live(), WAITING, "anna", MIDNIGHT)
    assert not word.holds("data", True, [], MIDNIGHT), "nor is it for what was switched back"
    dear = replace(WAITING, again=True)
    assert how_to_agree("shop", "production", dear).endswith(f"production {dear.commit} --accept data --again")


def test_a_release_that_a_word_sends_out_by_its_commit_keeps_the_name_that_was_asked_for() -> None:
    by_commit = replace(going_live(), version=release("v2").commit)
    word = given("shop", "production", by_commit, WAITING, "anna", MIDNIGHT)
    assert (word.version, word.called(by_commit)) == ("v2", "v2")
    assert word.called(replace(by_commit, version="main")) == "main", "whoever names it himself means that name"


def test_it_is_spent_when_its_deploy_has_ended_however_it_ended() -> None:
    word = given("shop", "production", going_live(), WAITING, "anna", MIDNIGHT)
    later, others = MIDNIGHT + timedelta(hours=1), [recorded("v1", hour=1), recorded("v2", hour=-1)]
    assert word.holds("data", False, others, later)
    assert not word.holds("data", False, [recorded("v2", "RolledBack", hour=1), *others], later)


def test_it_says_who_agreed_to_what_and_what_he_looked_at() -> None:
    word = given("shop", "production", going_live(), WAITING, "anna", MIDNIGHT)
    assert (word.by, word.release, word.live, word.checks) == ("anna", release("v2").id, release("v1").id, CHECKS)
    assert given("shop", "production", going_live(before=None), WAITING, "anna", MIDNIGHT).live is None


def test_another_release_or_another_one_in_its_place_needs_another_word() -> None:
    words = {binding(going_live(new, old)) for new, old in [("v2", "v1"), ("v3", "v1"), ("v2", "v3"), ("v2", None)]}
    assert len(words) == 4


def test_another_configuration_is_another_release() -> None:
    plan = going_live()
    changed = replace(plan, release=replace(plan.release, configuration="d" * 64))
    assert binding(changed) != binding(plan)


def test_how_a_person_called_it_and_which_color_it_takes_change_nothing() -> None:
    blue: Color = "blue"
    plan = going_live()
    assert binding(replace(plan, version="main", to=blue, reasons=())) == binding(plan)
