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

from edge import alarms, clock, mail, redaction, waiting_room, webhook
from edge.patience import run_within
from edge.store.port import Store
from edge.waiting_room import Waiting
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
    kept_again,
)

INSIDE_A_CHANGE_SECONDS = 2.0
BY_THE_KEEPER_SECONDS = 20.0
AT_ONCE = 8  # so many are tried together by one ``redeliver``

_TO_WRITE_IT_DOWN = 0.2  # of the budget, for each place
_FIRST_PAUSE_SECONDS = 0.2


def deliver(
    notice: Notice,
    destinations: Sequence[Destination],
    store: Store | None,
    now: datetime,
    *,
    home: Path,
    budget_seconds: float = INSIDE_A_CHANGE_SECONDS,
) -> tuple[Receipt, ...]:
    """Never raises. Without a store that answers, what is not delivered waits below ``home``."""
    until = clock.monotonic() + budget_seconds
    told = _redacted(notice)
    written = [first_kept(told, to, now) for to in destinations]
    kept = _keep(written, store, home, budget_seconds * _TO_WRITE_IT_DOWN)
    rest = until - clock.monotonic()
    jobs = [partial(_tell, each, place, now, until) for each, place in zip(written, kept, strict=True)]
    outcomes = run_within(rest, jobs)
    return tuple(_receipt(each, place, told) for each, place, told in zip(written, kept, outcomes, strict=True))


def redeliver(
    store: Store | None, now: datetime, *, home: Path, budget_seconds: float = BY_THE_KEEPER_SECONDS
) -> tuple[Receipt, ...]:
    """Try again what is due; what waits for long becomes an alarm. A failing place raises after the other's turn."""
    until = clock.monotonic() + budget_seconds
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
    here = alarms.alarms(waiting_room.aside(home)) if waiting_room.is_used(home) else ()
    return alarms.alarms(store) + here


def forget(store: Store, id: str) -> None:
    """A person's word that a notice need not arrive any more: ``id`` as in the alarm, undelivered-<id>."""
    store.delete(keys.undelivered(id))
    alarms.clear_alarm(store, alarm_key(id))


def ping(address: str, ok: bool, *, budget_seconds: float = 5) -> bool:
    """Tell the outsider who would miss us; True if he heard it. Never raises."""
    return run_within(budget_seconds, [partial(webhook.ping, address, ok, timeout_seconds=budget_seconds)])[0] is True


def _keep(written: Sequence[Undelivered], store: Store | None, home: Path, seconds: float) -> list[Waiting | None]:
    """In the first place that takes them; in none, if the disk fails as well as the store."""

    def keep_in(place: Callable[[], Store]) -> tuple[Waiting, ...]:
        return waiting_room.keep(written, place())

    places: list[Callable[[], Store]] = [*_given(store), partial(waiting_room.aside, home)]
    for place in places:
        kept = run_within(seconds, [partial(keep_in, place)])[0]
        if isinstance(kept, tuple):
            return list(kept)
    return [None] * len(written)


def _places(store: Store | None, home: Path) -> tuple[Callable[[], Store], ...]:
    here = (partial(waiting_room.aside, home),) if waiting_room.is_used(home) else ()
    return (*_given(store), *here)


def _given(store: Store | None) -> tuple[Callable[[], Store], ...]:
    return () if store is None else (lambda: store,)


def _tell(written: Undelivered, place: Waiting | None, now: datetime, until: float) -> Answer:
    """It also strikes out, or writes down why not: should we be given up as too slow, it is still done."""
    answer = _try_until(written, until)
    if place:
        with suppress(StoreLost):  # then it stays written down as it is: it comes twice rather than never
            _settle(place, answer, now)
    return answer


def _settle(place: Waiting, answer: Answer, now: datetime) -> None:
    if answer.delivered:
        waiting_room.drop(place)
        alarms.clear_alarm(place.place, alarm_key(place.id))
    else:
        waiting_room.replace(place, kept_again(place.undelivered, answer, now))


def _try_until(written: Undelivered, until: float) -> Answer:
    pause = _FIRST_PAUSE_SECONDS
    while True:
        answer = _try(written, max(0.1, until - clock.monotonic()))
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


def _receipt(written: Undelivered, place: Waiting | None, outcome: Answer | Exception) -> Receipt:
    answer = outcome if isinstance(outcome, Answer) else Answer(False, redaction.redact(str(outcome)))
    where = place.place.address if place and not answer.delivered else None
    return Receipt(written.destination, answer.delivered, answer.said, where)


def _redeliver_from(place: Store, now: datetime, until: float) -> tuple[Receipt, ...]:
    all_waiting = list(waiting_room.waiting(place, now))
    due = sorted((each for each in all_waiting if each.undelivered.next_at <= now), key=lambda w: w.undelivered.next_at)
    trying = due[:AT_ONCE]
    jobs = [partial(_tell, each.undelivered, each, now, until) for each in trying]
    outcomes = run_within(until - clock.monotonic(), jobs)
    for each in waiting_room.waiting(place, now):
        if alarm := alarm_of(each.undelivered, each.id, now):
            alarms.raise_alarm(place, alarm)
    return tuple(_receipt(w.undelivered, w, told) for w, told in zip(trying, outcomes, strict=True))


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
