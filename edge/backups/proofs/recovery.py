"""The door to the recovery key: whether who has it can open sets with it, and when that was last seen.

When it was used stands in the store, unsigned: whoever could forge that there could forge all that Mainstay knows. The
key itself is given, used and forgotten; it stands nowhere.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge.backups import catalogue, sealing
from edge.backups.catalogue import Kept
from edge.backups.keyring import PROVING, RECOVERY
from edge.backups.lending import hide
from edge.backups.opening import BadSet, Opened
from edge.backups.pasts import read_pasts
from edge.backups.signing import NotOurs
from edge.store.port import Published, Store
from mainstay import keys, records
from mainstay.backups.proofs.recovery import Checked, Standing, judge_recovery
from mainstay.backups.sets import BackupSet
from mainstay.errors import BadInput


@dataclass(frozen=True)
class Shelf:
    """The sets of one environment, and the keys of who may sign them."""

    backups: Store
    public: str
    system: str
    environment: str


def open_newest(shelf: Shelf, secret: str, home: Path) -> BackupSet | None:
    """With the secret half of the recovery key; None: there is no set. ``BadInput`` if it is not sealed to that."""
    hide(secret)
    ours = sealing.public_half(secret)
    made = next(_whole(shelf), None)
    if made is None:
        return None
    if ours == made.sealed_to.get(PROVING) != made.sealed_to.get(RECOVERY):
        raise BadInput(
            f"It opens {made.id}, but this is the proving key ({ours}), which is lost together with the machine it lies"
            f" on. Look for the recovery key ({made.sealed_to.get(RECOVERY)}); if it is lost, make another one now:"
            " mainstay recovery-key --instead"
        )
    if ours not in made.sealed_to.values():
        raise BadInput(
            f"{made.id}, the newest set of {shelf.system} {shelf.environment}, is not sealed to this key"
            f" ({ours}) but to {', '.join(made.sealed_to.values())}. Look for the key that belongs to one of these; if"
            " it is lost, make another one now, while this machine still can: mainstay recovery-key --instead"
        )
    try:
        Opened(shelf.backups, secret, home).read(made.descriptor)
    except BadSet as reason:
        raise BadSet(f"The key is the right one, but the set cannot be opened: {reason}") from reason
    return made


def note_checked(store: Store, checked: Checked) -> None:
    key = f"{keys.recovery_checks(checked.recipient)}/{checked.at:%Y%m%dT%H%M%SZ}.json"
    store.publish(key, records.encode(checked, nonce=checked.set))


def last_checked(store: Store, recipient: str) -> datetime | None:
    newest = max((entry.key for entry in store.listing(keys.recovery_checks(recipient))), default=None)
    found = store.read(newest) if newest else None
    return records.decode(Checked, found.data).at if found else None


def standing(store: Store, shelf: Shelf, recipient: str, now: datetime) -> Standing | None:
    """None: no set is sealed to it yet. Sets are looked at from the oldest on, and mostly that is the one."""
    checked_at = last_checked(store, recipient)
    past = read_pasts(shelf.backups, shelf.system, shelf.environment)
    for each in sorted((each for each in past if each.good), key=lambda each: each.begun_at):
        with suppress(NotOurs):  # `mainstay backups` names it
            made = catalogue.read_set(shelf.backups, shelf.public, shelf.system, shelf.environment, each.id)
            if recipient in made.sealed_to.values():
                return judge_recovery(recipient, checked_at, made.begun_at, now)
    return None


def note_reminded(store: Store, shelf: Shelf, found: Standing, by: str) -> bool:
    """Whether it is we who tell in this week: of all rounds one."""
    key = keys.recovery_reminder(shelf.system, shelf.environment, found.recipient, found.since, found.week or 0)
    return store.publish(key, records.encode(found, nonce=by)) is not Published.ANOTHERS


def _whole(shelf: Shelf) -> Iterator[BackupSet]:
    for each in catalogue.newest_first(shelf.backups, shelf.public, shelf.system, shelf.environment):
        if isinstance(each, Kept):
            yield each.set
