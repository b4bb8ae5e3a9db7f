"""An automation that could not act is told of: Prefect itself only notes it in a feed that nobody reads."""

from collections.abc import Callable

from edge import clock
from edge.prefect_automations import PrefectAutomations
from mainstay.automations import TOLD_FOR, could_not_act
from mainstay.errors import NotFinished


class Automations:
    """A chore: what it finds is its trouble, so it stands in the status and reaches people like any other.

    It remembers nothing: a keeper that is started anew finds the same.
    """

    def __init__(self, prefect: PrefectAutomations, server_is_ready: Callable[[], bool]) -> None:
        self._prefect, self._server_is_ready = prefect, server_is_ready

    def __call__(self) -> None:
        if not self._server_is_ready():
            return
        now = clock.now()
        if acted := self._prefect.acted(now - TOLD_FOR):
            found = could_not_act(self._prefect.held(), acted, now)
            if found:
                raise NotFinished(" ".join(found))
