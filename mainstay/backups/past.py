"""What is known of the backups that were begun, as far as a clock needs it."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from mainstay.backups.sets import KINDS, MANIFEST, Begun, Kind, read_kind

_OF_A_SET = re.compile(
    rf"sets/[^/]+/[^/]+/(?P<id>(?P<at>\d{{8}}-\d{{6}}\.\d{{3}})-(?P<kind>{'|'.join(KINDS)})-[^/]+)/(?P<name>.+)"
)


_ID = re.compile(rf"(?P<at>\d{{8}}-\d{{6}}\.\d{{3}})-(?P<kind>{'|'.join(KINDS)})-[^/]+")


@dataclass(frozen=True)
class Past:
    """One backup that was begun."""

    kind: Kind
    begun_at: datetime
    ended_at: datetime | None  # None: it goes on, or it failed
    good: bool  # it ended with a whole set
    id: str = ""
    died: bool = False  # its process is gone, and it did not end


def pasts(objects: Iterable[tuple[str, datetime]]) -> tuple[Past, ...]:
    """From the keys of an environment's sets, each with when it was written: a set's id says its kind and when it was
    begun, and one that has its manifest is whole. What is called otherwise is no set.
    """
    found: dict[str, Past] = {}
    for key, written_at in objects:
        with suppress(ValueError):  # digits that are no date
            if read := _OF_A_SET.fullmatch(key):
                begun_at = datetime.strptime(read["at"], "%Y%m%d-%H%M%S.%f").replace(tzinfo=UTC)
                found.setdefault(read["id"], Past(read_kind(read["kind"]), begun_at, None, False, read["id"]))
                if read["name"] == MANIFEST:
                    found[read["id"]] = Past(read_kind(read["kind"]), begun_at, written_at, True, read["id"])
    return tuple(found.values())


def begun_by_name(id: str) -> Begun | None:
    """What an id says by itself of a set that was begun. None: it is the name of none."""
    read = _ID.fullmatch(id)
    if read is None:
        return None
    try:
        at = datetime.strptime(read["at"], "%Y%m%d-%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:  # digits that are no date
        return None
    return Begun(id, read_kind(read["kind"]), at, "somebody", "a machine that did not say so")
