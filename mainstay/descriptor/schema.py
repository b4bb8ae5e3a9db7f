"""The descriptor's JSON Schema: for editors, and to say of any place which keys belong there."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from mainstay.descriptor.service import KINDS
from mainstay.descriptor.system import System
from mainstay.faults import Path, dotted

Node = Mapping[str, Any]  # JSON Schema is JSON; nothing else here is


class _InOurOrder(GenerateJsonSchema):
    """Keys stay in the order of the models, which is the order of the manual."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        return value


@cache
def _schema() -> dict[str, Any]:
    found = System.model_json_schema(schema_generator=_InOurOrder)
    _close(found)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def json_schema() -> dict[str, Any]:
    """What editors check a descriptor against while it is written."""
    return dict(_schema())


def places() -> Iterator[tuple[Path, Node]]:
    """Every key a descriptor may have and its description; a name of the writer's choice is `*`."""
    yield from _places(_schema(), ())


def at(path: Path) -> Node:
    """What may stand there; nothing is known of a place that does not exist."""
    node: Node = _schema()
    for step in path:
        node = _into(node, step)
    return node


def known_keys(path: Path) -> list[str]:
    return list(_resolved(at(path)).get("properties", {}))


def nearest(word: str, known: list[str]) -> str | None:
    """The known word that was probably meant."""
    begun = [one for one in known if len(word) > 2 and one.startswith(word.lower())]
    return next(iter(begun or get_close_matches(word.lower(), known, n=1, cutoff=0.6)), None)


def elsewhere(key: str) -> str | None:
    """The place where this key does belong, if there is one."""
    found = [path for path, _ in places() if path[-1] == key]
    return dotted(min(found, key=len)).replace("'*'", "…") if found else None


def _into(node: Node, step: str | int) -> Node:
    if step in KINDS and "oneOf" in node:
        return _alternatives(node)[KINDS.index(str(step))]
    for choice in _alternatives(node):
        inner = _named(choice, step) or _patterned(choice) or choice.get("items")
        if inner:
            return _unwrapped(inner)
    return {}


def _named(node: Node, step: str | int) -> Node | None:
    found: Node | None = node.get("properties", {}).get(step)
    return found


def _patterned(node: Node) -> Node | None:
    return next(iter(node.get("patternProperties", {}).values()), None)


def _places(node: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    for choice in _alternatives(node):
        for key, inner in choice.get("properties", {}).items():
            yield (*path, key), inner
            yield from _places(inner, (*path, key))
        if inner := _patterned(choice):
            yield from _places(inner, (*path, "*"))
        if inner := choice.get("items"):
            yield from _places(inner, path)


def _alternatives(node: Node) -> list[Node]:
    return [_resolved(choice) for choice in node.get("oneOf") or node.get("anyOf") or [node]]


def _unwrapped(node: Node) -> Node:
    """Of `this or nothing`, this; its description stays."""
    choices = [choice for choice in node.get("anyOf", ()) if choice.get("type") != "null"]
    return {**node, **choices[0], "anyOf": None} if len(choices) == 1 else node


def _resolved(node: Node) -> Node:
    name: str | None = node.get("$ref")
    return _schema()["$defs"][name.removeprefix("#/$defs/")] if name else node


def _close(node: object) -> None:
    """A key that matches no pattern is a fault for editors too; titles of keys say nothing new."""
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _close(inner)
    if isinstance(node, dict) and "patternProperties" in node:
        node["additionalProperties"] = False
    if isinstance(node, dict) and isinstance(node.get("title"), str) and "properties" not in node:
        del node["title"]
