"""The door to addresses that take a POST, and to the one that misses our pings."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit, urlunsplit

import httpx

from edge import machine, secrets
from edge.secrets import redaction
from mainstay.notices import Answer, Notice, WebhookTo

_LONGEST_WORD = 8  # a longer path is a key
_IDENTITY = {"User-Agent": "mainstay"}


def post(notice: Notice, to: WebhookTo, at: datetime, *, timeout_seconds: float) -> Answer:
    """One try. Delivered is what was answered with 2xx."""
    address = _address(to.address_reference)
    try:
        with (
            httpx.Client(timeout=timeout_seconds, headers=_IDENTITY) as client,
            client.stream(
                "POST", address, json=_body(notice, at)
            ) as answer,  # what it answers is not read: it may drip
        ):
            return _judge(answer, at)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
        return Answer(False, f"What {to.shown} refers to is not an http(s) address; write one there.")
    except httpx.TransportError as reason:
        said = redaction.redact(f"{to.shown} did not answer: {reason or 'nothing'} ({type(reason).__name__}).")
        return Answer(False, said, worth_again=True)


def ping(address: str, ok: bool, *, timeout_seconds: float = 5) -> bool:
    """Tell the outsider that we live (``ok``), or that we live and all is not well; True if he heard it."""
    try:
        parts = urlsplit(_address(address))
        if len(parts.path) > _LONGEST_WORD:  # who knows it can pretend that we live
            redaction.learn(parts.path)
        where = urlunsplit(parts if ok else parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
        with httpx.Client(timeout=timeout_seconds, headers=_IDENTITY) as client, client.stream("GET", where) as answer:
            return answer.is_success
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return False


def _address(reference: str) -> str:
    """An address may stand in the descriptor itself if it is no secret."""
    if reference.startswith(("http://", "https://")):
        return reference
    return secrets.resolve(reference).reveal()


def _body(notice: Notice, at: datetime) -> dict[str, object]:
    """``text`` is what Slack, Mattermost and their kin show."""
    return {
        "text": f"{notice.subject}\n{notice.text}",
        "key": notice.key,
        "severity": notice.severity.value,
        "system": notice.system,
        "environment": notice.environment,
        "at": at.isoformat(),
        "machine": machine.name(),
        "english": {"happened": notice.english.happened, "means": notice.english.means, "do": notice.english.do},
        "russian": {"happened": notice.russian.happened, "means": notice.russian.means, "do": notice.russian.do},
    }


def _judge(answer: httpx.Response, now: datetime) -> Answer:
    said = f"{answer.url.host} answered {answer.status_code} {answer.reason_phrase}"
    if answer.is_success:
        return Answer(True, said)
    if answer.is_redirect:
        return Answer(False, f"{said}: it is elsewhere now; write the new address.")
    busy = answer.status_code in (408, 425, 429) or answer.is_server_error
    return Answer(
        False,
        f"{said}: {'it may take it later' if busy else 'it will not take this; check the address and its key'}.",
        worth_again=busy,
        again_after_seconds=_seconds(answer.headers.get("Retry-After", ""), now) if busy else 0,
    )


def _seconds(retry_after: str, now: datetime) -> float:
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - now).total_seconds())
    except (ValueError, TypeError):
        return 0
