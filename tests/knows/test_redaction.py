import base64
import html
import json
import re
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mainstay.redaction import forms, mask_shapes, sayable

AWKWARD = 'kan/4r\'en "Vogel"+42\\ü%'
SECRETS = some.text(some.characters(codec="utf-8", exclude_characters="\0"), min_size=4, max_size=40).filter(str.strip)


def hidden(value: str, text: str) -> bool:
    return any(form in text for form in forms(value))


WAYS: dict[str, Callable[[str], str]] = {
    "quote": quote,
    "quote without slashes": lambda v: quote(v, safe=""),
    "quote plus": quote_plus,
    "a form": lambda v: urlencode({"password": v}),
    "json": json.dumps,
    "json in its own letters": lambda v: json.dumps(v, ensure_ascii=False),
    "json in json": lambda v: json.dumps(json.dumps({"p": v})),
    "repr": repr,
    "repr in a dict": lambda v: repr({"p": v, "q": "it's"}),
    "repr inside a longer text": lambda v: repr(f"it's {v}"),
    "repr in json": lambda v: json.dumps(repr(v)),
    "repr of bytes": lambda v: repr(v.encode()),
    "html": html.escape,
    "shell": shlex.quote,
    "hex": lambda v: v.encode().hex(),
    "lower percent": lambda v: re.sub("%..", lambda found: found[0].lower(), quote(v, safe="")),
    "encodeURIComponent": lambda v: quote(v, safe="!'()*"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_is_known_in_every_dress(way: str) -> None:
    assert hidden(AWKWARD, f"before {WAYS[way](AWKWARD)} after")


@settings(max_examples=60, deadline=None)
@given(SECRETS, some.binary(max_size=5), some.binary(max_size=5))
def test_a_secret_is_known_inside_any_longer_base64(value: str, before: bytes, after: bytes) -> None:
    raw = before + value.encode() + after
    assert hidden(value, base64.b64encode(raw).decode())
    assert hidden(value, base64.urlsafe_b64encode(raw).decode())


@settings(max_examples=60, deadline=None)
@given(SECRETS)
def test_any_secret_is_known_as_it_is_and_escaped(value: str) -> None:
    for text in (value, json.dumps(value), repr(value), quote_plus(value), repr([f"x{value}"])):
        assert hidden(value, text)


def test_each_line_of_a_key_is_a_secret_and_a_bracket_is_not() -> None:
    found = forms("{\n  MIIEvQIBADANBg\n  kanarienvogel99\n}\n")
    assert {"MIIEvQIBADANBg", "kanarienvogel99"} <= found
    assert "}" not in found


def test_the_password_and_the_key_of_an_address_are_secrets_by_themselves() -> None:
    assert {"k%40narie", "k@narie"} <= forms("postgresql://shop:k%40narie@db:5432/shop")
    assert "T0000000-abcdefghij" in forms("https://hooks.example/services/T0000000-abcdefghij")
    assert "hooks.example" not in forms("https://hooks.example/services/T0000000-abcdefghij")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://shop:kan@rie@db/shop", "postgresql://shop:***@db/shop"),
        ("redis://:kanarie@cache:6379", "redis://:***@cache:6379"),
        ("Authorization: Bearer kanarie", "Authorization: ***"),
        ("{'authorization': 'Basic kanarie', 'a': 1}", "{'authorization': '***', 'a': 1}"),
        ("(b'Authorization', b'Basic kanarie')", "(b'Authorization', b'***')"),
        ("key AKIAABCDEFGHIJKLMNOP.", "key ***."),
        ("ghp_0123456789abcdefghij0123456789abcdef", "***"),
        ("x -----BEGIN RSA PRIVATE KEY-----\nkanarie\n-----END RSA PRIVATE KEY----- y", "x *** y"),
        ("cut off: -----BEGIN PRIVATE KEY-----\nkanarie", "cut off: ***"),
    ],
)
def test_what_is_a_secret_by_its_shape_is_hidden_though_nobody_resolved_it(text: str, shown: str) -> None:
    assert mask_shapes(text) == shown


@pytest.mark.parametrize(
    "text", ["http://db:5432/path", "http://host:80/a@b", "mail a@b.example", "-----BEGIN PUBLIC KEY-----"]
)
def test_innocent_words_stay(text: str) -> None:
    assert mask_shapes(text) == text


@pytest.mark.parametrize(
    ("said", "left"), [("plain", "plain"), ("a\0b", "a␀b"), ("half \udcff", "half \\udcff"), ("Привет, ё", "Привет, ё")]
)
def test_what_leaves_can_be_kept_by_every_database(said: str, left: str) -> None:
    assert sayable(said) == left
