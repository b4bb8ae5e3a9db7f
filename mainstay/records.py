"""How a fact is written down: one line of JSON that says what kind it is and who wrote it.

The nonce is its writer's own mark: two records are never equal by accident, so whoever finds
his own bytes under a key knows that it was he who put them there.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from mainstay.errors import MainstayError

V = TypeVar("V")

_adapters: dict[type[object], TypeAdapter[Any]] = {}  # building one costs more than using it a thousand times


class UnreadableRecord(MainstayError):
    """What stands in the store is not what its key promises."""


def encode(value: object, *, nonce: str) -> bytes:
    """The bytes of a record; the same value and nonce give the same bytes."""
    kind = type(value)
    envelope = {
        "kind": kind.__name__,
        "nonce": nonce,
        "value": _adapter(kind).dump_python(value, mode="json"),
    }
    text = json.dumps(envelope, sort_keys=True, ensure_ascii=False)
    return text.encode(errors="backslashreplace") + b"\n"  # half a character becomes JSON's own word for it


def decode(kind: type[V], data: bytes) -> V:
    """The value back, strictly: a record of another kind or with unknown keys is refused."""
    try:
        envelope = json.loads(data)
        if envelope["kind"] != kind.__name__:
            raise UnreadableRecord(f"expected a record of kind {kind.__name__}, found {envelope['kind']}")
        value: V = _adapter(kind).validate_python(envelope["value"])
        if unknown := _unknown(envelope["value"], _adapter(kind).dump_python(value, mode="json")):
            raise UnreadableRecord(f"{unknown} is unknown here: it was written by a newer version, and is left alone")
        if _of_no_zone(_adapter(kind).dump_python(value)):
            raise UnreadableRecord("a time in it is of no zone, so nobody knows when that was")
    except (ValueError, KeyError, TypeError, ValidationError, RecursionError) as reason:
        raise UnreadableRecord(f"this is not a readable {kind.__name__} record: {reason}") from reason
    return value


def _unknown(written: object, read: object) -> str:
    """A key that would be lost if the value were written again; the first one, anywhere inside."""
    if isinstance(written, dict) and isinstance(read, dict):
        return next((str(key) for key in written if key not in read), "") or next(
            (found for key in written if (found := _unknown(written[key], read[key]))), ""
        )
    if isinstance(written, list) and isinstance(read, list):
        return next((found for pair in zip(written, read, strict=False) if (found := _unknown(*pair))), "")
    return ""


def _of_no_zone(value: object) -> bool:
    """Whether a time in it, anywhere inside, cannot be compared with any that we write."""
    if isinstance(value, datetime):
        return value.tzinfo is None
    if isinstance(value, Mapping):
        return any(map(_of_no_zone, value.values()))
    return isinstance(value, list | tuple) and any(map(_of_no_zone, value))


def _adapter(kind: type[object]) -> TypeAdapter[Any]:
    adapter = _adapters.get(kind)
    if adapter is None:
        adapter = _adapters[kind] = TypeAdapter(kind)
    return adapter
