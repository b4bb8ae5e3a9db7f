"""Folders on their way: nobody's business until they are renamed, and gone with whoever made them.

The maker keeps a lock on his folder. The kernel lets go of it when he dies, however he dies, and the next one to come
here removes what he left.
"""

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge import clock, private
from edge.durable import settle_folder, settle_tree
from mainstay.errors import Refused

BIRTH_SECONDS = 30.0  # making one and looking for the dead takes milliseconds
_OURS = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{16}")  # as we name them
DYING_SECONDS = 10.0  # for so long whoever was killed may still write into what he left


@contextmanager
def scratch(parent: Path, name: str) -> Iterator[Path]:
    """A new folder beside what it may become. Whoever renames it keeps it."""
    private.folder_if_missing(parent)
    with private.alone(parent / ".lock", deadline_seconds=BIRTH_SECONDS):
        dead = list(_of_the_dead(parent))
        place = parent / f".{name}.{clock.new_nonce()}"
        handle = _made(place)
    try:
        for left, its_handle in dead:
            _remove_if_allowed(left)
            os.close(its_handle)
        yield place
    finally:
        _remove_if_allowed(place)
        os.close(handle)


@contextmanager
def becoming(into: Path) -> Iterator[Path]:
    """A new folder in a person's own, which takes its name when whoever fills it is done, with all that is in it."""
    for left, handle in list(_of_the_dead(into.parent, into.name)):
        _remove_if_allowed(left)
        os.close(handle)
    place = into.with_name(f".{into.name}.{clock.new_nonce()}")
    handle = _made(place)
    try:
        yield place
        settle_tree(place)
        _take_name(place, into)
        settle_folder(into.parent)
    finally:
        if place.exists():
            _remove_if_allowed(place)
        os.close(handle)


def _take_name(place: Path, into: Path) -> None:
    try:
        place.rename(into)
    except OSError as reason:
        if not os.path.lexists(into):
            raise
        raise Refused(
            f"{into} was made by somebody else meanwhile, and is left as it is; nothing else was kept. Name a place"
            " that is not there, and do this again."
        ) from reason


def discard(folder: Path) -> None:
    """Gone at once under its name; the rest goes bit by bit, and may be left to whoever comes next."""
    aside = folder.with_name(f".{folder.name}.{clock.new_nonce()}")
    with suppress(FileNotFoundError):
        folder.rename(aside)
        settle_folder(folder.parent)
        remove(aside)


def remove(folder: Path) -> None:
    """With all that is in it, also what its makers forbade themselves to enter. Links are removed, not followed."""
    end = clock.monotonic() + DYING_SECONDS
    while folder.is_dir():
        try:
            _open_up(folder)
            shutil.rmtree(folder)
        except FileNotFoundError:  # somebody else removes it as well
            continue
        except OSError as reason:
            if reason.errno != errno.ENOTEMPTY or clock.monotonic() > end:
                raise


def _remove_if_allowed(folder: Path) -> None:
    """What another user left in it (a stage that ran a container) only takes room, and must not stop anybody."""
    with suppress(PermissionError):
        remove(folder)


def _open_up(folder: Path) -> None:
    folder.chmod(0o700)
    for place, folders, _ in os.walk(folder):
        for each in (Path(place) / name for name in folders):
            if not each.is_symlink():
                each.chmod(0o700)


def _made(place: Path) -> int:
    place.mkdir(mode=0o700)
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def _of_the_dead(parent: Path, name: str | None = None) -> Iterator[tuple[Path, int]]:
    """Each with a handle that makes it ours."""
    for left in parent.glob(".*/"):
        found = _OURS.fullmatch(left.name)
        if found is None or name not in (None, found["name"]):
            continue  # a folder of a person's: it may be among ours
        try:
            handle = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
        except (FileNotFoundError, PermissionError):
            continue  # its maker has just finished; or it is not ours to enter
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)  # its maker lives
        else:
            yield left, handle
