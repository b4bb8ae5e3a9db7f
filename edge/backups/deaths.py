"""The door to backups that came to no set: whose process is gone, and what people have heard of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from edge import identities, machine
from edge.backups.retention.tombstones import Tombstones
from edge.store.port import Published, Store
from mainstay import keys, records
from mainstay.backups import sets
from mainstay.backups.deaths import Ended, claimed, is_gone
from mainstay.backups.past import Past
from mainstay.backups.sets import BEGUN, MANIFEST, Begun, Process
from mainstay.records import UnreadableRecord

LOOKED_BACK = timedelta(days=8)  # a machine may be off for a week; what is older was told, or nobody waits for it


@dataclass(frozen=True)
class Dead:
    """A backup whose process is gone."""

    system: str
    environment: str
    begun: Begun
    told: bool = False


def this_process() -> Process:
    me = identities.myself()
    return Process(machine.here(), me.pid, me.started)


def alive(begun: Begun) -> bool | None:
    """None: it cannot be seen from here."""
    process = begun.process
    return identities.seen_from_here(process.here, process.pid, process.started) if process else None


def dead(
    backups: Store, store: Store, system: str, environment: str, past: Sequence[Past], now: datetime
) -> tuple[Dead, ...]:
    """One that failed by itself is none of them: it has said so."""
    return tuple(_dead(backups, store, system, environment, past, now))


def marked(past: Sequence[Past], found: Sequence[Dead]) -> tuple[Past, ...]:
    """The same, and which of them died."""
    died = {each.begun.id for each in found}
    return tuple(replace(each, died=each.id in died) for each in past)


def claim(store: Store, found: Dead, by: str, now: datetime) -> bool:
    """Whether it is we who tell of it: of all who notice, one; and another one if that one dies before it has."""
    key = keys.ended_backup(found.system, found.environment, found.begun.id)
    known, version = _read(store, key)
    mine = claimed(found.begun, known, by, now)
    return mine is not None and store.swap(key, records.encode(mine, nonce=by), expected=version) is not None


def told(store: Store, system: str, environment: str, ended: Ended) -> None:
    """From now on nobody else tells of it."""
    key = keys.ended_backup(system, environment, ended.set)
    data = records.encode(replace(ended, told=True), nonce=ended.by)
    if store.publish(key, data) is Published.ANOTHERS:
        _, version = _read(store, key)
        store.swap(key, data, expected=version)


def _dead(
    backups: Store, store: Store, system: str, environment: str, past: Sequence[Past], now: datetime
) -> Iterator[Dead]:
    open_ones = [each for each in past if each.ended_at is None and now - each.begun_at <= LOOKED_BACK]
    heard_of = _heard_of(store, system, environment, now - LOOKED_BACK) if open_ones else frozenset()
    for each in open_ones:
        known = _read(store, keys.ended_backup(system, environment, each.id))[0] if each.id in heard_of else None
        if known is not None and known.how == "failed":
            continue  # asked first: the less well all goes, the more of them there are
        begun = _begun(backups, system, environment, each.id)
        if begun is None or not is_gone(begun, alive(begun), now):
            continue
        if backups.read(sets.piece_key(system, environment, each.id, MANIFEST)) is not None:
            continue  # it ended well between our looks
        if _goes(backups, system, environment, each.id):
            continue  # it was a set, and its manifest goes first
        known = known or _read(store, keys.ended_backup(system, environment, each.id))[0]  # it may have failed since
        if known is None or known.how == "died":
            yield Dead(system, environment, begun, told=known is not None and known.told)


def _heard_of(store: Store, system: str, environment: str, since: datetime) -> frozenset[str]:
    """An id begins with when that was begun, so what was told in years before is not even listed."""
    folder = keys.ended_backups(system, environment)
    listed = store.listing(folder, after=f"{folder}/{since:%Y%m%d-%H%M%S}")
    return frozenset(entry.key.rpartition("/")[2].removesuffix(".json") for entry in listed)


def _goes(backups: Store, system: str, environment: str, id: str) -> bool:
    """Its tombstone goes last of all, after its begun record: so whoever finds neither saw it go."""
    found = Tombstones(backups, system, environment).of(id)
    if found is not None:
        return found.tombstone.state == "going"
    return backups.read(sets.piece_key(system, environment, id, BEGUN)) is None


def _begun(backups: Store, system: str, environment: str, id: str) -> Begun | None:
    """Whose word cannot be read is no news of ours: `mainstay backups` names it."""
    found = backups.read(sets.piece_key(system, environment, id, BEGUN))
    try:
        return records.decode(Begun, found.data) if found else None
    except UnreadableRecord:
        return None


def _read(store: Store, key: str) -> tuple[Ended | None, str | None]:
    found = store.read(key)
    return (records.decode(Ended, found.data), found.version) if found else (None, None)
