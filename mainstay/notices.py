"""What Mainstay tells people: what happened, what it means, what to do, in English and in Russian.

The key says what the news is about: news under a key that still waits to be delivered is not queued twice.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from mainstay.errors import BadInput
from mainstay.secrets import parse

FIRST_GAP = timedelta(seconds=30)
LONGEST_GAP = timedelta(hours=1)
ALARM_AFTER = timedelta(minutes=15)


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ALARM = "alarm"


@dataclass(frozen=True)
class Words:
    happened: str
    means: str
    do: str

    def __str__(self) -> str:
        return f"{self.happened}\n{self.means}\n{self.do}"


@dataclass(frozen=True)
class Notice:
    key: str
    severity: Severity
    system: str
    environment: str
    english: Words
    russian: Words

    @property
    def subject(self) -> str:
        about = " ".join(word for word in (self.system, self.environment) if word)
        return " ".join(f"[{self.severity.value}] {about}: {self.english.happened}".split())

    @property
    def text(self) -> str:
        return f"{self.english}\n\n{self.russian}\n"


@dataclass(frozen=True)
class WebhookTo:
    """A POST of JSON. The address is a reference, or an http(s) address that is no secret."""

    address_reference: str

    @property
    def shown(self) -> str:
        return f"webhook {_shown(self.address_reference)}"


@dataclass(frozen=True)
class MailTo:
    """A mail through ``server`` (host:port). Without references it is sent without a login."""

    server: str
    sender: str
    recipients: tuple[str, ...]
    login_reference: str | None = None
    password_reference: str | None = None

    @property
    def shown(self) -> str:
        return f"mail to {', '.join(self.recipients)} through {self.server}"


Destination = WebhookTo | MailTo


@dataclass(frozen=True)
class Answer:
    """What came of one try. ``said`` is for a person; not ``worth_again``: the same question gets the same answer."""

    delivered: bool
    said: str
    worth_again: bool = False
    again_after_seconds: float = 0  # what the other side asked for
    remaining: Destination | None = None  # who of the destination has not been told, if not all of it


@dataclass(frozen=True)
class Receipt:
    """What became of one notice at one destination, and where it waits if it was not delivered."""

    destination: Destination
    delivered: bool
    said: str
    kept_in: str | None = None


@dataclass(frozen=True)
class Undelivered:
    """A notice that waits for a destination to answer. Destinations are references: no secret is kept here."""

    notice: Notice
    destination: Destination
    since: datetime
    attempts: int
    next_at: datetime
    said: str

    @property
    def id(self) -> str:
        return sha256(f"{self.notice.key}\n{self.destination.shown}".encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Alarm:
    """Something a person must see although nothing could tell him. It stands until it is cleared."""

    key: str
    since: datetime
    words: Words


def first_kept(notice: Notice, destination: Destination, now: datetime) -> Undelivered:
    """Written down before it is sent: who dies while sending has not lost it."""
    return Undelivered(notice, destination, now, 0, now + FIRST_GAP, "it was not tried yet")


def kept_again(waiting: Undelivered, answer: Answer, now: datetime) -> Undelivered:
    """Gaps grow from half a minute to an hour, and are not shorter than the other side asked for."""
    gap = min(FIRST_GAP * 2 ** min(waiting.attempts, 10), LONGEST_GAP)
    asked = timedelta(seconds=min(answer.again_after_seconds, LONGEST_GAP.total_seconds()))
    return replace(
        waiting,
        destination=answer.remaining or waiting.destination,
        attempts=waiting.attempts + 1,
        next_at=now + max(gap, asked),
        said=answer.said,
    )


def alarm_key(id: str) -> str:
    return f"undelivered-{id}"


def alarm_of(waiting: Undelivered, id: str, now: datetime) -> Alarm | None:
    """After a quarter of an hour it is no longer a hiccup."""
    if now - waiting.since < ALARM_AFTER:
        return None
    return Alarm(
        alarm_key(id),
        waiting.since,
        Words(
            f'Nobody was told: "{waiting.notice.subject}" (since {waiting.since:%Y-%m-%d %H:%M} UTC, '
            f"{waiting.attempts} tries, {waiting.destination.shown}).",
            f"The last answer: {waiting.said}",
            "Mend the destination in the descriptor or the secret it refers to; delivery is tried again by itself, "
            f"at latest every hour, and clears this alarm. If nobody need be told any more: mainstay forget {id}",
        ),
    )


def unreadable(id: str, why: str, now: datetime) -> Alarm:
    return Alarm(
        alarm_key(id),
        now,
        Words(
            f"A notice that waits to be delivered cannot be read: {why}",
            "Nobody will be told what it says; all other notices go on.",
            f"Look at notices/undelivered/{id}.json in the store; when you know what it says: mainstay forget {id}",
        ),
    )


def _shown(reference: str) -> str:
    """Only its host if it is an address; nothing at all if it may be a secret."""
    scheme, _, rest = reference.partition("://")
    if scheme in ("http", "https"):
        return f"{scheme}://{rest.rpartition('@')[2].partition('/')[0].partition('?')[0]}"
    try:
        return str(parse(reference))
    except BadInput:
        return "whose address is not a reference"
