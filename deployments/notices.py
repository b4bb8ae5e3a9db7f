"""What a person does about notices: sends one to see whether it arrives, drops one that never will."""

import typer

from deployments.recorded import recorded
from edge import clock, notices
from edge.settings import Settings
from edge.store import standing_store
from edge.systems import read_system
from mainstay.destinations import destinations
from mainstay.errors import Refused
from mainstay.news import trial


def send_trial(settings: Settings, system: str, environment: str) -> bool:
    """True: everybody got it."""
    store = standing_store(settings)
    to = destinations(read_system(settings, system).notices)
    if not to:
        typer.echo(
            f"{system} names nobody to tell. Write whom, into its descriptor: notices.mail or notices.webhooks.",
            err=True,
        )
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


def forget(settings: Settings, id: str) -> None:
    """It need not arrive any more."""
    store = standing_store(settings)
    with recorded(settings, f"forget notice {id}"):
        if not notices.forget(store, id, home=settings.home):
            raise Refused(
                f"No notice {id} waits to be delivered, so nothing was dropped. `mainstay status` names them."
            )
    typer.echo(f"Notice {id} is dropped, and its alarm with it.")
