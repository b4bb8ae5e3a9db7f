"""The door to what was tried to prove a set, and to the one turn that a machine has for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from edge import clock, private
from edge.backups.catalogue import read_proofs
from edge.store.port import Published, Store
from mainstay.backups.past import Past
from mainstay.backups.proofs.proving import Full, Try, Unproven
from mainstay.backups.sets import tries_folder
from mainstay.keys import unproven_set
from mainstay.records import UnreadableRecord, decode, encode

WAIT_SECONDS = 6 * 3600.0  # for the proof before: it may be of a large set


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One proof at a time: each takes a disk and a processor for itself."""
    with private.alone(_turn(home), deadline_seconds=WAIT_SECONDS):
        yield


def is_busy(home: Path) -> bool:
    with private.free(_turn(home)) as nobody:
        return not nobody


def note_try(store: Store, system: str, environment: str, tried: Try) -> None:
    nonce = clock.new_nonce()
    key = f"{tries_folder(system, environment, tried.set)}/{tried.at:%Y%m%d-%H%M%S}-{nonce[:6]}.json"
    store.publish(key, encode(tried, nonce=nonce))


def newest_full(store: Store, system: str, environment: str, pasts: Sequence[Past]) -> Full | None:
    """As far as a clock needs it, from a few small objects; a word that cannot be read is none."""
    whole = [each for each in pasts if each.kind == "full" and each.good]
    newest = max(whole, key=lambda each: each.begun_at, default=None)
    if newest is None or newest.ended_at is None:
        return None
    proofs = read_proofs(store, system, environment, newest.id)
    tries = tuple(_tries(store, tries_folder(system, environment, newest.id)))
    return Full(system, environment, newest.id, newest.ended_at, proofs, tries)


def note_unproven(store: Store, unproven: Unproven, nonce: str) -> bool:
    """Whether it is we who noticed: of all rounds that see this set, one."""
    key = unproven_set(unproven.system, unproven.environment, unproven.set)
    return store.publish(key, encode(unproven, nonce=nonce)) is not Published.ANOTHERS


def _tries(store: Store, folder: str) -> Iterator[Try]:
    for entry in store.listing(folder):
        try:
            if found := store.read(entry.key):
                yield decode(Try, found.data)
        except UnreadableRecord:
            continue


def _turn(home: Path) -> Path:
    return private.folder(home / "proofs") / "turn"
