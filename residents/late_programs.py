"""Programs that are kept up as soon as all they need is there and can be read: laid out late, or mended."""

from collections.abc import Callable, Collection, Iterable

from mainstay.programs import Program
from residents.programs import Programs


class LatePrograms:
    """A chore: asks until all of these names are kept up. What was taken on stays until the keeper is started anew."""

    def __init__(self, programs: Programs, names: Collection[str], found: Callable[[], Iterable[Program]]) -> None:
        self._programs, self._names, self._found = programs, names, found

    def __call__(self) -> None:
        if set(self._names) <= set(self._programs.names):
            return
        for program in self._found():
            if program.name not in self._programs.names:
                self._programs.take_on(program)
