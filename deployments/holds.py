"""A person's word that a set must stay, and that it need not any more."""

import typer

from deployments.recorded import recorded
from edge import audits
from edge.backups.retention import holds
from edge.settings import Settings
from edge.store import open_backups
from edge.systems import read_system
from mainstay.backups.listed import Hold
from mainstay.errors import BadInput


def hold(settings: Settings, system: str, environment: str, set: str, why: str) -> None:
    if not why.strip():
        raise BadInput('Say why, for whoever asks in a year: --why "lawsuit of March". Nothing was held.')
    read_system(settings, system).at(environment)
    with recorded(settings, f"hold {set} of {system} {environment}: {why}"):
        made = holds.hold(open_backups(settings), system, environment, set, Hold(why, audits.whoever_runs_this()))
    typer.echo(
        f"{set} stays, and all that it needs, until nobody holds it any more. To release this hold: mainstay"
        f" release-hold {system} {environment} {set} --hold {made.id}"
    )


def release(settings: Settings, system: str, environment: str, set: str, id: str) -> None:
    read_system(settings, system).at(environment)
    with recorded(settings, f"release-hold {id or 'the only one'} on {set} of {system} {environment}"):
        gone = holds.release(open_backups(settings), system, environment, set, id)
    typer.echo(
        f"{set} is no longer held for: {gone.why}, by {gone.by}. Whether it stays is judged as of any other set."
    )
