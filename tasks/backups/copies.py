"""The steps of a second copy: what it lacks, each set on its way there, what is remembered and told of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from edge import clock
from edge.backups import catalogue
from edge.backups.copies import carrying as copies
from edge.backups.copies.carrying import BadCopy, Deleted
from edge.backups.copies.protecting import locking
from edge.backups.opening import BadSet
from edge.backups.retention.tombstones import Tombstones
from edge.backups.signers import signers_of
from edge.backups.signing import NotOurs
from edge.own_server import server_of_this_run
from edge.settings import Settings, read_settings
from edge.store import open_backups, open_copy, open_store
from edge.store.port import Store
from edge.stories import start_story
from edge.systems import read_system
from mainstay.backups import sets
from mainstay.backups.copies.lacking import Behind, CopyPlan, Lacking, behind, behind_since, plan_copy, to_look_at, told
from mainstay.backups.copies.locks import from_the_start
from mainstay.backups.copies.news import copy_is_damaged, copy_is_late
from mainstay.backups.log.places import wal_of
from mainstay.backups.log.streaming import breaks_folder
from mainstay.backups.news import set_is_bad
from mainstay.backups.sets import BackupSet, Proof
from mainstay.notices import Notice
from mainstay.records import UnreadableRecord
from tasks.policies import converges, observes
from tasks.telling import asked_by, tell_all_of, tell_progress

COPY = "copy"  # the story that brings it


@contextmanager
def alone_at_copying(system: str, environment: str) -> Iterator[bool]:
    """Whether nobody else on this machine does it already."""
    with copies.alone(read_settings().home, system, environment) as free:
        yield free


@converges("start the copy of {made.id}")
def start_copy(made: BackupSet) -> str:
    """Where there is a second store: a run of its own, for which nobody waits. Empty: there is none."""
    settings = read_settings()
    if settings.copy is None:
        return ""
    started = start_story(
        COPY,
        {"system": made.system, "environment": made.environment},
        f"copy/{made.id}",
        home=settings.home,
        server=server_of_this_run(settings),
        asked_by=asked_by(),
        urgent=False,
    )
    return f"its copy is brought by {started.how} {started.id}"


@observes("what the copy of {system} {environment} lacks")
def observe_copy(system: str, environment: str, again: bool) -> CopyPlan:
    """``again``: also what somebody deleted there."""
    settings = read_settings()
    read_system(settings, system).at(environment)
    first, copy, folder = open_backups(settings), open_copy(settings), sets.sets_folder(system, environment)
    seen, held = copies.look(first, folder), copies.look(copy, folder)
    looked, strange = list[tuple[BackupSet, int | None]](), dict[str, str]()
    public = signers_of(settings, system, environment)
    tombstones = Tombstones(first, system, environment)
    marked, condemned = tombstones.marks(), set[str]()
    for id in to_look_at(seen.sizes, held.sizes, system, environment):
        try:
            if (made := catalogue.find_set(first, public, system, environment, id)) is None:
                continue  # it was pruned since it was listed
            if id in marked and tombstones.condemns(id):
                condemned.add(id)
            looked.append((made, sets.level_reached(catalogue.read_proofs(first, system, environment, id))))
        except (NotOurs, UnreadableRecord) as reason:
            strange[id] = str(reason)
    once_there = (
        () if again else {key.split("/")[3] for key in copies.look(copy, f"proofs/{system}/{environment}").sizes}
    )
    plan = plan_copy(looked, held.sizes, held.stored, once_there={*once_there} - {*held.stored}, condemned=condemned)
    return CopyPlan(plan.sets, {**plan.left, **strange}, plan.damaged)


@converges("{lacking.set.id} is in the copy")
def bring_set(lacking: Lacking, before: int, all_of_them: int) -> str | None:
    """What is wrong, where it is not: a set whose bytes are not what its manifest says is never copied as a good one.
    None: it was pruned in the first store meanwhile, so there is nothing to bring.
    ``before``: bytes that were brought before it, of ``all_of_them``.
    """
    settings, made = read_settings(), lacking.set
    first, copy = open_backups(settings), _lasting(settings, made.system, made.environment)
    public = signers_of(settings, made.system, made.environment)
    counted = _Counted(before, all_of_them, made.id)
    try:
        copies.bring_set(first, copy, public, lacking, counted.more)
    except Deleted:
        return None
    except (BadSet, NotOurs) as reason:
        proof = Proof(made.id, 2, False, str(reason), clock.now())
        catalogue.record_proof(first, made.system, made.environment, proof)
        _tell(settings, set_is_bad(made.system, made.environment, made.id, str(reason)))
        return f"{made.id} was not copied: {reason}"
    except BadCopy as reason:
        return str(reason)
    return ""


@converges("what is known of the sets of {system} {environment} is in the copy")
def bring_proofs_and_holds(system: str, environment: str, log_is_whole: bool) -> int:
    """``log_is_whole``: all of the log is in the copy. Else nothing proves there what stands on it."""
    settings = read_settings()
    first, copy = open_backups(settings), _lasting(settings, system, environment)
    held = copies.look(copy, sets.sets_folder(system, environment)).stored
    proofs = [key for key in _missing(first, copy, f"proofs/{system}/{environment}") if key.split("/")[3] in held]
    holds = _missing(first, copy, f"holds/{system}/{environment}")
    ids, public = {key.split("/")[3] for key in proofs}, signers_of(settings, system, environment)
    without_log = () if log_is_whole else copies.need_log(copy, public, system, environment, ids)
    return copies.bring_proofs(first, copy, proofs, without_log) + copies.bring_records(first, copy, holds)


@converges("the write-ahead log of {system} {environment} is in the copy")
def bring_log(system: str, environment: str) -> tuple[str, ...]:
    """Also where it broke. What was not brought, a sentence each."""
    settings = read_settings()
    first, copy, folder = open_backups(settings), _lasting(settings, system, environment), wal_of(system, environment)
    copies.bring_records(first, copy, _missing(first, copy, breaks_folder(system, environment)))
    there, held = copies.look(first, folder).sizes, copies.look(copy, folder).sizes
    public = signers_of(settings, system, environment)
    return tuple(copies.bring_log(first, copy, public, system, environment, there, held))


@observes("how far the copy of {system} {environment} is behind")
def observe_behind(system: str, environment: str, plan: CopyPlan | None) -> Behind:
    """Of what is to be in it. ``plan``: none, because the copy does not answer; then what is remembered counts."""
    settings = read_settings()
    first = open_backups(settings)
    stored = copies.look(first, sets.sets_folder(system, environment)).stored
    if plan is None:
        known = copies.recall(open_store(settings), system, environment)
        return behind_since(stored, known.whole_at if known else None)
    copy = open_copy(settings)
    held = copies.look(copy, sets.sets_folder(system, environment)).stored
    log = copies.lacking_log(first, copy, system, environment)
    return behind(stored, {*held, *plan.left}, log.values(), clock.now())


@converges("what is known of the copy of {system} {environment}")
def remember_copy(system: str, environment: str, behind: Behind) -> None:
    settings = read_settings()
    store, copy = open_store(settings), open_copy(settings)
    copies.remember(store, system, environment, copy.address, whole=behind.since is None)


@converges("people hear how late the copy of {system} {environment} is")
def tell_if_late(system: str, environment: str, behind: Behind) -> None:
    """Once a day, for as long as it is."""
    settings, now = read_settings(), clock.now()
    day = f"{now:%Y-%m-%d}"
    if behind.is_late(now) and copies.is_news(open_store(settings), system, environment, f"late-{day}"):
        _tell(settings, copy_is_late(system, environment, told(behind, now), day))


@converges("people hear that the copy of {id} is damaged")
def tell_damaged(system: str, environment: str, id: str, why: str) -> None:
    settings = read_settings()
    if copies.is_news(open_store(settings), system, environment, f"damaged-{id}"):
        _tell(settings, copy_is_damaged(system, environment, id, why))


class _Counted:
    """How far all of it is; told for every hundredth."""

    def __init__(self, before: int, all_of_them: int, id: str) -> None:
        self._bytes, self._all, self._id, self._told = before, all_of_them, id, -1

    def more(self, count: int) -> None:
        self._bytes += count
        percent = 100 * self._bytes // max(1, self._all)
        if percent != self._told:
            self._told = percent
            tell_progress(percent, self._id)


def _lasting(settings: Settings, system: str, environment: str) -> Store:
    """What is written there cannot be deleted for a while, where it has locks."""
    keep = read_system(settings, system).at(environment).backups.keep
    return locking(open_copy(settings), from_the_start(keep, clock.now()))


def _missing(first: Store, copy: Store, folder: str) -> list[str]:
    held = copies.look(copy, folder).sizes
    return [key for key in copies.look(first, folder).sizes if key not in held]


def _tell(settings: Settings, notice: Notice) -> None:
    tell_all_of(read_system(settings, notice.system), open_store(settings), notice)
