"""Starts ``retire`` where the old color's rollback window is over: it looks at every environment now and then."""

from collections.abc import Callable

from edge import clock
from edge.openings import look_around
from edge.settings import Settings
from edge.stories import Started
from edge.systems import read_readable
from mainstay.colors import WARM, read_standing
from mainstay.descriptor.system import System
from mainstay.retire import plan_retirement

Retire = Callable[[str, str, str], Started]  # system, environment, key


class Retiring:
    """A chore. Under one key a story is started once, however often we look while it waits or runs."""

    def __init__(self, settings: Settings, retire: Retire) -> None:
        self._settings, self._retire = settings, retire

    def __call__(self) -> None:
        good, _ = read_readable(self._settings)  # what is wrong with the others is told by whoever reads descriptors
        for site in good:
            for environment in site.environments:
                if until := self._over(site, environment):
                    self._retire(site.name, environment, f"retire/{site.name}/{environment}/{until}")

    def _over(self, site: System, environment: str) -> str:
        """Until when its old color was kept warm, if that is over; otherwise nothing."""
        answers = look_around(self._settings, site, environment)
        warm = [answer.flags[WARM] for answer in answers.values() if WARM in answer.flags]
        standings = [read_standing(name, answer) for name, answer in answers.items() if answer.flags]
        return max(warm) if warm and plan_retirement(standings, clock.now()).color else ""
