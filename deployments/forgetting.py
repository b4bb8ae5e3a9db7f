"""A person's word that a notice which could not be delivered need not arrive any more."""

import typer

from deployments.recorded import recorded
from edge import notices
from edge.settings import Settings
from edge.store import standing_store
from mainstay.errors import Refused


def drop(settings: Settings, id: str) -> None:
    store = standing_store(settings)
    with recorded(settings, f"forget notice {id}"):
        if not notices.forget(store, id, home=settings.home):
            raise Refused(
                f"No notice {id} waits to be delivered, so nothing was dropped. `mainstay status` names them."
            )
    typer.echo(f"Notice {id} is dropped, and its alarm with it.")
