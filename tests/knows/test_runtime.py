import pytest

from mainstay.runtime import BEGINS, of_the_last_start


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["no database"], ["no database"]),
        ([f"{BEGINS}1", "no database", f"{BEGINS}2", "no database"], ["no database"]),
        ([f"{BEGINS}1", "no database", f"{BEGINS}2"], ["no database"]),
        ([f"{BEGINS}1"], []),
        ([], []),
    ],
)
def test_what_a_dead_release_said_is_quoted_once_and_without_our_own_words(lines: list[str], said: list[str]) -> None:
    assert list(of_the_last_start(lines)) == said
