"""The sets of an environment, as a person wants to see them."""

import json
from collections.abc import Collection, Iterator

import typer

from deployments import second_copy
from edge import clock
from edge.backups import catalogue
from edge.backups.catalogue import Catalogue, Kept
from edge.backups.keyring import keyring
from edge.settings import Settings
from edge.store import open_sets
from edge.systems import read_system
from mainstay.backups.shown import shown_age, shown_bytes
from mainstay.store import Source

LEVELS = ("written", "complete", "read back", "restored")


def show(settings: Settings, system: str, environment: str, source: Source, *, as_json: bool) -> bool:
    """Whether there is a set, and none that is bad."""
    read_system(settings, system).at(environment)
    store = open_sets(settings, source)
    found = catalogue.read_catalogue(store, keyring(settings.home).writer_public, system, environment)
    copied = second_copy.held(settings, system, environment) if source == "first" else None
    if as_json:
        typer.echo(json.dumps([_as_words(each, copied) for each in found.kept], indent=2))
    else:
        for line in (
            *_lines(found, store.address),
            *second_copy.lines(settings, system, environment, source, found, copied),
        ):
            typer.echo(line)
    return bool(found.kept) and not found.strange and all(each.level is not None for each in found.kept)


def _lines(found: Catalogue, address: str) -> Iterator[str]:
    if not found.kept:
        yield f"There are no sets in {address} yet."
    for each in found.kept:
        made = each.set
        age = shown_age(clock.now() - made.moment)
        on = f"  on {made.parent}" if made.parent else ""
        yield f"{made.id}  {age:>7} old  {shown_bytes(made.bytes):>9}  {_proof(each)}{on}"
    for begun in found.unfinished:
        yield f"{begun.id}  begun by {begun.who} on {begun.machine} and not finished"
    yield from found.strange


def _proof(each: Kept) -> str:
    if each.level is None:
        return f"BAD: {each.proofs[-1].sentence}"
    return LEVELS[each.level]


def _as_words(each: Kept, copied: Collection[str] | None) -> dict[str, object]:
    """``copied``: the sets in the second store; None: there is none, or it does not answer."""
    made = each.set
    return {
        "id": made.id,
        "kind": made.kind,
        "moment": made.moment.isoformat(),
        "parent": made.parent,
        "bytes": made.bytes,
        "level": each.level,
        "version": made.version,
        "copied": None if copied is None else made.id in copied,
    }
