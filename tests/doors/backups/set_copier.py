"""A copier in a process of its own, which may be killed at any step of what it does to the copy."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge.backups import catalogue
from edge.backups.copies import carrying
from edge.backups.keyring import keyring
from edge.store import open_place
from edge.store.port import Published, Upload
from mainstay.backups import sets
from mainstay.backups.copies.lacking import plan_copy, to_look_at
from tests.doors.backups.set_rig import ENVIRONMENT, SYSTEM


class Mortal:
    """A store that is the death of its user at one step."""

    def __init__(self, store: Any, step: int) -> None:
        self._store, self._left = store, step

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def publish(self, key: str, data: bytes) -> Published:
        self._one_less()
        found: Published = self._store.publish(key, data)
        return found

    @contextmanager
    def upload(self, key: str) -> Iterator[Upload]:
        self._one_less()
        with self._store.upload(key) as upload:
            yield upload
            self._one_less()  # committed, and nobody was told

    def _one_less(self) -> None:
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


def bring(home: Path, first: Any, copy: Any) -> int:
    """All that is lacking; how many sets that were."""
    folder, public = sets.sets_folder(SYSTEM, ENVIRONMENT), keyring(home).writer_public
    seen, held = carrying.look(first, folder), carrying.look(copy, folder)
    ids = to_look_at(seen.sizes, held.sizes, SYSTEM, ENVIRONMENT)
    looked = [(catalogue.read_set(first, public, SYSTEM, ENVIRONMENT, id), 1) for id in ids]
    plan = plan_copy(looked, held.sizes, held.stored)
    for lacking in plan.sets:
        carrying.bring_set(first, copy, public, lacking, lambda _bytes: None)
    return len(plan.sets)


def copier(home: Path, first: str, copy: str, *, dies_at: int = 1_000_000) -> int:
    """A child of ours that does it; its number. Forked: most of what a new interpreter does is to begin."""
    if child := os.fork():
        return child
    exit = 1
    try:
        bring(home, open_place(first), Mortal(open_place(copy), dies_at))
        exit = 0
    finally:
        os._exit(exit)


def ended(child: int) -> int:
    """Its exit; below zero, the signal it died of."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
