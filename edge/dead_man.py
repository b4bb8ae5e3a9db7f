"""The door to somebody outside who misses us: an address that raises the alarm when it is no longer asked for."""

import httpx

from mainstay.errors import Transient

BUDGET_SECONDS = 10.0


def ping(address: str) -> None:
    """The address is never shown: it is the only credential such services have."""
    try:
        answer = httpx.get(address, timeout=BUDGET_SECONDS, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL) as reason:
        raise Transient(_sentence(type(reason).__name__)) from None
    if not answer.is_success:
        raise Transient(_sentence(f"it answered {answer.status_code}"))


def _sentence(met: str) -> str:
    return (
        f"the address in MAINSTAY_DEAD_MAN could not be reached ({met}). Whoever watches it will soon call this"
        " installation dead. Check the address and the way out of this machine."
    )
