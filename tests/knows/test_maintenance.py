import pytest

from mainstay.errors import BadInput
from mainstay.maintenance import LONGEST_WORDS, NO_PAGE, SetPage, judge_words, plan_maintenance, plan_way_back


def test_only_hosts_that_differ_are_touched_and_the_others_say_why_not() -> None:
    plan = plan_maintenance("Back at 9", {"a": NO_PAGE, "b": "Back at 9"})
    assert plan.steps == (SetPage("a", NO_PAGE, "Back at 9"),)
    assert plan.reasons == (
        "a shows the application and is to show the page «Back at 9»",
        "b already shows the page «Back at 9»",
    )


def test_the_way_back_undoes_exactly_what_was_done_so_far() -> None:
    plan = plan_maintenance("Back at 9", {"a": NO_PAGE, "b": "Old words"})
    half_done = {"a": "Back at 9", "b": "Old words"}
    assert plan_way_back(plan.before, half_done).steps == (SetPage("a", "Back at 9", NO_PAGE),)


def test_the_way_back_of_an_untouched_change_is_empty() -> None:
    shown = {"a": NO_PAGE, "b": NO_PAGE}
    plan = plan_maintenance("Back at 9", shown)
    assert plan_way_back(plan.before, shown).steps == ()


@pytest.mark.parametrize("words", ["", "   ", "two\nlines", "x" * (LONGEST_WORDS + 1)])
def test_words_that_a_page_cannot_show_are_refused(words: str) -> None:
    with pytest.raises(BadInput, match="one line"):
        judge_words("up", words)


def test_taking_a_page_down_needs_no_words() -> None:
    assert judge_words("down", "") == NO_PAGE
