"""The steps of a pruning: one who prunes, a look, what is condemned, each set that goes, what people hear of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from edge import clock, late_audits
from edge.backups.retention import pruner, readers
from edge.backups.retention.pruning import Pruning as Pruning
from edge.backups.signers import signers_of
from edge.backups.stock import Stock
from edge.settings import Settings, read_settings
from edge.store import open_backups, open_store
from edge.systems import read_system
from mainstay.backups.judgement import Judgement, Rules
from mainstay.backups.retention.dry_run import told
from mainstay.backups.retention.news import pruning_failed, pruning_refused, sets_condemned
from tasks.backups.elsewhere.removal import left_elsewhere
from tasks.policies import converges, observes, once
from tasks.telling import asked_by, tell_all_of, tell_report


@dataclass(frozen=True)
class Outlook:
    """What a pruning does, by the ids of sets: there may be thousands, and Prefect would walk through all of them."""

    half_gone: tuple[str, ...]
    going: tuple[str, ...]
    unfinished: tuple[str, ...]  # backups that came to nothing a week ago
    condemned: int  # now
    staying: int
    refusals: tuple[str, ...]
    passing: bool  # what is refused passes by itself
    told: tuple[str, ...]  # what a person reads


@once("pruning of {system} {environment} begins")
def begin_pruning(system: str, environment: str) -> Pruning:
    """``NotFromHere`` where we may write and not delete, as it is right where backups are taken."""
    settings = read_settings()
    site, store = read_system(settings, system), open_backups(settings)
    rules = Rules(site.at(environment).backups.keep, ZoneInfo(settings.timezone))
    stock = Stock(store, open_store(settings), signers_of(settings, system, environment), system, environment)
    pruning = Pruning(stock, rules, *pruner.claim(store, system, environment, asked_by()))
    try:
        pruning.ask_the_store()
        readers.forget_dead(store, system, environment)
    except BaseException:
        pruning.leave()
        raise
    return pruning


@observes("what stays and what may go of {pruning.system} {pruning.environment}")
def judge_sets(pruning: Pruning, agree: str) -> Outlook:
    return _outlook(pruning.look(agree, asked_by()))


@converges("what may go a day from now")
def condemn_sets(pruning: Pruning) -> None:
    """As of the last look; and what it keeps is pardoned."""
    pruning.condemn()


@converges("{set} goes")
def delete_set(pruning: Pruning, set: str) -> str:
    """Looked at once more; ``Refused`` if it stays. What it named elsewhere goes after it; what does not, and why."""
    leaving = left_elsewhere(pruning, set)
    pruning.delete(set, leaving)
    return leaving.said


@converges("the log that nobody needs")
def forget_log(pruning: Pruning) -> int:
    """After the sets that needed it. How many objects."""
    return pruning.forget_log()


@converges("what uploads left that were broken off a week ago")
def forget_uploads(pruning: Pruning) -> None:
    pruning.forget_uploads()


@once("pruning of {pruning.system} {pruning.environment} has ended")
def end_pruning(pruning: Pruning) -> None:
    pruning.leave()


@once("record: {pruning.system} {pruning.environment} is pruned")
def record_beginning(pruning: Pruning, going: Sequence[str]) -> str:
    """In the audit chain before the first deletion, so that none is without an entry, whoever dies in it. The change
    under which its end is told.
    """
    change = clock.new_change_id("prune")
    _chain(read_settings(), pruning, f"began: {len(going)} may go, {min(going)} to {max(going)}", change)
    return change


@once("record: {outcome}")
def record_break(pruning: Pruning, change: str, outcome: str) -> None:
    _chain(read_settings(), pruning, outcome, change)


@converges("record: {outcome}")
def record_pruning(pruning: Pruning, seen: Outlook, outcome: str, change: str) -> None:
    """The report and, if anything was to go, the end in the audit chain; before the first deletion ever, and when a
    person is wanted, people hear of it. ``change``: that began so; empty: nothing was to go.
    """
    settings = read_settings()
    tell_report("prune-report", "\n".join((f"**{outcome}**", "", *(f"- {line}" for line in seen.told))))
    if change:
        _chain(settings, pruning, outcome, change)
    if seen.condemned and pruning.found.deleted is None:
        _tell(settings, pruning, seen)


@once("people hear why no set of {pruning.system} {pruning.environment} went")
def tell_refused(pruning: Pruning, seen: Outlook) -> None:
    settings = read_settings()
    notice = pruning_refused(pruning.system, pruning.environment, seen.refusals)
    tell_all_of(read_system(settings, pruning.system), open_store(settings), notice)


@once("people hear that the pruning of {system} {environment} failed")
def tell_prune_failed(system: str, environment: str, why: str) -> None:
    settings = read_settings()
    notice = pruning_failed(system, environment, why, f"{clock.now():%Y-%m-%d}")
    tell_all_of(read_system(settings, system), open_store(settings), notice)


def _outlook(found: Judgement) -> Outlook:
    return Outlook(
        found.half_gone,
        tuple(each.id for each in found.sweep.going),
        found.unfinished.going,
        len(found.condemned),
        len(found.plan.sets) - len(found.sweep.going),
        found.sweep.refusals,
        found.sweep.passing,
        told(found.plan),
    )


def _chain(settings: Settings, pruning: Pruning, outcome: str, change: str) -> None:
    now, who = clock.now(), asked_by()
    what = f"prune of {pruning.system} {pruning.environment}"
    late_audits.record(
        open_store(settings), home=settings.home, what=what, outcome=outcome, change=change, now=now, who=who
    )


def _tell(settings: Settings, pruning: Pruning, seen: Outlook) -> None:
    notice = sets_condemned(pruning.system, pruning.environment, seen.told)
    tell_all_of(read_system(settings, pruning.system), open_store(settings), notice)
