"""Whether a place keeps what a store promises, asked of the place itself. Leaves nothing behind.

Some servers take the conditions of a write, ignore them and answer that all is well: only trying tells.
"""

import signal
import sys

from edge import clock, processes
from edge.store.port import Door, Published, Store
from mainstay.errors import StoreRefused

FOLDER = "selftest"
WRITER_DEADLINE_SECONDS = 20


def prove(store: Store) -> None:
    """Refused by name, with the promise it broke; silent if it keeps them all."""
    folder = f"{FOLDER}/{clock.new_nonce()}"
    try:
        _publishes_once(store, f"{folder}/once")
        _swaps(store, f"{folder}/swapped")
        _shows_nothing_unfinished(store, folder, f"{folder}/unfinished")
    finally:
        for entry in list(store.listing(folder)):
            store.delete(entry.key)


def _publishes_once(store: Store, key: str) -> None:
    first, second = _mark(), _mark()
    answers = (store.publish(key, first), store.publish(key, second), store.publish(key, first))
    if answers != (Published.CREATED, Published.ANOTHERS, Published.MINE) or _standing(store, key) != first:
        raise _refused(store, "an object was published twice under one key (it ignores If-None-Match)")


def _swaps(store: Store, key: str) -> None:
    first, second, third = _mark(), _mark(), _mark()
    old = store.swap(key, first, expected=None)
    if old is None:
        raise _refused(store, "a free key could not be taken")
    if store.swap(key, third, expected=None) is not None:
        raise _refused(store, "a key that was taken could be taken again (it ignores If-None-Match)")
    if store.swap(key, second, expected=old) is None:
        raise _refused(store, "what was just read could not be replaced (it misunderstands If-Match)")
    if store.swap(key, third, expected=old) is not None or _standing(store, key) != second:
        raise _refused(store, "an object was replaced by somebody who had not seen it (it ignores If-Match)")


def _shows_nothing_unfinished(store: Store, folder: str, key: str) -> None:
    argv = [sys.executable, "-m", "edge.store.dying", store.address, key]
    output = processes.run(argv, deadline_seconds=WRITER_DEADLINE_SECONDS)
    if output.exit != -signal.SIGKILL:
        raise _refused(store, f"a writer could not even begin: {output.text.strip()[-400:]}")
    shown = store.read(key) is not None or any(entry.key == key for entry in store.listing(folder))
    if isinstance(store, Door):
        store.sweep(key, older_than_seconds=0)
    if shown:
        raise _refused(store, "a writer that was killed left a partial object under its name")


def _mark() -> bytes:
    return clock.new_nonce().encode()


def _standing(store: Store, key: str) -> bytes | None:
    found = store.read(key)
    return None if found is None else found.data


def _refused(store: Store, promise: str) -> StoreRefused:
    server = store.server if isinstance(store, Door) else None
    named = f' (its server calls itself "{server}")' if server else ""
    return StoreRefused(
        f"{store.address}{named} cannot be the store: {promise}. Two changes at once would both believe to be alone,"
        " so nothing is kept there. Use a directory, AWS S3, MinIO or another server with conditional writes."
    )
