"""Starts ``retire`` where the old color's rollback window is over: it looks at every environment now and then."""

from collections.abc import Callable

from edge import clock
from edge.openings import look_around
from edge.settings import Settings
from edge.stories import Started
from edge.systems import read_readable
from mainstay import retire
from mainstay.colors import read_standing
from mainstay.descriptor.system import System
from mainstay.errors import BadInput, MainstayError, NotFinished

Retire = Callable[[str, str, str], Started]  # system, environment, key


class Retiring:
    """A chore. Under one key a story is started once, however often we look while it waits or runs."""

    def __init__(self, settings: Settings, retire: Retire) -> None:
        self._settings, self._retire = settings, retire

    def __call__(self) -> None:
        """One that cannot be looked at keeps none of the others from their end."""
        faults: list[str] = []
        good, _ = read_readable(self._settings)  # what is wrong with the others is told by whoever reads descriptors
        for site in good:
            for environment in site.environments:
                try:
                    self._look(site, environment)
                except BadInput:
                    continue  # this version reaches no host there, so it never brought anything there
                except MainstayError as reason:
                    faults.append(f"{site.name} {environment}: {reason}")
        if faults:
            raise NotFinished(" ".join(faults))

    def _look(self, site: System, environment: str) -> None:
        answers, now = look_around(self._settings, site, environment), clock.now()
        standings = [read_standing(name, answer) for name, answer in answers.items() if answer.flags]
        since = retire.plan_retirement(standings, now).since
        if since is not None:
            self._retire(site.name, environment, retire.key(site.name, environment, since, now))
