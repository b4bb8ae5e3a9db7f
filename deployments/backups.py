"""The sets of an environment, as a person wants to see them."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import typer

from edge import clock
from edge.backups import catalogue, wal_state
from edge.backups.catalogue import Catalogue, Kept
from edge.backups.holds import read_holds
from edge.backups.keyring import keyring
from edge.backups.rpo import as_words, read_meter, watched_since
from edge.backups.tombstones import Tombstones
from edge.settings import Settings
from edge.store import open_backups
from edge.store.port import Store
from edge.systems import read_system
from mainstay.backups import rpo, streaming
from mainstay.backups.pruning import WAIT
from mainstay.backups.shown import shown_age, shown_bytes

LEVELS = ("written", "complete", "read back", "restored")


def show(settings: Settings, system: str, environment: str, *, as_json: bool) -> bool:
    """Whether there is a set, and none that is bad."""
    described = read_system(settings, system)
    described.at(environment)
    store, now = open_backups(settings), clock.now()
    found = catalogue.read_catalogue(store, keyring(settings.home).writer_public, system, environment)
    kept = [rpo.Kept(each.set, each.level is not None) for each in found.kept]
    since = watched_since(settings.home).get((system, environment), now)
    meter = read_meter(settings, described, environment, kept, since=since, now=now)
    if as_json:
        typer.echo(json.dumps({"rpo": as_words(meter), "sets": [_as_words(each) for each in found.kept]}, indent=2))
    else:
        typer.secho(meter.headline, fg=typer.colors.RED if meter.same_machine or meter.late else None)
        listed = _lines(found, store.address, _said_of_sets(store, system, environment))
        for line in (*rpo.lines(meter), *_stream(settings, system, environment), "", *listed):
            typer.echo(line)
    return bool(found.kept) and not found.strange and all(each.level is not None for each in found.kept)


def _lines(found: Catalogue, address: str, said: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if not found.kept:
        yield f"There are no sets in {address} yet."
    for each in found.kept:
        made = each.set
        age = shown_age(clock.now() - made.moment)
        on = f"  on {made.parent}" if made.parent else ""
        yield f"{made.id}  {age:>7} old  {shown_bytes(made.bytes):>9}  {_proof(each)}{on}"
        yield from (f"    {each}" for each in said.get(made.id, ()))
    for begun in found.unfinished:
        yield f"{begun.id}  begun by {begun.who} on {begun.machine} and not finished"
    yield from found.strange


def _stream(settings: Settings, system: str, environment: str) -> Iterator[str]:
    """What a person must know of a log that is received here."""
    state = wal_state.recall(settings.home, system, environment)
    if state is not None:
        yield from streaming.sentences(state)


def _said_of_sets(store: Store, system: str, environment: str) -> Mapping[str, Sequence[str]]:
    """By set, who holds it, and when it may go."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for id, holds in read_holds(store, system, environment).items():
        found[id] += (f"held: {hold.why}, by {hold.by} ({hold.id})" for hold in holds)
    tombstones = Tombstones(store, system, environment)
    for standing in filter(None, map(tombstones.of, tombstones.marks())):
        stone = standing.tombstone
        if stone.state == "condemned":
            found[stone.set].append(
                f"may go from {stone.since + WAIT:%Y-%m-%d %H:%M} UTC on: {'; '.join(stone.reasons)}"
            )
        elif stone.state == "going":
            found[stone.set].append("is being deleted: the next `mainstay prune` completes that")
    return found


def _proof(each: Kept) -> str:
    if each.level is None:
        return f"BAD: {each.proofs[-1].sentence}"
    return LEVELS[each.level]


def _as_words(each: Kept) -> dict[str, object]:
    made = each.set
    return {
        "id": made.id,
        "kind": made.kind,
        "moment": made.moment.isoformat(),
        "parent": made.parent,
        "bytes": made.bytes,
        "level": each.level,
        "version": made.version,
    }
