"""What pydantic found wrong, in sentences for the person who wrote the file."""

import json
import shlex
from collections.abc import Callable, Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mainstay.descriptor import schema
from mainstay.descriptor.service import KINDS
from mainstay.descriptor.shapes import CLIMBS, SHAPES
from mainstay.faults import Fault, Path, looks_secret, shown
from mainstay.yaml_document import Document, Value

OTHERWISE = "is not what belongs here"  # said where no better sentence is known
_KEY = "[key]"  # pydantic's mark for: the key, not its value, is wrong


def faults_of(error: ValidationError, document: Document) -> list[Fault]:
    return [_fault(detail, document) for detail in error.errors(include_url=False)]


def _fault(detail: ErrorDetails, document: Document) -> Fault:
    asked = tuple(detail["loc"])  # with pydantic's own words for the kind of a service
    path = _written_path(asked, document.value)
    value = path[-1] if asked and asked[-1] == _KEY else _value_at(path, document.value)
    say = _SENTENCES.get(detail["type"], _otherwise)
    return document.fault(path, say(_Wrong(asked, detail.get("ctx", {}), value)))


class _Wrong:
    """One place, what was written there, and what is known about it."""

    def __init__(self, asked: Path, limits: Mapping[str, object], value: Value) -> None:
        self.place, self.limits, self.value = asked, limits, value
        self.node = schema.at(asked)

    @property
    def wrote(self) -> str:
        """What stands there, unless it may be a secret or is too long to help."""
        hidden = looks_secret(self.value) or any(schema.at(self.place[:n]).get("writeOnly") for n in self._depths())
        return "" if hidden or isinstance(self.value, Mapping | tuple) else f"; you wrote {shown(self.value)}"

    @property
    def example(self) -> str:
        return _flow(next(iter(self.node.get("examples", ())), self.node.get("default")))

    def _depths(self) -> range:
        return range(1, len(self.place) + 1)


def _written_path(asked: Path, value: Value) -> Path:
    """Without the steps nobody wrote; a missing key stays the last step."""
    path: Path = ()
    for step in asked:
        if step == _KEY or (step in KINDS and not (isinstance(value, Mapping) and step in value)):
            continue
        path = (*path, step)
        value = _value_at((step,), value)
    return path


def _value_at(path: Path, value: Value) -> Value:
    for step in path:
        if isinstance(value, Mapping) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, tuple) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _missing(wrong: _Wrong) -> str:
    what = wrong.node.get("description", "needed here")
    return f"is missing: {what}. Write {json.dumps(wrong.place[-1])[1:-1]}: {wrong.example}."


def _unknown(wrong: _Wrong) -> str:
    key, known = str(wrong.place[-1]), schema.known_keys(wrong.place[:-1])
    if meant := schema.nearest(key, known):
        return f'is not a known key; did you mean "{meant}"? Write "{meant}".'
    if place := schema.elsewhere(key):
        return f"is not a known key here; write it as {place}, or delete it."
    return f"is not a known key; delete it. Known here: {', '.join(known)}."


def _shape(wrong: _Wrong) -> str:
    shape = SHAPES[str(wrong.limits["pattern"])]
    hidden = looks_secret(wrong.value)
    return f"{shape.must}{wrong.wrote}. Write {shape.write('' if hidden else str(wrong.value))}."


def _choice(wrong: _Wrong) -> str:
    known = list(wrong.node.get("enum", ()))
    meant = schema.nearest(wrong.value, known) if isinstance(wrong.value, str) else None
    which = f'Write "{meant}".' if meant else "Write one of them."
    return f"must be one of {', '.join(known)}{wrong.wrote}. {which}"


def _text(wrong: _Wrong) -> str:
    if wrong.value is None:
        return _empty(wrong)
    if not isinstance(wrong.value, bool | int | float):
        return f"must be one text{wrong.wrote}. Write {_sample(wrong, 'it without dashes and brackets')}."
    return f"must be text{wrong.wrote}. Write " + (f'"{json.dumps(wrong.value)}".' if wrong.wrote else "it in quotes.")


def _words(wrong: _Wrong) -> str:
    if isinstance(wrong.value, str) and wrong.value.strip() and wrong.wrote:
        return f"must be a list{wrong.wrote}. Write {_flow(_split(wrong.value))}."
    return f"must be a list{wrong.wrote}. Write {_sample(wrong, '[…], or one value a line with a dash before it')}."


def _keys(wrong: _Wrong) -> str:
    return f"must hold keys of its own, not {_kind(wrong.value)}. Write {_sample(wrong, 'them indented below it')}."


def _number(wrong: _Wrong) -> str:
    number = wrong.value if isinstance(wrong.value, str) and wrong.value.strip().isdecimal() else None
    whole = "whole number" if wrong.node.get("type") == "integer" else "number"
    example = number.strip() if number else _sample(wrong, "digits without quotes")
    return f"must be a {whole}{wrong.wrote}. Write {example}."


def _bound(words: str, name: str) -> Callable[[_Wrong], str]:
    def say(wrong: _Wrong) -> str:
        limit = f"{wrong.limits[name]:g}" if isinstance(wrong.limits[name], float) else str(wrong.limits[name])
        return f"must be {words} {limit}{wrong.wrote}. Write {_sample(wrong, limit)}."

    return say


def _empty(wrong: _Wrong) -> str:
    return f"is empty: {wrong.node.get('description', 'something must stand here')}. Write {_sample(wrong, 'a value')}."


def _climbs(_: _Wrong) -> str:
    return 'leads out of its folder with ".."; write the path without it.'


def _otherwise(wrong: _Wrong) -> str:
    what = wrong.node.get("description", "see systems/practice.yaml")
    return f"{OTHERWISE}: {what}. Write {_sample(wrong, 'it as in systems/practice.yaml')}."


_SENTENCES: dict[str, Callable[[_Wrong], str]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "string_pattern_mismatch": _shape,
    "literal_error": _choice,
    "string_type": _text,
    "tuple_type": _words,
    "mapping_type": _keys,
    "dict_type": _keys,
    "model_type": _keys,
    "model_attributes_type": _keys,
    "int_type": _number,
    "float_type": _number,
    "finite_number": _number,
    "greater_than": _bound("more than", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than_equal": _bound("at most", "le"),
    "too_short": _empty,
    "string_too_short": _empty,
    CLIMBS: _climbs,
}


def _sample(wrong: _Wrong, otherwise: str) -> str:
    return wrong.example or otherwise


def _flow(value: object) -> str:
    """On one line, as YAML takes it."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False)


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that is never closed: it was no line of shell
        return [text]


def _kind(value: Value) -> str:
    if isinstance(value, tuple):
        return "a list"
    return "nothing" if value is None else "a text" if isinstance(value, str) else "a single value"
