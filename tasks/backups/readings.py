"""The steps of reading sets back: a part of them every night, so that a store that lost something is found out."""

from collections.abc import Sequence
from dataclasses import dataclass

from edge import clock
from edge.backups import catalogue
from edge.backups.keyring import Keyring, keyring
from edge.backups.keyring import SealedToAnother as SealedToAnother
from edge.backups.log.store import LogRead as LogRead
from edge.backups.opening import BadSet, Opened
from edge.backups.proofs import tries
from edge.backups.proofs.readings import read_back, read_log_back
from edge.backups.signers import signers_of
from edge.settings import read_settings
from edge.store import open_sets, open_store
from edge.store.port import Store
from edge.systems import read_system
from mainstay.backups.newest import believed
from mainstay.backups.proofs.news import reading_failed, sets_not_trusted
from mainstay.backups.proofs.readings import DUE, choose_readings, closed, standing, told
from mainstay.backups.restores import NEWEST, plan_restore
from mainstay.backups.sets import READ_BACK, BackupSet, Proof
from mainstay.backups.shown import shown_bytes
from mainstay.errors import Refused
from mainstay.store import Source
from tasks.backups.elsewhere.standing import elsewhere_now
from tasks.policies import converges, observes, once
from tasks.telling import tell_all_of


@dataclass(frozen=True)
class Chosen:
    sets: tuple[BackupSet, ...]
    strange: tuple[str, ...]  # what lies there and cannot be trusted
    what: str  # it is, and why
    closed: tuple[str, ...] = ()  # what the key that lies here does not open


@observes("which sets of {system} {environment} are read back")
def observe_readings(system: str, environment: str, set: str, source: Source = "first") -> Chosen:
    """``set``: one of them, the newest, or those whose turn it is."""
    settings = read_settings()
    store, public = open_sets(settings, source), signers_of(settings, system, environment)
    if set not in (NEWEST, DUE):
        made = catalogue.read_set(store, public, system, environment, set)
        return Chosen((made,), (), made.id)
    known = catalogue.read_catalogue(store, public, system, environment)
    if set == NEWEST:
        sets, _ = believed([(each.set, each.level) for each in known.kept], clock.now())
        newest = plan_restore(sets, NEWEST).sets[-1]
        return Chosen((newest,), (), newest.id)
    ring = keyring(settings.home)
    by_id = {each.set.id: each.set for each in known.kept if _opens(ring, each.set)}
    standings = [standing(each.set, each.proofs) for each in known.kept if each.set.id in by_id]
    chosen = choose_readings(standings, clock.now())
    first = f", from {chosen[0].id} on, {chosen[0].why}" if chosen else ""
    shut = closed([each.set.id for each in known.kept if each.set.id not in by_id])
    return Chosen(tuple(by_id[each.id] for each in chosen), known.strange, f"{told(chosen, standings)}{first}", shut)


@converges("reading {made.id} back")
def prove_by_reading(made: BackupSet, source: Source = "first", log: LogRead | None = None) -> Proof | None:
    """Level 2: every piece is what was written, and holds what the lists beside it say; of a point, its log too.
    Nothing is laid out. A store that is away proves nothing either way, nor does a key that is elsewhere:
    ``SealedToAnother``. None: it was deleted meanwhile. ``log``: what was read of it for other sets.
    """
    settings = read_settings()
    store, public = open_sets(settings, source), signers_of(settings, made.system, made.environment)
    base = _base_of(store, public, made)
    opened = Opened(store, keyring(settings.home).proving_key((made, *([base] if base else []))), settings.home)
    with tries.alone(settings.home):
        began = clock.monotonic()
        try:
            passed, good = read_back(opened, made), True
            passed += read_log_back(opened, public, made, base, log or LogRead())
            and_log = " and the log up to its point" if made.point else ""
            whole = (
                f"read back: {len(made.pieces)} pieces{and_log}, {shown_bytes(passed)} unpacked, each as it was written"
            )
            sentence = "; ".join((whole, *elsewhere_now(made)))
        except BadSet as reason:
            if not catalogue.is_there(opened.store, made):
                return None
            passed, good, sentence = 0, False, str(reason)
        numbers = {"seconds": round(clock.monotonic() - began, 3), "pieces": len(made.pieces), "bytes": passed}
        proof = Proof(made.id, READ_BACK, good, sentence, clock.now(), numbers)
        catalogue.record_proof(opened.store, made.system, made.environment, proof)
    return proof


def _opens(ring: Keyring, made: BackupSet) -> bool:
    """One that cannot be opened would be first every night, and keep all others from being read. Where there is no key
    at all none is left out: whoever reads then says so.
    """
    try:
        ring.proving_key([made])
    except Refused as reason:
        return not isinstance(reason, SealedToAnother)
    return True


def _base_of(store: Store, public: str, made: BackupSet) -> BackupSet | None:
    """None: its point needs none, or it is not there."""
    if made.point is None:
        return None
    return catalogue.find_set(store, public, made.system, made.environment, made.point.base)


@once("people hear what of {system} {environment} cannot be trusted")
def tell_strange(system: str, environment: str, strange: Sequence[str]) -> None:
    settings = read_settings()
    notice = sets_not_trusted(system, environment, strange)
    tell_all_of(read_system(settings, system), open_store(settings), notice)


@once("people hear that the reading of {system} {environment} broke off")
def tell_reading_failed(system: str, environment: str, why: str) -> None:
    settings = read_settings()
    notice = reading_failed(system, environment, why)
    tell_all_of(read_system(settings, system), open_store(settings), notice)
