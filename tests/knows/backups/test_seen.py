"""Names that are read twice: what was there at the moment in between is in what was read, or was gone by then."""

from mainstay.backups.files.scan import UNTRUSTED
from mainstay.backups.files.seen import Seen

OLD, NEW = b"f 1 100.0 100.0 7 1", b"f 2 200.0 200.0 7 1"
FOLDER, LINK = b"d 4096 100.0 100.0 8 2", b"l 1 100.0 100.0 9 1"
AT = 1_000.0


def test_only_what_differs_from_the_parent_is_read() -> None:
    seen = Seen({b"a": OLD, b"b": OLD}, {b"a": "1", b"b": "2"})
    now = {b"a": OLD, b"b": NEW, b"c": NEW}
    assert seen.changed(now) == (b"b", b"c")
    seen.took(now, AT, {b"b": NEW, b"c": NEW}, {b"b": "3", b"c": "4"})
    assert seen.changed(now) == ()
    assert seen.sums() == {b"a": "1", b"b": "3", b"c": "4"} and seen.read == {b"b": "3", b"c": "4"}


def test_what_went_between_two_looks_stays_for_it_may_have_been_there_at_the_moment() -> None:
    seen = Seen({}, {})
    seen.took({b"a": OLD}, AT, {b"a": OLD}, {b"a": "1"})
    seen.took({}, AT, {}, {})
    assert seen.marks == {b"a": UNTRUSTED} and seen.sums() == {b"a": "1"} and seen.gone() == ()


def test_what_went_before_the_first_look_is_gone() -> None:
    seen = Seen({b"a": OLD}, {b"a": "1"})
    seen.took({}, AT, {}, {})
    assert seen.gone() == (b"a",) and not seen.marks


def test_what_changed_just_before_it_was_looked_at_is_read_again() -> None:
    seen = Seen({}, {})
    seen.took({b"a": NEW}, 201.0, {b"a": NEW}, {b"a": "1"})
    assert seen.changed({b"a": NEW}) == (b"a",)


def test_what_was_gone_when_it_was_to_be_read_is_not_known() -> None:
    seen = Seen({}, {})
    seen.took({b"a": OLD, b"b": OLD}, AT, {b"a": OLD}, {b"a": "1"})
    assert list(seen.marks) == [b"a"] and seen.changed({b"a": OLD, b"b": OLD}) == (b"b",)


def test_a_folder_that_became_something_else_between_two_looks_stays_as_it_was() -> None:
    """Nobody could lay out the link where the folder stands with what is in it."""
    seen, before = Seen({}, {}), {b"x": FOLDER, b"x/in": OLD, b"x/y": FOLDER, b"x/y/in": OLD}
    seen.took(before, AT, before, {b"x/in": "1", b"x/y/in": "2"})
    now = seen.less_turned({b"x": LINK, b"z": OLD})
    assert list(now) == [b"z"]
    seen.took(now, AT, now, {b"z": "3"})
    assert seen.marks.keys() == {b"x", b"x/in", b"x/y", b"x/y/in", b"z"} and seen.marks[b"x"] == UNTRUSTED


def test_a_folder_that_became_something_else_since_the_parent_did_so() -> None:
    seen, now = Seen({b"x": FOLDER, b"x/in": OLD}, {b"x/in": "1"}), {b"x": LINK}
    assert seen.less_turned(now) == now
    seen.took(now, AT, now, {})
    assert seen.gone() == (b"x/in",)


def test_an_empty_folder_may_become_something_else() -> None:
    seen = Seen({}, {})
    seen.took({b"x": FOLDER}, AT, {b"x": FOLDER}, {})
    assert seen.less_turned({b"x": LINK}) == {b"x": LINK}


def test_what_went_and_came_again_is_removed_first_for_something_else_stood_there() -> None:
    seen = Seen({b"x": FOLDER, b"x/in": OLD}, {b"x/in": "1"})
    seen.took({b"x": LINK}, AT, {b"x": LINK}, {})
    again = {b"x": FOLDER, b"x/in": OLD}
    seen.took(again, AT, again, {b"x/in": "1"})
    assert seen.gone() == (b"x/in",) and seen.sums() == {b"x/in": "1"}


def test_a_folder_in_which_something_stays_is_not_removed() -> None:
    """It had another name for as long as it took to look for it."""
    seen = Seen({b"x": FOLDER, b"x/in": OLD}, {b"x/in": "1"})
    seen.took({b"x/in": OLD}, AT, {}, {})
    assert seen.gone() == ()
