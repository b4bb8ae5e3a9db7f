"""Where records lie: every key we make can be held by every store."""

import pytest

from mainstay import keys
from mainstay.errors import BadInput


@pytest.mark.parametrize("key", ["a", "a/b", "turns/shop/production.json", "A-1_2.x/9", "a" * 255, "a/" * 200 + "a"])
def test_a_key_is_itself(key: str) -> None:
    assert keys.checked(key) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/../b",
        ".a",
        "a/.b",
        "-a",
        "a b",
        "a\n",
        "a\\b",
        "é",
        "a" * 256,
        "a/" * 256 + "a",
    ],
)
def test_what_some_store_could_not_hold_is_no_key(key: str) -> None:
    assert not keys.is_key(key)
    with pytest.raises(BadInput, match="cannot be a key in the store; use letters"):
        keys.checked(key)


def test_every_key_we_make_can_be_held() -> None:
    made = (
        keys.turn("shop", "production"),
        keys.journal("shop", "production", "deploy-1"),
        keys.journal_entry("shop", "production", "deploy-1", 7),
        keys.audit(12),
        keys.AUDIT_HEAD,
        keys.artifact("shop", "a" * 64),
        keys.build("shop", "c" * 40, "d" * 64),
        keys.configuration("shop", "e" * 64),
        keys.release("shop", "production", "20261120T101010Z-deploy-abcdef"),
    )
    assert [keys.checked(key) for key in made] == list(made)


def test_numbered_keys_sort_as_their_numbers() -> None:
    entries = [keys.journal_entry("shop", "production", "x", number) for number in range(1, 200)]
    assert sorted(entries) == entries
    audit = [keys.audit(number) for number in (1, 9, 10, 99_999, 100_000)]
    assert sorted(audit) == audit


def test_turns_lie_below_their_folder() -> None:
    assert keys.turn("shop", "production").startswith(keys.TURNS)
