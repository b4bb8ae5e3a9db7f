"""The audit record, shown and verified."""

import json
from dataclasses import asdict

import typer

from edge import audits
from edge.settings import Settings
from edge.store import standing_store


def show(settings: Settings, last: int, *, as_json: bool) -> bool:
    entries = audits.tail(standing_store(settings), last)
    for entry in entries:
        if as_json:
            typer.echo(json.dumps({**asdict(entry), "at": entry.at.isoformat()}, ensure_ascii=False))
        else:
            typer.echo(
                f"{entry.number:6}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.outcome:12}  {entry.what}  "
                f"[{entry.change}]  by {entry.who} from {entry.where}"
            )
    if not entries and not as_json:
        typer.echo("Nothing was changed yet.")
    return True


def verified(settings: Settings) -> bool:
    """True: the chain is as it was written."""
    store = standing_store(settings)
    breaks = audits.verify(store)
    for found in breaks:
        typer.echo(found.sentence, err=True)
    typer.echo(f"{store.address}: the audit record {'does not hold' if breaks else 'is whole'}.")
    return not breaks
