"""Going back: to which release, and what the database says to that."""

from edge import release_records
from edge.changes import Change
from edge.settings import read_settings
from edge.store import open_store
from edge.store.port import Store
from edge.turns import read_turn
from edge.unsettled import brought
from mainstay.deploy import seen_by_users
from mainstay.errors import Refused
from mainstay.releases import ReleaseRecord
from mainstay.rollback import Rollback, choose_target, kept_from, plan_rollback
from tasks.colors import standings
from tasks.policies import observes
from tasks.standings import standings_from_afar


@observes("whether a deploy is under way that users of {system} {environment} do not see")
def observe_unseen_deploy(system: str, environment: str) -> str:
    """The id of what they have, which it was about to replace; empty: there is none."""
    store = open_store(read_settings())
    live = seen_by_users(standings_from_afar(system, environment))
    holder, brought = read_turn(store, system, environment).holder, _brought(store, system, environment)
    return kept_from(live.release if live else None, brought, deploying=holder is not None and holder.story == "deploy")


@observes("what users see")
def observe_live(change: Change) -> str:
    """The id of the release; empty: none."""
    live = seen_by_users(standings(change))
    return live.release if live else ""


@observes("what a rollback of {system} {environment} goes to")
def observe_target(system: str, environment: str, to: str) -> ReleaseRecord:
    """Chosen by what is live now: a release that is taken back while we wait for the turn changes nothing of it."""
    settings = read_settings()
    store = open_store(settings)
    known = release_records.records(store, system, environment, home=settings.home)
    live = seen_by_users(standings_from_afar(system, environment))
    untold = live is not None and live.release in _brought(store, system, environment)
    return choose_target(known, live.release if live else None, to, untold=untold)


@observes("what the database says to {target.version}")
def observe_way_back(change: Change, target: ReleaseRecord) -> Rollback | None:
    """None: it is what users see already."""
    known = release_records.records(change.store, change.site.name, change.environment, home=read_settings().home)
    return plan_rollback(target, known, standings(change))


def _brought(store: Store, system: str, environment: str) -> frozenset[str]:
    """Which releases are brought by deploys that are not over."""
    return frozenset(each.release for each in brought(store, system, environment) if each.story == "deploy")


def refuse_price(change: Change, found: Rollback) -> None:
    """Only code goes back by itself; what else it takes is a person's to say."""
    if found.database.way != "code only":
        raise Refused(
            f"Nothing was changed. Going back to {found.plan.version} {found.database.way}: {found.database.sentence}"
            " Or, if you know that the old code works with the schema as it is, say so:"
            f" mainstay rollback {change.site.name} {change.environment} --to {found.plan.release.id} --accept"
        )
