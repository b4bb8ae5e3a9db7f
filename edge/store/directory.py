"""A store in a directory of one machine: a hard link decides who is first, a lock who replaces.

Its processes may be killed at any instant: a file gets its name only when it is whole and durable.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from edge import durable
from edge.store import drafts, files, possession, reading
from edge.store.drafts import Draft
from edge.store.port import Entry, Published, Stored, Upload
from mainstay import keys
from mainstay.errors import NotThere, StoreLost
from mainstay.store import STORE

LOCK_DEADLINE_SECONDS = 5
TRIES = 100  # a folder can be removed as empty just before something is put into it


def open_directory(root: Path, setting: str = STORE) -> "DirectoryStore":
    possession.take(root, setting)
    store = DirectoryStore(root)
    store.sweep("", older_than_seconds=0)
    return store


class DirectoryStore:
    server: str | None = None

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders = durable.Folders(root)

    @property
    def address(self) -> str:
        return str(self._root)

    def publish(self, key: str, data: bytes) -> Published:
        target = self._target(key)
        with self._losing():
            if (mine := files.holds(target, data)) is not None:  # spares the writing; the link is what decides
                return self._answer(target, mine)
            with self._drafting() as draft:
                draft.write(data)
                return self._link(draft, target, partial(files.holds, target, data))

    def swap(self, key: str, data: bytes, *, expected: str | None) -> str | None:
        version = files.version(data)
        if expected is None:
            return None if self.publish(key, data) is Published.ANOTHERS else version
        with self._losing(), self._drafting() as draft:
            draft.write(data)
            draft.settle()  # before the lock: others wait for as little as possible
            with self._locked(key):
                return version if self._replace(draft, self._target(key), expected, version) else None

    def read(self, key: str) -> Stored | None:
        with self._losing():
            if (found := files.read(self._target(key))) is None:
                self._check_present()
            return found

    def listing(self, prefix: str, *, after: str = "") -> Iterator[Entry]:
        self._check_present()
        folder = prefix.strip("/")
        return self._below(self._target(folder), f"{folder}/", after) if folder else self._below(self._root, "", after)

    def folders(self, prefix: str) -> Iterator[str]:
        self._check_present()
        folder = prefix.strip("/")
        within = self._target(folder) if folder else self._root
        with self._losing():
            names = sorted(name for name, is_folder in files.ordered(within) if is_folder and keys.is_key(name))
        return (name for name in names if next(self._below(within / name, "", ""), None))

    @contextmanager
    def upload(self, key: str) -> Iterator[Upload]:
        target = self._target(key)
        with self._losing():
            draft = Draft(self._root / possession.DRAFTS)
        try:
            is_mine = partial(files.same, draft.path, target)
            yield _Upload(draft, partial(self._link, draft, target, is_mine), self._losing)
        finally:
            draft.discard()

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        with self._losing():
            try:
                file = self._target(key).open("rb", buffering=0)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                self._check_present()
                raise NotThere(f"Nothing stands under {key} in the store {self.address}.") from None
        with file:
            yield reading.stream(file.read, self._losing)

    def delete(self, key: str) -> None:
        target = self._target(key)
        self._check_present()
        with self._losing(), self._locked(key):
            if target.is_file():
                target.unlink()
                self._folders.settle(target.parent)
                self._folders.prune(target.parent)

    def sweep(self, prefix: str, *, older_than_seconds: float) -> None:
        """Whatever their age and wherever they were going: here the dead are known by their locks."""
        with self._losing():
            drafts.sweep(self._root / possession.DRAFTS)

    def _target(self, key: str) -> Path:
        return self._root / keys.checked(key)

    def _losing(self) -> AbstractContextManager[None]:
        return durable.failing(self.address)

    @contextmanager
    def _drafting(self) -> Iterator[Draft]:
        draft = Draft(self._root / possession.DRAFTS)
        try:
            yield draft
        finally:
            draft.discard()

    def _locked(self, key: str) -> AbstractContextManager[None]:
        lock = self._root / possession.LOCKS / files.version(key.encode())[:2]  # 256 of them, never removed
        return durable.locked(lock, deadline_seconds=LOCK_DEADLINE_SECONDS)

    def _link(self, draft: Draft, target: Path, is_mine: Callable[[], bool | None]) -> Published:
        draft.settle()
        for _ in range(TRIES):
            try:
                self._folders.make(target.parent)
                os.link(draft.path, target)
            except FileExistsError:
                if (mine := is_mine()) is not None:
                    return self._answer(target, mine)
            except FileNotFoundError:
                self._check_present()
            else:
                self._folders.settle(target.parent)
                return Published.CREATED
        raise StoreLost(f"{target} could not be made in {TRIES} tries: something keeps removing it or its folder.")

    def _replace(self, draft: Draft, target: Path, expected: str, version: str) -> bool:
        found = files.read(target)
        if found is None:
            self._check_present()
        if found is None or found.version not in (expected, version):
            return False
        if found.version == expected:
            draft.path.replace(target)
        self._folders.settle(target.parent)  # also when it is mine already: that try may have died before this
        return True

    def _answer(self, target: Path, mine: bool) -> Published:
        if not mine:
            return Published.ANOTHERS
        self._folders.settle(target.parent)  # the try that put it there may have died before this
        return Published.MINE

    def _check_present(self) -> None:
        """An unmounted disk must not look like an empty store."""
        with self._losing():
            present = (self._root / possession.MARKER).exists()
        if not present:
            raise StoreLost(f"The store {self.address} is gone. If its disk was unmounted, mount it again.")

    def _below(self, folder: Path, prefix: str, after: str) -> Iterator[Entry]:
        with self._losing():
            found = files.ordered(folder)
        for name, is_folder in found:
            if not keys.is_key(name):
                continue  # our own things begin with a dot; other names are not of records
            if is_folder:
                yield from self._below(folder / name, f"{prefix}{name}/", after)
            elif prefix + name > after and (entry := files.entry(folder / name, prefix + name)) is not None:
                yield entry


class _Upload:
    def __init__(
        self, draft: Draft, publish: Callable[[], Published], losing: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._draft, self._publish, self._losing = draft, publish, losing

    def write(self, chunk: bytes) -> None:
        with self._losing():
            self._draft.write(chunk)

    def commit(self) -> Published:
        with self._losing():
            return self._publish()
