"""A trial notice: whether news really reaches those whom the descriptor names."""

import typer

from edge import clock, notices
from edge.settings import Settings
from edge.store import standing_store
from edge.systems import read_system
from mainstay.destinations import destinations
from mainstay.news import trial


def send(settings: Settings, system: str, environment: str) -> bool:
    """True: everybody got it."""
    store = standing_store(settings)
    to = destinations(read_system(settings, system).notices)
    if not to:
        typer.echo(f"{system} names nobody to tell. Write `notices:` into its descriptor.", err=True)
        return False
    receipts = notices.deliver(
        trial(system, environment),
        to,
        store,
        clock.now(),
        home=settings.home,
        budget_seconds=notices.BY_THE_KEEPER_SECONDS,
    )
    for receipt in receipts:
        typer.echo(
            f"{'delivered' if receipt.delivered else 'NOT DELIVERED'}  {receipt.destination.shown}: {receipt.said}"
        )
    return all(receipt.delivered for receipt in receipts)
