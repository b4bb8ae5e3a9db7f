"""Which Prefect server is ours: the one this run belongs to, or the one of this installation."""

from edge.platform import written_ports
from edge.prefect_api import BUDGET_SECONDS
from edge.prefect_server import PrefectServer
from edge.secrets import resolve
from edge.settings import Settings

LOGIN = "env://PREFECT_API_AUTH_STRING"


def server_of_this_run(settings: Settings, *, budget_seconds: float = BUDGET_SECONDS) -> PrefectServer | None:
    """None: the story runs without a server, so there is nobody to tell."""
    if not settings.prefect_api:
        return None
    return PrefectServer(settings.prefect_api, resolve(LOGIN).reveal(), budget_seconds=budget_seconds)


def server_of(settings: Settings, *, budget_seconds: float = BUDGET_SECONDS) -> PrefectServer | None:
    """None: nothing was ever laid out in this home."""
    ports = written_ports(settings)
    if ports is None:
        return None
    login = resolve(f"file://{settings.home}/platform/login").reveal()
    return PrefectServer(f"http://127.0.0.1:{ports.server}/api", login, budget_seconds=budget_seconds)
