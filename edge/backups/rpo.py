"""The door to what the RPO meter reads, the sets in the store and the streams of this machine; and to what it says."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from edge import clock, private
from edge.backups import catalogue
from edge.backups.log import state as wal_state
from edge.settings import Settings
from edge.store.port import Store
from mainstay.backups.newest import has_been
from mainstay.backups.rpo import Kept, Meter, held, measure, names
from mainstay.descriptor.system import System
from mainstay.store import BACKUPS, Directory, read_place

FILE = "rpo.json"  # in the home, for whoever exports figures
FULLS_LOOKED_AT = 2  # what is in neither of the newest two is not looked for any further


def read_meter(
    settings: Settings, system: System, environment: str, kept: Sequence[Kept], *, since: datetime, now: datetime
) -> Meter:
    stream = wal_state.recall(settings.home, system.name, environment)
    same_machine = isinstance(read_place(settings.backups, settings.backups_endpoint, setting=BACKUPS), Directory)
    return measure(system, environment, kept, stream, same_machine=same_machine, since=since, now=now)


def newest_kept(store: Store, public: str, system: System, environment: str) -> tuple[Kept, ...]:
    """As few as tell how old everything is: a store may hold thousands. Newest first."""
    return tuple(_enough(store, public, system, environment))


def write_meters(home: Path, meters: Sequence[Meter]) -> None:
    said = {"environments": [as_words(each) for each in meters]}
    private.write(home / FILE, json.dumps(said, indent=2) + "\n", durable=False, mode=0o644)


def sweep(home: Path) -> None:
    """What a killed keeper left beside it."""
    private.sweep(home / FILE)


def watched_since(home: Path) -> dict[tuple[str, str], datetime]:
    """Since when each environment is watched, as was last written down."""
    try:
        said = json.loads((home / FILE).read_text())["environments"]
        return {(each["system"], each["environment"]): datetime.fromisoformat(each["since"]) for each in said}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def as_words(meter: Meter) -> dict[str, object]:
    return {
        "system": meter.system,
        "environment": meter.environment,
        "at": meter.at.isoformat(),
        "since": meter.since.isoformat(),
        "says": meter.headline,
        "same_machine": meter.same_machine,
        "worst": meter.worst.name if meter.worst else None,
        "sources": [
            {
                "name": each.name,
                "until": each.until.isoformat() if each.until else None,
                "age_seconds": round(age.total_seconds(), 1) if (age := each.age(meter.at)) is not None else None,
                "target_seconds": each.target.total_seconds() if each.target else None,
                "late": each.late(meter.at, meter.since),
                "why": each.why,
            }
            for each in meter.sources
        ],
    }


def _enough(store: Store, public: str, system: System, environment: str) -> Iterator[Kept]:
    wanted, fulls = names(system), 0
    wants_base = system.streams
    for found in catalogue.newest_first(store, public, system.name, environment):
        if isinstance(found, catalogue.Kept) and has_been(found.set, clock.now()):
            each = Kept(found.set, found.level is not None)
            yield each
            if each.good:
                wanted -= set(held(each.set))
                wants_base = wants_base and each.set.base is None
                fulls += each.set.kind == "full"
            if not (wanted or wants_base) or fulls == FULLS_LOOKED_AT:
                return
