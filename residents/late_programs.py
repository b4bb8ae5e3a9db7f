"""Programs that are kept up as soon as all they need is there and can be read: laid out late, or mended."""

from collections.abc import Callable, Collection, Iterable

from mainstay.programs import Program
from residents.programs import Programs


class NewPrograms:
    """A chore: whatever is found from now on is kept up too, as long as this keeper runs."""

    def __init__(self, programs: Programs, found: Callable[[], Iterable[Program]]) -> None:
        self._programs, self._found = programs, found

    def __call__(self) -> None:
        for program in self._found():
            if program.name not in self._programs.names:
                self._programs.take_on(program)


class LatePrograms:
    """A chore: asks until all of these names are kept up. What was taken on stays until the keeper is started anew."""

    def __init__(self, programs: Programs, names: Collection[str], found: Callable[[], Iterable[Program]]) -> None:
        self._programs, self._names, self._found = programs, names, found

    def __call__(self) -> None:
        if set(self._names) <= set(self._programs.names):
            return
        NewPrograms(self._programs, self._found)()
