"""PostgreSQL's text as its own scanner splits it: statements in words, and comments. Understands no statement.

Whatever could be read in two ways is said to be unclear instead of guessed: a statement that is hidden
here from whoever judges it would still be run.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase

_HIGH = r"\x80-\U0010ffff"  # every other alphabet, and what looks like a space: PostgreSQL takes all of it for letters
_TOKEN = re.compile(
    rf"""
      (?P<space> [ \t\n\r\f\v]+ )
    | (?P<comment> --[^\n\r]* )
    | (?P<block> /\* )
    | (?P<dollar> \$ (?: [A-Za-z_{_HIGH}] [A-Za-z0-9_{_HIGH}]* )? \$ )
    | (?P<escaped> [eE]' (?: [^'\\] | \\. | '' )*+ ' )
    | (?P<string> (?: [bBnNxX] | [uU]& )? ' (?: [^'] | '' )*+ ' )
    | (?P<quoted> (?: [uU]& )? " (?: [^"] | "" )*+ " )
    | (?P<word> [A-Za-z_{_HIGH}] [A-Za-z0-9_${_HIGH}]* )
    | (?P<number> [0-9]+ )
    | (?P<cast> :: | := )
    | (?P<end> ; )
    | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_EDGE_OF_COMMENT = re.compile(r"/\*|\*/")
_BACKSLASHES_AND_QUOTE = re.compile(r"(\\+)'")
_HIDDEN = re.compile(r"(?<![*/])\*\*\*(?![*/])")  # what redaction leaves where it took something out
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)  # as PostgreSQL does it; İ and the Kelvin sign stay
_UNREADABLE = {
    "\\": "a backslash outside of a string: psql would obey it, and nobody else understands it",
    "'": "a string that does not end",
    '"': "a quoted name that does not end",
    "$": "a parameter, or a dollar quote that does not end",
}
_VARIABLE_OF_PSQL = "a colon in front of a name: psql would put anything there"


@dataclass(frozen=True)
class Statement:
    line: int
    text: str  # as it was written, comments included
    words: tuple[str, ...]  # in small letters; strings and quoted names in their quotes, signs one by one
    unclear: str | None = None  # why nobody can say what it does


@dataclass(frozen=True)
class Comment:
    line: int
    text: str  # behind the two dashes


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    unclear: str | None = None

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def read_statements(text: str) -> tuple[Statement, ...]:
    """In their order; what stands between two semicolons and is no statement is left out."""
    found: list[Statement] = []
    begun: list[_Token] = []
    for token in _tokens(text):
        if token.kind == "end":
            found += _statement(text, begun)
            begun = []
        elif token.unclear or token.kind not in ("space", "comment", "block"):
            begun.append(token)
    return (*found, *_statement(text, begun))


def read_comments(text: str) -> tuple[Comment, ...]:
    """The comments of one line each; not what looks like one inside of a string or of a longer comment."""
    tokens = (token for token in _tokens(text) if token.kind == "comment")
    return tuple(Comment(_line(text, token.start), token.text[2:].strip()) for token in tokens)


def hidden_line(text: str) -> int | None:
    """The first line of which redaction took something out, so that what is left may not be all that is run."""
    found = _HIDDEN.search(text)
    return _line(text, found.start()) if found else None


def depths(words: tuple[str, ...]) -> tuple[int, ...]:
    """How many brackets are open around each word; a bracket itself counts as outside."""
    found, depth = [], 0
    for word in words:
        depth -= word in (")", "]")
        found.append(depth)
        depth += word in ("(", "[")
    return (*found, depth)


def _tokens(text: str) -> Iterator[_Token]:
    at, before = 0, ""
    while (found := _TOKEN.match(text, at)) is not None:
        token = _whole(text, str(found.lastgroup), found[0], at)
        unclear = token.unclear or _unclear(token, before, text[token.end : token.end + 1])
        yield _Token(token.kind, token.text, at, unclear)
        at, before = token.end, token.text


def _whole(text: str, kind: str, begin: str, at: int) -> _Token:
    if kind == "block":
        return _block(text, at)
    if kind == "dollar":
        end = text.find(begin, at + len(begin))
        return (
            _Token(kind, text[at:], at, _UNREADABLE["$"]) if end < 0 else _Token(kind, text[at : end + len(begin)], at)
        )
    return _Token(kind, begin, at)


def _block(text: str, at: int) -> _Token:
    depth = 0
    for edge in _EDGE_OF_COMMENT.finditer(text, at):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return _Token("block", text[at : edge.end()], at)
    return _Token("block", text[at:], at, "a comment that does not end")


def _unclear(token: _Token, before: str, behind: str) -> str | None:
    """What another version or setting of PostgreSQL, or psql, would read in another way."""
    if token.kind == "string" and any(len(found[1]) % 2 for found in _BACKSLASHES_AND_QUOTE.finditer(token.text)):
        return "a backslash in front of a quote: where the string ends depends on a setting. Write E'…' or $$…$$"
    if token.kind == "number" and (behind in ("$", "'", '"')):
        return "a number that touches a quote"
    if token.kind == "word" and before[-1:].isdigit() and before.isdigit() and "$" in token.text:
        return "a number that touches a dollar sign"
    if before == ":" and token.kind in ("word", "string", "quoted"):
        return _VARIABLE_OF_PSQL
    return _UNREADABLE.get(token.text) if token.kind == "sign" else None


def _statement(text: str, tokens: list[_Token]) -> Iterator[Statement]:
    if not tokens:
        return
    words = tuple(_word(token) for token in tokens)
    unclear = next((token.unclear for token in tokens if token.unclear), None)
    open_brackets = depths(words)
    if unclear is None and (min(open_brackets) < 0 or open_brackets[-1] != 0):
        unclear = "brackets that do not match: a semicolon stands inside of them"
    first, last = tokens[0], tokens[-1]
    yield Statement(_line(text, first.start), text[first.start : last.end], words, unclear)


def _word(token: _Token) -> str:
    if token.kind == "word":
        return token.text.translate(_LOWER)
    return "'" + token.text if token.kind == "dollar" else token.text


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
