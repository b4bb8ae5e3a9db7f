"""What the claims about telling have in common: one notice, one midnight, and nobody who waits long."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge import notices
from edge.store.port import Store
from mainstay import news
from mainstay.notices import Notice, Receipt, WebhookTo

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TRIAL = news.trial("shop", "production")


def keys_in(store: Store) -> list[str]:
    return [entry.key for entry in store.listing("")]


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """The promised limit, and what a machine under load may add to it."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds + 2


def told(notice: Notice, address: str, store: Store | None, home: Path, budget_seconds: float = 3) -> Receipt:
    with at_most(budget_seconds):
        (receipt,) = notices.deliver(
            notice, [WebhookTo(address)], store, MIDNIGHT, home=home, budget_seconds=budget_seconds
        )
    return receipt
