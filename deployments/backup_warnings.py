"""What a person should know of all sets of an environment, beside what each of them is."""

from collections.abc import Iterator
from dataclasses import dataclass

from edge import clock, machine
from edge.backups.catalogue import Catalogue
from edge.backups.keyring import RECOVERY, keyring
from edge.backups.proofs import recovery
from edge.postgres.neighbours import Neighbour, neighbour
from edge.settings import Settings
from edge.store import open_store
from mainstay.backups.proofs.recovery import HOW, TELL_AFTER, judge_recovery
from mainstay.descriptor.system import System
from mainstay.errors import MainstayError
from mainstay.places import Places


@dataclass(frozen=True)
class KeyStanding:
    """Of the recovery key of these sets."""

    mark: str = ""  # behind every set
    sentence: str = ""


def recovery_key_standing(settings: Settings, found: Catalogue) -> KeyStanding:
    """By the key that the newest set is sealed to: on the bad day that one is looked for."""
    recipient = found.kept[0].set.sealed_to.get(RECOVERY) if found.kept else None
    if recipient is None:
        return KeyStanding()
    since = min(each.set.begun_at for each in found.kept if recipient in each.set.sealed_to.values())
    try:
        checked_at = recovery.last_checked(open_store(settings), recipient)
    except MainstayError as reason:
        return KeyStanding("", f"Whether the recovery key is still to be had is not known: {reason}")
    key = judge_recovery(recipient, checked_at, since, clock.now())
    if key.amber:
        return KeyStanding(
            ", amber",
            f"AMBER: {key.sentence}. On the day on which this machine is gone nothing else opens these sets. Try it:"
            f" {HOW}",
        )
    how_it_is = "Soon amber" if key.passed > TELL_AFTER else "Not tried yet"
    return KeyStanding("", f"{how_it_is}: {key.sentence}. Try it: {HOW}" if key.week is not None else "")


def warnings(settings: Settings, site: System, environment: str, found: Catalogue, key: KeyStanding) -> Iterator[str]:
    if key.sentence:
        yield key.sentence
    if suspect := [each.set.id for each in found.kept if each.suspect]:
        yield (
            "Suspect sets stand for no older one, so none is deleted for them. Is data missing? Then restore an older"
            f" set. If all is as it should be: mainstay backups {site.name} {environment} --as-intended {suspect[0]}"
        )
    yield from _proving_key(settings, site, environment)


def _proving_key(settings: Settings, site: System, environment: str) -> Iterator[str]:
    """It should lie where no database is."""
    address = Places(site, environment, str(settings.home)).database
    if address is None or not keyring(settings.home).can_open(site.at(environment).backups.keys):
        return
    try:
        found = neighbour(address)
    except MainstayError as reason:
        yield f"Whether the database lies on this machine, beside the key that opens its sets, is not known: {reason}"
        return
    if found is not None:
        yield (
            f"The database lies on this machine, and so does the key that opens its sets ({_whose(found)}). Whoever"
            " becomes root here can read them all. Best name the key of another machine in backups.keys.proving, and"
            " prove there."
        )


def _whose(found: Neighbour) -> str:
    user = machine.user()
    if found.user is None:
        return f"{user}'s; whose the database is cannot be seen"
    return f"both are of the user {user}" if found.user == user else f"{user}'s, the database is {found.user}'s"
