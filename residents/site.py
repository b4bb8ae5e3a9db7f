"""The practice site is kept up as soon as all of it is there and can be read: when it is laid out late, or mended."""

from edge import practice_site
from edge.settings import Settings
from residents.programs import Programs


class Site:
    """A chore. What it was taken on with stays until the keeper is started anew."""

    def __init__(self, settings: Settings, programs: Programs) -> None:
        self._settings, self._programs = settings, programs

    def __call__(self) -> None:
        if set(practice_site.PROGRAMS) <= set(self._programs.names):
            return
        for program in practice_site.programs(self._settings):
            if program.name not in self._programs.names:
                self._programs.take_on(program)
