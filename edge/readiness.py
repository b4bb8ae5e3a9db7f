"""The door through which a program is asked whether it is ready."""

import socket
from urllib.parse import urlsplit

import httpx

BUDGET_SECONDS = 2.0


class Readiness:
    """Asks an address; the answer is empty when it is ready, else what was met."""

    def __init__(self) -> None:
        self._client = httpx.Client(
            timeout=BUDGET_SECONDS,
            trust_env=False,  # a proxy named in somebody's environment knows nothing of our loopback
            limits=httpx.Limits(max_keepalive_connections=0),  # each probe proves that it still takes connections
        )

    def ask(self, address: str) -> str:
        parts = urlsplit(address)
        if parts.scheme == "tcp":
            return self._connect(parts.hostname or "127.0.0.1", parts.port or 0)
        if parts.scheme == "unix":
            return self._open(address.removeprefix("unix://"))
        return self._get(address)

    def _connect(self, host: str, port: int) -> str:
        try:
            with socket.create_connection((host, port), timeout=BUDGET_SECONDS):
                return ""
        except OSError as reason:
            return f"port {port}: {reason}"

    def _open(self, place: str) -> str:
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(BUDGET_SECONDS)
            try:
                asked.connect(place)
            except OSError as reason:
                return f"socket {place}: {reason}"
        return ""

    def _get(self, address: str) -> str:
        try:
            answer = self._client.get(address)
        except httpx.TimeoutException:
            return f"no answer within {BUDGET_SECONDS:g} s"
        except httpx.HTTPError as reason:
            return str(reason) or type(reason).__name__
        return "" if answer.is_success else f"answers {answer.status_code}"
