"""The door to approvals in the store: who waits for a word, and the newest word there is."""

from typing import TypeVar

from edge import clock
from edge.store.port import Store
from mainstay import keys
from mainstay.approvals import Approval, Waiting
from mainstay.records import decode, encode

T = TypeVar("T")


def wait(store: Store, system: str, environment: str, binding: str, waiting: Waiting) -> None:
    _write(store, keys.waiting(system, environment, binding), waiting)


def read_waiting(store: Store, system: str, environment: str, binding: str) -> Waiting | None:
    return _read(store, keys.waiting(system, environment, binding), Waiting)


def approve(store: Store, binding: str, approval: Approval) -> None:
    _write(store, keys.approval(approval.system, approval.environment, binding), approval)


def read_approval(store: Store, system: str, environment: str, binding: str) -> Approval | None:
    return _read(store, keys.approval(system, environment, binding), Approval)


def _write(store: Store, key: str, word: Waiting | Approval) -> None:
    """The newest word counts; one that was written meanwhile is older by a moment."""
    while True:
        found = store.read(key)
        expected = found.version if found else None
        if store.swap(key, encode(word, nonce=clock.new_nonce()), expected=expected) is not None:
            return


def _read(store: Store, key: str, kind: type[T]) -> T | None:
    found = store.read(key)
    return decode(kind, found.data) if found else None
