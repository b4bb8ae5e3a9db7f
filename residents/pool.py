"""A pool that `mainstay down` closed is opened when the platform is back, whoever brought it back."""

from collections.abc import Callable
from pathlib import Path

from edge import pausing
from edge.prefect_server import PrefectServer


class Pool:
    """A chore. While the `mainstay down` that closed it lives, it stays closed."""

    def __init__(self, home: Path, server: PrefectServer, server_is_ready: Callable[[], bool]) -> None:
        self._home, self._server, self._server_is_ready = home, server, server_is_ready

    def __call__(self) -> None:
        if pausing.left_closed(self._home) and self._server_is_ready():
            pausing.open_pool(self._home, self._server)
