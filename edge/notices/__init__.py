"""Telling people. It never fails what it tells of, and never takes longer than it was given.

A notice is written down before it is sent and struck out when it was taken: who dies in between has
not lost it. So it may arrive twice (with the same key), and never not at all without an alarm.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from edge import clock, owed
from edge.notices import alarms, mail, waiting_room, webhook
from edge.notices.waiting_room import Written
from edge.patience import run_within
from edge.secrets import redaction
from edge.store.port import Store
from mainstay import keys
from mainstay.errors import MainstayError, StoreLost
from mainstay.notices import (
    Alarm,
    Answer,
    Destination,
    MailTo,
    Notice,
    Receipt,
    Undelivered,
    WebhookTo,
    Words,
    alarm_key,
    alarm_of,
    first_kept,
)

BY_THE_KEEPER_SECONDS = 20.0
AT_ONCE = 8  # so many are tried together by one ``redeliver``

_TO_WRITE_IT_DOWN = 0.2  # of the budget, for each place
_FIRST_PAUSE_SECONDS = 0.2
_ONE_ANSWER_SECONDS = 5  # beyond the budget nobody waits for it, but a late yes is still heard


def deliver(
    notice: Notice,
    destinations: Sequence[Destination],
    store: Store | None,
    now: datetime,
    *,
    home: Path,
    budget_seconds: float = owed.INSIDE_A_CHANGE_SECONDS,
) -> tuple[Receipt, ...]:
    """Never raises. Without a store that answers, what is not delivered waits below ``home``."""
    until = clock.monotonic() + budget_seconds
    told = _redacted(notice)
    written = [Written(first_kept(told, to, now)) for to in destinations]
    _keep(written, store, home, budget_seconds * _TO_WRITE_IT_DOWN)
    jobs = [partial(_tell, each.undelivered, each.settle, now, until) for each in written]
    outcomes = run_within(until - clock.monotonic(), jobs)
    return tuple(_receipt(w.undelivered, w.kept_in, said) for w, said in zip(written, outcomes, strict=True))


def redeliver(store: Store | None, now: datetime, *, home: Path) -> tuple[Receipt, ...]:
    """Try again what is due; what waits for long becomes an alarm. A failing place raises after the other's turn."""
    until = clock.monotonic() + BY_THE_KEEPER_SECONDS
    receipts: list[Receipt] = []
    failures: list[MainstayError] = []
    for place in _places(store, home):
        try:
            receipts += _redeliver_from(place(), now, until)
        except MainstayError as reason:
            failures.append(reason)
    if failures:
        raise failures[0]
    return tuple(receipts)


def standing_alarms(store: Store, *, home: Path) -> tuple[Alarm, ...]:
    """All that a person must see, from the store and from what waits on this machine."""
    here = alarms.alarms(owed.aside(home)) if owed.is_used(home) else ()
    return alarms.alarms(store) + here


def forget(store: Store, id: str, *, home: Path) -> bool:
    """A person's word that a notice need not arrive any more. False: none of this id waits, or stands as an alarm."""
    found = False
    for place in (open_place() for open_place in _places(store, home)):
        for key in (keys.undelivered(id), keys.alarm(alarm_key(id))):
            if place.read(key) is not None:
                place.delete(key)
                found = True
    return found


def ping(address: str, ok: bool, *, budget_seconds: float = 5) -> bool:
    """Tell the outsider who would miss us; True if he heard it. Never raises."""
    return run_within(budget_seconds, [partial(webhook.ping, address, ok, timeout_seconds=budget_seconds)])[0] is True


def _keep(written: Sequence[Written], store: Store | None, home: Path, seconds: float) -> None:
    """Each in the first place that takes it in time; in none, if the disk fails as well as the store."""
    left = written
    for place in (*_given(store), *_given_home(home)):
        outcomes = run_within(seconds, [partial(each.keep, place) for each in left])
        left = [each for each, outcome in zip(left, outcomes, strict=True) if outcome is not None]


def _places(store: Store | None, home: Path) -> tuple[Callable[[], Store], ...]:
    return (*_given(store), *(_given_home(home) if owed.is_used(home) else ()))


def _given(store: Store | None) -> tuple[Callable[[], Store], ...]:
    return () if store is None else (lambda: store,)


def _given_home(home: Path) -> tuple[Callable[[], Store], ...]:
    return (partial(owed.aside, home),)


def _tell(waiting: Undelivered, settle: Callable[[Answer, datetime], None], now: datetime, until: float) -> Answer:
    """It also strikes out, or writes down why not: should we be given up as too slow, it is still done."""
    answer = _try_until(waiting, until)
    with suppress(StoreLost):  # then it stays written down as it is: it comes twice rather than never
        settle(answer, now)
    return answer


def _try_until(written: Undelivered, until: float) -> Answer:
    pause = _FIRST_PAUSE_SECONDS
    while True:
        answer = _try(written, max(_ONE_ANSWER_SECONDS, until - clock.monotonic()))
        pause = max(pause, answer.again_after_seconds)
        if answer.delivered or not answer.worth_again or clock.monotonic() + pause >= until:
            return answer
        clock.sleep(pause)
        pause *= 2


def _try(written: Undelivered, seconds: float) -> Answer:
    try:
        match written.destination:
            case WebhookTo() as to:
                return webhook.post(written.notice, to, written.since, timeout_seconds=seconds)
            case MailTo() as to:
                return mail.send(written.notice, to, written.since, timeout_seconds=seconds)
    except MainstayError as reason:
        return Answer(False, redaction.redact(str(reason)))


def _receipt(waiting: Undelivered, kept_in: str | None, outcome: Answer | Exception) -> Receipt:
    answer = outcome if isinstance(outcome, Answer) else Answer(False, redaction.redact(str(outcome)))
    return Receipt(waiting.destination, answer.delivered, answer.said, None if answer.delivered else kept_in)


def _redeliver_from(place: Store, now: datetime, until: float) -> tuple[Receipt, ...]:
    due = [each for each in waiting_room.waiting(place, now) if each.undelivered.next_at <= now]
    trying = sorted(due, key=lambda each: each.undelivered.next_at)[:AT_ONCE]
    jobs = [partial(_tell, w.undelivered, partial(waiting_room.settle, w), now, until) for w in trying]
    outcomes = run_within(until - clock.monotonic(), jobs)
    for each in waiting_room.waiting(place, now):
        if alarm := alarm_of(each.undelivered, each.id, now):
            alarms.raise_alarm(place, alarm)
    return tuple(_receipt(w.undelivered, place.address, said) for w, said in zip(trying, outcomes, strict=True))


def _redacted(notice: Notice) -> Notice:
    clean = redaction.redact
    english, russian = (Words(clean(w.happened), clean(w.means), clean(w.do)) for w in (notice.english, notice.russian))
    return replace(
        notice,
        key=clean(notice.key),
        system=clean(notice.system),
        environment=clean(notice.environment),
        english=english,
        russian=russian,
    )
