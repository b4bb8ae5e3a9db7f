"""What takes long to start and is shared: which files of tests go one after the other for its sake, when it ends."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Generic, TypeVar

import pytest
from xdist.scheduler.loadfile import LoadFileScheduling

T = TypeVar("T")

_STORIES = "tests/stories/test_"
_TOGETHER = {  # each worker starts its own
    "an installation": ("backup_story", "deploy_story"),
    "another installation": ("maintenance_story", "no_flapping_story", "up_and_down"),
    "a platform": (
        "bootstrap",
        "broken_automation",
        "copy_story",
        "down",
        "elsewhere_story",
        "forsaken_runs",
        "prefect_server",
        "round_story",
    ),
}
_SHARED = {f"{_STORIES}{name}.py": what for what, names in _TOGETHER.items() for name in names}
_LENT: "dict[str, Lent[Any]]" = {}  # by the name of its fixture


class ByWhatIsShared(LoadFileScheduling):  # type: ignore[misc]  # it has no types
    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return _SHARED.get(file, file)


class Lent(Generic[T]):
    """Begun when the first one asks. One that could not be begun is not tried again: that takes minutes each time."""

    def __init__(self, begin: Callable[[], AbstractContextManager[T]]) -> None:
        self._begin, self._held = begin, ExitStack()
        self._made: list[T] = []
        self._failed: BaseException | None = None

    def get(self) -> T:
        if self._failed is not None:
            raise self._failed
        if not self._made:
            try:
                self._made.append(self._held.enter_context(self._begin()))
            except BaseException as reason:
                self._failed = reason
                raise
        return self._made[0]

    def end(self) -> None:
        self._made.clear()
        self._held.close()


def lend(fixture: str, begin: Callable[[], AbstractContextManager[T]]) -> T:
    found: Lent[T] = _LENT.setdefault(fixture, Lent(begin))
    return found.get()


def end_what_is_idle(following: pytest.Item | None) -> None:
    """Even if nobody asks it anything, a Prefect server takes a tenth of a processor from all tests to come."""
    for fixture, lent in _LENT.items():
        if fixture not in getattr(following, "fixturenames", ()):
            lent.end()
