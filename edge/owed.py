"""What the store is owed: it waits on this machine while the store is away, and is paid when it is back."""

from collections.abc import Callable, Iterator
from pathlib import Path

from edge.patience import run_within
from edge.store.directory import open_directory
from edge.store.port import Entry, Store, Stored

ASIDE = "aside"  # below settings.home: a small store of this machine's own
INSIDE_A_CHANGE_SECONDS = 2.0  # users wait for what the change does, so it waits no longer for the store than this


def is_used(home: Path) -> bool:
    return (home / ASIDE).is_dir()


def aside(home: Path) -> Store:
    return open_directory(home / ASIDE)


def put_or_owe(put: Callable[[], object] | None, *, home: Path, key: str, data: bytes, budget_seconds: float) -> bool:
    """True: the store has it. False: it waits here. It raises only when this machine fails as well."""
    if put is not None and not isinstance(run_within(budget_seconds, [put])[0], Exception):
        return True
    aside(home).publish(key, data)
    return False


def owed(home: Path, prefix: str) -> Iterator[tuple[Entry, Stored]]:
    """What waits under this prefix, in the order of the keys."""
    if is_used(home):
        here = aside(home)
        for waiting in list(here.listing(prefix)):
            if found := here.read(waiting.key):
                yield waiting, found


def pay(home: Path, prefix: str, put: Callable[[str, bytes], bool]) -> int:
    """How many the store had not heard of. ``put`` may be told the same twice, if we are killed in it."""
    paid = 0
    for waiting, found in owed(home, prefix):
        paid += put(waiting.key, found.data)
        aside(home).delete(waiting.key)
    return paid
