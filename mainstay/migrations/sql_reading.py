"""Reading the words of one statement from the front, and what a reader may find in them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from mainstay.descriptor.kept import MigrationKind
from mainstay.migrations.sql import depths

Kind = MigrationKind | Literal["untellable"]

MODIFIES = {"insert", "update", "delete", "merge", "truncate"}
_NO_CALL = {  # in front of a bracket, and of no other effect than an answer
    *("values", "in", "any", "all", "some", "exists", "as", "over", "filter", "within", "select", "from", "where"),
    *("and", "or", "not", "on", "using", "when", "then", "else", "case", "by", "having", "limit", "offset", "set"),
    *("default", "check", "references", "key", "unique", "conflict", "distinct", "union", "except", "intersect"),
    *("with", "materialized", "join", "lateral", "row", "array", "partition", "range", "list", "hash", "into"),
    *("coalesce", "nullif", "greatest", "least", "cast", "extract", "lower", "upper", "trim", "btrim", "substring"),
    *("length", "replace", "concat", "concat_ws", "left", "right", "position", "split_part", "regexp_replace"),
    *("now", "date_trunc", "to_char", "to_date", "to_timestamp", "age", "count", "sum", "min", "max", "avg"),
    *("row_number", "rank", "round", "floor", "ceil", "abs", "md5", "gen_random_uuid", "uuid_generate_v4", "random"),
    *("jsonb_build_object", "json_build_object", "to_jsonb", "to_json", "jsonb_set", "array_agg", "string_agg"),
    *("generate_series", "unnest", "jsonb_agg", "bool_or", "bool_and", "char", "varchar", "character", "varying"),
    *(
        "numeric",
        "decimal",
        "timestamp",
        "timestamptz",
        "time",
        "timetz",
        "interval",
        "bit",
        "float",
        "clock_timestamp",
    ),
    *("statement_timestamp", "transaction_timestamp", "timezone", "encode", "decode", "translate", "initcap"),
}


@dataclass(frozen=True)
class Finding:
    """What one part of a statement means for the old release; the reason ends a sentence about it."""

    kind: Kind
    reason: str
    loses: bool = False  # what it takes away is gone: only a backup has it
    warning: str = ""  # what users feel although the old release lives with it, and the cure


@dataclass
class Reader:
    """Goes through the words of one statement."""

    words: tuple[str, ...]
    at: int = 0

    @property
    def next(self) -> str:
        """The word that comes, or nothing at the end."""
        return self.words[self.at] if self.at < len(self.words) else ""

    @property
    def rest(self) -> tuple[str, ...]:
        return self.words[self.at :]

    def word(self) -> str:
        """The word that comes; it is passed."""
        found = self.next
        self.at += 1
        return found

    def take(self, *phrases: str) -> bool:
        """Whether the words of one of these come; if so they are passed."""
        for wanted in (tuple(phrase.split()) for phrase in phrases):
            if self.rest[: len(wanted)] == wanted:
                self.at += len(wanted)
                return True
        return False

    def name(self) -> str:
        """The name that comes, with its schema if that is written; it is passed."""
        parts = [_plain(self.word())]
        while self.take("."):
            parts.append(_plain(self.word()))
        return ".".join(parts)


def says(words: tuple[str, ...], phrase: str) -> bool:
    """Whether these words follow each other somewhere, outside of all brackets."""
    wanted = tuple(phrase.split())
    outside = tuple(word for word, depth in zip(words, depths(words), strict=False) if depth == 0)
    return any(outside[at : at + len(wanted)] == wanted for at in range(len(outside)))


def behind(words: tuple[str, ...], word: str) -> tuple[str, ...] | None:
    """What follows the first such word that stands outside of all brackets."""
    places = (
        at for at, (one, depth) in enumerate(zip(words, depths(words), strict=False)) if (one, depth) == (word, 0)
    )
    first = next(places, None)
    return None if first is None else words[first + 1 :]


def calls(words: tuple[str, ...]) -> str | None:
    """The first function, called by its name, that is not known to have no other effect than its answer."""
    for before, name, bracket in zip(("", *words), words, words[1:], strict=False):
        named = name[:1].isalpha() or name[:1] in ("_", '"') or ord(name[:1] or "a") > 127
        if bracket == "(" and named and (name not in _NO_CALL or before == "."):
            return name
    return None


def modifies(words: tuple[str, ...]) -> bool:
    """Whether a command that changes rows hides in a longer statement: it can only stand beside a bracket."""
    return any(word in MODIFIES and before in ("(", ")") for before, word in pairwise(words))


def _plain(word: str) -> str:
    """A name in quotes that needs none is the same name."""
    inside = word[1:-1]
    needs_none = inside.replace("_", "a").isalnum() and inside.isascii() and not inside[0].isdigit()
    return inside if word[:1] == '"' and needs_none and inside == inside.lower() else word
