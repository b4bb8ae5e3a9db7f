"""What a person types means one commit, or he reads what to type instead."""

import pytest

from mainstay.errors import BadInput
from mainstay.versions import Names, choose, is_full_commit, judged, may_be_commit

NAMES = Names(("v1.4.2", "v1.4.1", "v1.4.0", "v1.3", "v1.2", "v1.1"), ("main", "feature/login"))
COMMIT, OTHER = "9fceb02" + "0" * 33, "9fceb02" + "1" * 33
ADDRESS = "https://example.com/shop.git"


@pytest.mark.parametrize(
    "version", ["v1.4.2", "main", "feature/login", "9fceb02", "релиз-1", "1.0+build", "a@b", "x#1"]
)
def test_a_name_git_could_have_given_is_a_version(version: str) -> None:
    assert judged(version) == version


BAD = ["", " ", "-", "-n", "--all", "a b", "a\nb", "\x00", "x" * 201, "*", "v?", "$(id)", "a;b", "a:b", "refs\\x"]
BAD += [
    "HEAD~1",
    "HEAD^",
    "@",
    "@{u}",
    "x@{1}",
    ".",
    "/",
    "/a",
    "a/",
    "a//b",
    "a..b",
    "a/.b",
    "a.",
    "a.lock",
    "a.lock/b",
]


@pytest.mark.parametrize("version", BAD)
def test_what_git_could_take_for_something_else_is_refused(version: str) -> None:
    with pytest.raises(BadInput, match="cannot be a version"):
        judged(version)


def test_a_dirty_tree_is_refused_with_what_to_do() -> None:
    with pytest.raises(BadInput, match="Commit and push them"):
        judged("v1.4.2-3-g9fceb02-dirty")


def test_spaces_around_it_are_nobodys_intention() -> None:
    assert judged(" main\n") == "main"


def test_a_commit_is_written_in_small_letters() -> None:
    assert judged(COMMIT.upper()) == COMMIT and is_full_commit(COMMIT.upper())


@pytest.mark.parametrize(("word", "may"), [("9fceb02", True), ("9fceb0", False), ("9FCEB02A", True), ("main", False)])
def test_seven_digits_may_be_a_commit(word: str, may: bool) -> None:
    assert may_be_commit(word) is may


def test_one_commit_is_chosen_whatever_it_is_called() -> None:
    assert choose("v1", {"tag": COMMIT, "branch": COMMIT}, NAMES, ADDRESS) == COMMIT


def test_two_meanings_are_named() -> None:
    with pytest.raises(BadInput, match=r"more than one commit .*branch: 9fceb0211111; tag: 9fceb0200000"):
        choose("v1", {"tag": COMMIT, "branch": OTHER}, NAMES, ADDRESS)


def test_an_unknown_one_names_what_is_near_and_what_is_known() -> None:
    with pytest.raises(BadInput) as told:
        choose("v1.42", {}, NAMES, ADDRESS)
    assert str(told.value) == (
        "v1.42 is no tag, branch or commit of https://example.com/shop.git; did you mean v1.4.2; "
        "known tags: v1.4.2, v1.4.1, v1.4.0, v1.3, v1.2 and 1 more; branches: main, feature/login."
    )


def test_an_empty_repository_says_so() -> None:
    with pytest.raises(BadInput, match="it has no tag and no branch"):
        choose("main", {}, Names(), ADDRESS)
