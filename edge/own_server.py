"""Which Prefect server is ours: the one this run belongs to, or the one of this installation."""

import json

from edge.prefect_server import BUDGET_SECONDS, PrefectServer
from edge.secrets import resolve
from edge.settings import Settings

LOGIN = "env://PREFECT_API_AUTH_STRING"


def server_of_this_run(settings: Settings) -> PrefectServer | None:
    """None: the story runs without a server, so there is nobody to tell."""
    return PrefectServer(settings.prefect_api, resolve(LOGIN).reveal()) if settings.prefect_api else None


def server_of(settings: Settings, *, budget_seconds: float = BUDGET_SECONDS) -> PrefectServer | None:
    """None: nothing was ever laid out in this home."""
    kept = settings.home / "platform"
    try:
        port = json.loads((kept / "ports.json").read_text())["server"]
        login = resolve(f"file://{kept / 'login'}").reveal()
    except FileNotFoundError:
        return None
    return PrefectServer(f"http://127.0.0.1:{port}/api", login, budget_seconds=budget_seconds)
