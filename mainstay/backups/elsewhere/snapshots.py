"""Snapshots that a provider makes of its own server: what they are called, and how one knows that they are ours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mainstay.backups.elsewhere.held import Elsewhere
from mainstay.errors import BadInput
from mainstay.places import Places

LONGEST_NAME = 255  # of RDS
SYSTEM, ENVIRONMENT, SET, STORE = "mainstay:system", "mainstay:environment", "mainstay:set", "mainstay:store"
AVAILABLE, CREATING = "available", "creating"
NOT_OFF_THE_PROVIDER = (
    "it lies in the account of the database itself, not off the provider: who loses the account loses both"
)
_NO_LETTER = re.compile(r"[^a-z0-9]+")
_INSTANCE = re.compile(r"[a-zA-Z](?:-?[a-zA-Z0-9]){0,62}")
_UNFIT_FOR_A_TAG = re.compile(r"[^A-Za-z0-9 _.:/=+@-]")


@dataclass(frozen=True)
class SnapshotWish:
    """The instance of a managed server of which snapshots are made, and how its provider is reached."""

    instance: str
    region: str
    endpoint: str | None = None
    login: tuple[str, str] | None = None  # where key and secret lie; None: the machine's own role

    def __str__(self) -> str:
        return f"{self.instance} in RDS {self.region}"


@dataclass(frozen=True)
class Seen:
    """A snapshot as its provider tells of it."""

    name: str
    status: str
    tags: Mapping[str, str]
    moment: datetime | None  # None: it is not made yet
    bytes: int
    server: str
    percent: int | None = None

    def is_ours(self, tags: Mapping[str, str]) -> bool:
        return all(self.tags.get(name) == word for name, word in tags.items())


def snapshot_wish(places: Places) -> SnapshotWish | None:
    found = places.system.database.snapshots if places.system.database else None
    if found is None:
        return None
    login = (places.filled(found.login.user), places.filled(found.login.password)) if found.login else None
    return SnapshotWish(places.filled(found.instance), found.region, found.endpoint, login)


def snapshot_name(system: str, environment: str, set: str) -> str:
    """Of a set, always the same one, so that whoever was killed finds what he began. As RDS takes it: small letters,
    digits, single hyphens, no hyphen at its end.
    """
    words = _NO_LETTER.sub("-", f"mainstay-{system}-{environment}-{set}".lower())
    return words[:LONGEST_NAME].strip("-")


def snapshot_tags(system: str, environment: str, set: str, store: str) -> dict[str, str]:
    """By which we know our own. ``store``: in which the set lies; whoever prunes another one leaves the snapshot."""
    words = {SYSTEM: system, ENVIRONMENT: environment, SET: set, STORE: store}
    return {name: _UNFIT_FOR_A_TAG.sub("_", word)[:256] for name, word in words.items()}


def as_held(seen: Seen, wish: SnapshotWish, begun: datetime) -> Elsewhere:
    return Elsewhere(
        "rds", seen.name, str(wish), seen.moment or begun, seen.bytes, seen.server, (NOT_OFF_THE_PROVIDER,)
    )


def judge_instance(instance: str, others: Mapping[str, str]) -> None:
    """``others``: what else was asked for, which has nothing to do with a snapshot."""
    if chosen := [name for name, word in others.items() if word]:
        raise BadInput(
            f"A snapshot becomes an instance of its own, and nothing else goes with it. Nothing was done. Leave out"
            f" {', '.join(chosen)}, and restore that in a run of its own."
        )
    if not _INSTANCE.fullmatch(instance):
        raise BadInput(
            f"{instance!a} is no name of an instance of RDS: at most 63 letters, digits and single hyphens, a letter"
            " first and no hyphen last. Nothing was done. Write such as: shop-restored"
        )


def unavailable(name: str, status: str, wish: SnapshotWish) -> str:
    return f"no snapshot: {name} of {wish} became {status!a}, which nobody can restore"


def late(name: str, wish: SnapshotWish, minutes: float, why: str = "") -> str:
    """It may still become one; it goes with its set, by its name."""
    asked = f" (it could not be asked at last: {why})" if why else ""
    return (
        f"no snapshot: {name} of {wish} was not available after {minutes:g} min{asked}. If it becomes so later, it can"
        " be used by hand; it is deleted with the set"
    )
