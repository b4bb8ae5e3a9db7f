"""The sets of an environment, as a person wants to see them."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import typer

from deployments import second_copy
from deployments.backup_warnings import KeyStanding, recovery_key_standing, warnings
from deployments.backups_for_programs import beside_sets
from edge import clock
from edge.backups import catalogue
from edge.backups.catalogue import Catalogue, Kept
from edge.backups.deaths import alive
from edge.backups.log import state as wal_state
from edge.backups.retention.holds import read_holds
from edge.backups.retention.tombstones import Tombstones
from edge.backups.rpo import as_words, read_meter, watched_since
from edge.backups.signers import signers_of
from edge.settings import Settings
from edge.store import open_sets
from edge.store.port import Store
from edge.systems import read_system
from mainstay.backups import rpo
from mainstay.backups.elsewhere.held import shown
from mainstay.backups.log import streaming
from mainstay.backups.proofs.words import newest, proven_at, shown_proofs
from mainstay.backups.retention.pruning import WAIT
from mainstay.backups.sets import RESTORED, Begun
from mainstay.backups.shown import shown_age, shown_bytes
from mainstay.descriptor.system import System
from mainstay.records import UnreadableRecord
from mainstay.store import Source


def show(settings: Settings, system: str, environment: str, source: Source, *, as_json: bool) -> bool:
    """Whether there is a set, and none that is bad."""
    site = read_system(settings, system)
    site.at(environment)
    store, now = open_sets(settings, source), clock.now()
    found = catalogue.read_catalogue(store, signers_of(settings, system, environment), system, environment)
    copied = second_copy.held(settings, system, environment) if source == "first" else None
    amber = recovery_key_standing(settings, found)
    kept = [rpo.Kept(each.set, each.level is not None) for each in found.kept]
    since = watched_since(settings.home).get((system, environment), now)
    meter = read_meter(settings, site, environment, kept, since=since, now=now)
    if as_json:
        listed = [_as_words(each, amber, copied) for each in found.kept]
        beside = beside_sets(store, system, environment, found)
        typer.echo(json.dumps({"rpo": as_words(meter), "sets": listed, **beside}, indent=2))
    else:
        typer.secho(meter.headline, fg=typer.colors.RED if meter.same_machine or meter.late else None)
        for line in (*rpo.lines(meter), *_stream(settings, site, environment), ""):
            typer.echo(line)
        said = _said_of_sets(store, system, environment)
        for line in (
            *_lines(found, store.address, amber, said),
            *warnings(settings, site, environment, found, amber),
            *second_copy.lines(settings, system, environment, source, found, copied),
        ):
            typer.echo(line)
    sound = all(each.level is not None and not each.suspect for each in found.kept)
    return bool(found.kept) and not found.strange and sound


def _lines(found: Catalogue, address: str, key: KeyStanding, said: Mapping[str, Sequence[str]]) -> Iterator[str]:
    now = clock.now()
    if not found.kept:
        yield f"There are no sets in {address} yet."
    for each in found.kept:
        made = each.set
        age = shown_age(now - made.moment)
        on = f"  on {made.parent}" if made.parent else ""
        proven = f"{shown_proofs(each.proofs, now)}{_suspicion(each)}"
        yield f"{made.id}  {age:>7} old  {shown_bytes(made.bytes):>9}  {proven}{key.mark}{on}"
        yield from (f"    {line}" for line in (*map(shown, made.elsewhere), *said.get(made.id, ())))
    for begun in found.unfinished:
        yield f"{begun.id}  begun by {begun.who} on {begun.machine} and not finished{_dead(begun)}"
    yield from found.strange


def _dead(begun: Begun) -> str:
    return {True: ", at work", False: ": its process is gone, there will be no such set", None: ""}[alive(begun)]


def _stream(settings: Settings, system: System, environment: str) -> Iterator[str]:
    """What a person must know of a log that is received here; what is remembered outlives the descriptor's word."""
    state = wal_state.recall(settings.home, system.name, environment) if system.streams else None
    if state is not None:
        yield from streaming.sentences(state)


def _suspicion(each: Kept) -> str:
    if each.leans_on_bad:
        return f", BAD: it stands on {each.leans_on_bad}, which is"
    return f", SUSPECT: {each.suspicion}" if each.suspect else ""


def _said_of_sets(store: Store, system: str, environment: str) -> Mapping[str, Sequence[str]]:
    """By set, who holds it, and when it may go."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for id, holds in read_holds(store, system, environment).items():
        found[id] += (f"held: {hold.why}, by {hold.by} ({hold.id})" for hold in holds)
    tombstones = Tombstones(store, system, environment)
    for id in tombstones.marks():
        found[id] += _said_of_going(tombstones, id)
    return found


def _said_of_going(tombstones: Tombstones, id: str) -> Iterator[str]:
    try:
        standing = tombstones.of(id)
    except UnreadableRecord as reason:
        yield f"its tombstone cannot be read, so no set goes and none is built on this one: {reason}"
        return
    if standing is not None and standing.tombstone.state == "condemned":
        since, reasons = standing.tombstone.since, "; ".join(standing.tombstone.reasons)
        yield f"may go from {since + WAIT:%Y-%m-%d %H:%M} UTC on: {reasons}"
    elif standing is not None and standing.tombstone.state == "going":
        yield "is being deleted: the next `mainstay prune` completes that"


def _as_words(each: Kept, key: KeyStanding, copied: Collection[str] | None) -> dict[str, object]:
    """``copied``: the sets in the second store; None: there is none, or it does not answer."""
    made, restored = each.set, newest(each.proofs, RESTORED)
    return {
        "id": made.id,
        "kind": made.kind,
        "moment": made.moment.isoformat(),
        "consistency": made.consistency,
        "parent": made.parent,
        "bytes": made.bytes,
        "level": each.level,
        "suspect": each.suspect,
        "amber": bool(key.mark),
        "proven_at": at.isoformat() if (at := proven_at(each.proofs)) else None,
        "gaps": restored.gaps if restored else (),
        "doubts": restored.doubts if restored else (),
        "version": made.version,
        "elsewhere": [f"{each.kind}:{each.name}" for each in made.elsewhere],
        "copied": None if copied is None else made.id in copied,
    }
