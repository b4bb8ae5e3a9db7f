"""supervisord is kept up as soon as a descriptor wants services run on this host, or some were brought up here."""

from edge import supervisor
from edge.settings import Settings
from residents.programs import Programs


class Supervisor:
    """A chore. What it was taken on with stays until the keeper is started anew."""

    def __init__(self, settings: Settings, programs: Programs) -> None:
        self._settings, self._programs = settings, programs

    def __call__(self) -> None:
        if supervisor.PROGRAM in self._programs.names:
            return
        if (program := supervisor.program(self._settings)) is not None:
            self._programs.take_on(program)
