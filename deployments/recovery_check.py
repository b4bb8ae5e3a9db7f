"""Whoever has the recovery key shows that it opens the newest sets; that it was shown is recorded, the key is not."""

import typer

from edge import clock
from edge.audits import whoever_runs_this
from edge.backups import sealing
from edge.backups.keyring import keyring
from edge.backups.proofs import recovery
from edge.backups.proofs.recovery import Shelf
from edge.settings import Settings
from edge.store import open_backups, open_store
from edge.systems import read_readable
from mainstay.backups.proofs.recovery import Checked
from mainstay.errors import MainstayError


def try_recovery_key(settings: Settings, secret: str) -> bool:
    """Whether it opened the newest set of every environment that has one; a line for each."""
    recipient, opened, failed = sealing.public_half(secret), list[str](), False
    for shelf in _shelves(settings):
        where = f"{shelf.system} {shelf.environment}"
        try:
            made = recovery.open_newest(shelf, secret, settings.home)
        except MainstayError as reason:
            failed = True
            typer.echo(f"{where}: NOT opened. {reason}")
            continue
        if made is not None:
            opened.append(made.id)
            typer.echo(f"{where}: opened {made.id}")
    if opened:
        checked = Checked(recipient, opened[0], clock.now(), whoever_runs_this())
        recovery.note_checked(open_store(settings), checked)
    typer.echo(_closing(recipient, opened))
    return bool(opened) and not failed


def _closing(recipient: str, opened: list[str]) -> str:
    if not opened:
        return "No set was opened, so nothing was recorded."
    return f"The recovery key {recipient[:12]}… is still to be had: that is recorded, and the key is not."


def _shelves(settings: Settings) -> list[Shelf]:
    """Of every environment. Descriptors that cannot be read are told by whoever reads them."""
    readable, _ = read_readable(settings)
    ring, backups = keyring(settings.home), open_backups(settings)
    return [
        Shelf(backups, ring.may_sign(at.backups.keys), site.name, name)
        for site in readable
        for name, at in site.environments.items()
    ]
