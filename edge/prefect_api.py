"""The way to Prefect's HTTP API: one call, one budget, one kind of error for each thing that can be done about it."""

from typing import Any

import httpx

from edge import clock
from mainstay.errors import ServerLost, ServerRefused

BUDGET_SECONDS = 2.0


class PrefectApi:
    """One server, one login ("user:password"), and how long a call may take."""

    def __init__(self, api: str, login: str | None, *, budget_seconds: float = BUDGET_SECONDS) -> None:
        self.api = api.rstrip("/")
        self._budget_seconds = budget_seconds
        user, _, password = (login or "").partition(":")
        self._client = httpx.Client(
            auth=httpx.BasicAuth(user, password) if login else None,
            timeout=httpx.Timeout(budget_seconds * 3 / 4, connect=budget_seconds / 4),
            limits=httpx.Limits(max_keepalive_connections=0),  # a connection kept from before a restart is a dead one
            trust_env=False,  # a proxy named in the environment has no business on loopback
        )

    def call(self, method: str, path: str, words: object = None, *, missing: bool = False) -> Any:
        """The answer as it came; with ``missing``, None for what the server does not know."""
        try:
            answer = self._within_budget(method, path, words)
        except httpx.HTTPError as reason:
            raise ServerLost(f"Prefect at {self.api} gave no answer ({type(reason).__name__}: {reason}).") from None
        if missing and answer.status_code == 404:
            return None
        if answer.status_code >= 500 or answer.status_code == 429:
            raise ServerLost(f"Prefect at {self.api} could not answer {method} {path} now ({answer.status_code}).")
        if answer.status_code in (401, 403):
            raise ServerRefused(f"Prefect at {self.api} refused the login. It is kept in platform/login of our home.")
        if answer.is_error:
            raise ServerRefused(f"Prefect said no to {method} {path} ({answer.status_code}): {answer.text[:500]}")
        try:
            return answer.json() if answer.content else {}
        except ValueError:
            raise ServerRefused(f"What answers at {self.api} is not Prefect. See who has that port: ss -ltnp") from None

    def _within_budget(self, method: str, path: str, words: object) -> httpx.Response:
        """A server that answers drop by drop is lost too."""
        end = clock.monotonic() + self._budget_seconds
        with self._client.stream(method, self.api + path, json=words) as answer:
            chunks = []
            for chunk in answer.iter_bytes():
                chunks.append(chunk)
                if clock.monotonic() > end:
                    raise httpx.ReadTimeout(f"it took longer than {self._budget_seconds:g} s")
        return httpx.Response(answer.status_code, content=b"".join(chunks))
