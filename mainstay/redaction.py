"""All the clothes a secret may wear in a text, and the shapes that are secrets whoever wears them."""

import base64
import html
import json
import re
import shlex
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from mainstay.secrets import SHORTEST

MASK = "***"

_SHORTEST_LINE = 6  # a line of a longer secret; shorter ones ("}", "[a]") are everybody's
_SHORTEST_TOKEN = 16  # a part of an address that is a key rather than a word
_LEFT_ALONE = ("", "/", "!'()*", "!'()*;,/?:@&=+$#")  # Python's two ways, encodeURIComponent, encodeURI

_SHAPES = re.compile(
    r"""
      (?P<address> :// [^\s:/@"]* : ) [^\s/"]+ (?=@)
    | (?P<header> (?i:authorization) ["']? \s* [:=,] \s* (?:b?["'])? ) [^\r\n"']+
    | -----BEGIN\ (?:[A-Z0-9]+\ )*PRIVATE\ KEY(?:\ BLOCK)?-----
      (?s:.*?) (?: -----END\ (?:[A-Z0-9]+\ )*PRIVATE\ KEY(?:\ BLOCK)?----- | \Z )
    | \b A[KS]IA [0-9A-Z]{16} \b
    | \b gh[pousr]_ [A-Za-z0-9]{16,}
    | \b github_pat_ [A-Za-z0-9_]{16,}
    | AGE-SECRET-KEY-1 [0-9A-Z]{16,}
    """,
    re.VERBOSE,
)


def mask_shapes(text: str) -> str:
    """Without passwords in addresses, authorization headers, private keys and well-known tokens."""
    return _SHAPES.sub(lambda found: (found["address"] or found["header"] or "") + MASK, text)


def sayable(text: str) -> str:
    """What every database and every line to another machine takes: no NUL, no half of a character."""
    return text.replace("\0", "␀").encode(errors="backslashreplace").decode()


def forms(value: str) -> frozenset[str]:
    """Every way in which this secret, or a part that is a secret by itself, may appear in a text."""
    found = {*_written(value), *_encoded(value)}
    for line in _lines(value):
        found.update(_written(line))
    for part in _parts_of_address(value):
        found.update((*_written(part), *_encoded(part)))
    return frozenset(form for form in found if len(form) >= SHORTEST)


def _lines(value: str) -> Iterator[str]:
    lines = [line.strip() for line in value.splitlines()]
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= _SHORTEST_LINE)


def _parts_of_address(value: str) -> Iterator[str]:
    """Programs name an address by pieces: its password and its long keys are hidden alone as well."""
    if len(value.split()) > 1:
        return
    try:
        address = urlsplit(value)
    except ValueError:
        return
    if not address.scheme or not address.netloc:
        return
    if address.password:
        yield from (address.password, unquote(address.password))
    keys = [*address.path.split("/"), *(word for _, word in parse_qsl(address.query))]
    yield from (key for key in keys if len(key) >= _SHORTEST_TOKEN)


def _written(value: str) -> Iterator[str]:
    once = [value, value.replace("\n", "\r\n"), *_escaped(value)]
    yield from once
    yield from (again for form in once[2:] for again in _escaped(form))  # a repr inside JSON, JSON inside JSON
    yield from (html.escape(value), html.escape(value, quote=False), shlex.quote(value).strip("'"))


def _encoded(value: str) -> Iterator[str]:
    yield from _percent(value)
    raw = value.encode("utf-8", "surrogateescape")
    yield from (raw.hex(), raw.hex().upper())
    for core in _base64_cores(raw):
        url = core.replace("+", "-").replace("/", "_")
        yield from (core, url, core.replace("/", "\\/"), *_percent(core))


def _escaped(value: str) -> Iterator[str]:
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    by_character = "".join(repr(character)[1:-1] for character in value)
    yield by_character
    yield by_character.replace("'", "\\'")
    yield repr(value.encode("utf-8", "surrogateescape"))[2:-1]


def _percent(value: str) -> Iterator[str]:
    for left_alone in _LEFT_ALONE:
        written = quote(value, left_alone, errors="replace")
        yield from (written, _lower_percent(written))
    plus = quote_plus(value, errors="replace")
    yield from (plus, _lower_percent(plus))


def _lower_percent(written: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), written)


def _base64_cores(raw: bytes) -> Iterator[str]:
    """The characters that are the same whatever stands before and after, for each of the three alignments."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw).decode()
        first = (0, 2, 3)[before]
        last = (None, -3, -2)[(before + len(raw)) % 3]
        yield encoded[first:last]
