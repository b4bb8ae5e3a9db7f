"""Every key of a bucket is a file that any file system takes, and is found again."""

import random
from itertools import pairwise

import pytest

from mainstay.backups.buckets.names import Names, key_of

ODD = (
    *("a", "a/b", "a/", "a//b", "/a", "//", "/", ".", "..", "../../etc/passwd", "a/./b", "a/../b", "...", "-rf"),
    *("new\nline", "tab\t", "zero\0", "100%", "%41", "a%2Fb", "a%-", "a%+", "a%+/b"),
    *("back\\slash", "ё" * 400, "x" * 1024),
    *("x" * 240, "x" * 241, "%" * 300, "ж/" * 300, "a" * 239 + "%%", " ", "a b", "a:b*?\"<>|", "\x7f"),
)  # fmt: skip


def sound(path: bytes) -> bool:
    return all(
        0 < len(name) <= 242 and name not in (b".", b"..") and not any(byte < 32 for byte in name)
        for name in path.split(b"/")
    )


def apart(paths: list[bytes]) -> bool:
    """No two are one file, and none is a folder of another."""
    ordered = sorted(path + b"/" for path in paths)
    return not any(after.startswith(before) for before, after in pairwise(ordered))


@pytest.mark.parametrize("key", ODD, ids=ascii)
def test_an_odd_key_is_a_sound_file_and_is_found_again(key: str) -> None:
    path = Names().path(key)
    assert sound(path) and key_of(path) == key


@pytest.mark.parametrize("key", ["uploads/2026/11/report (final).pdf", "письмо.txt", "a.b/c", "3f2a9c"])
def test_a_key_that_can_be_a_file_is_called_as_it_is(key: str) -> None:
    assert Names().path(key) == key.encode()


def test_the_object_that_was_first_keeps_its_name_and_a_folder_gets_another() -> None:
    names = Names()
    assert [names.path(key) for key in ("a", "a/b", "a/c")] == [b"a", b"a%-/b", b"a%-/c"]
    assert [Names([b"a/b"]).path(key) for key in ("a/b", "a", "a/")] == [b"a/b", b"a%-", b"a/%-"]


def test_what_is_remembered_keeps_its_file() -> None:
    names = Names()
    before = {key: names.path(key) for key in ("a", "a/b")}
    again = Names(before.values())
    assert {key: again.path(key) for key in reversed(before)} == before


def test_no_keys_ever_meet_in_whatever_order_they_come() -> None:
    chance = random.Random(4)
    parts = ["a", "", ".", "..", "%-", "b%", "a%-", "x" * 300, "é"]
    for _ in range(300):
        keys = {"/".join(chance.choices(parts, k=chance.randint(1, 4))) for _ in range(20)} - {""}
        names = Names()
        first = [names.path(key) for key in chance.sample(sorted(keys), len(keys) // 2)]
        later = Names(first)
        paths = [later.path(key) for key in chance.sample(sorted(keys), len(keys))]
        assert apart(paths) and all(map(sound, paths))
        assert {key_of(path) for path in paths} == keys
