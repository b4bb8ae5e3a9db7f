"""What is not well for a minute is told to everybody the descriptors name: once, until it has been well again."""

from collections.abc import Callable
from datetime import timedelta

from edge import clock, machine, notices
from edge.settings import Settings
from edge.store.port import Store
from edge.systems import read_readable
from mainstay import news
from mainstay.destinations import destinations
from mainstay.errors import BadDescriptor, MainstayError
from mainstay.keeper import Condition, Report, Trouble, lasting
from mainstay.notices import Destination, Notice

PATIENCE = timedelta(minutes=1)


class News:
    """A chore. Who is told of the store cannot be asked of the store, so a lost one holds up nothing."""

    def __init__(self, settings: Settings, store: Callable[[], Store], report: Callable[[], Report]) -> None:
        self._settings, self._store, self._report = settings, store, report
        self._told: frozenset[str] = frozenset()

    def __call__(self) -> None:
        found = {notice.key: notice for notice in map(_notice, lasting(self._report(), clock.now(), PATIENCE))}
        for key in found.keys() - self._told:
            notices.deliver(
                found[key],
                self._everybody(),
                self._reachable(),
                clock.now(),
                home=self._settings.home,
                budget_seconds=notices.BY_THE_KEEPER_SECONDS,
            )
        self._told = frozenset(found)

    def _everybody(self) -> tuple[Destination, ...]:
        """Also when not all descriptors can be read; those that cannot are news themselves."""
        systems, _ = read_readable(self._settings)
        return tuple({to for system in systems for to in destinations(system.notices)})

    def _reachable(self) -> Store | None:
        try:
            return self._store()
        except MainstayError:
            return None


def read_descriptors(settings: Settings) -> None:
    """A chore: a file that cannot be read is told of, before somebody should hear what is only written in there."""
    _, faults = read_readable(settings)
    if faults:
        raise BadDescriptor(faults)


def _notice(bad: Condition | Trouble) -> Notice:
    if isinstance(bad, Condition):
        return news.program_stays_down(bad.name, machine.name(), bad.why)
    return news.duty_fails(bad.chore, machine.name(), bad.why)
