"""From what a person typed to a release that stands on every host, ready to be started."""

from collections.abc import Mapping
from contextlib import suppress

from edge import builds, configurations, releases_on_hosts
from edge.builds import Work
from edge.changes import Change
from edge.hosts import Host
from edge.repositories import repository
from edge.runtimes import runtime
from edge.settings import read_settings
from edge.store import open_store
from edge.systems import read_system
from mainstay.builds import release_of
from mainstay.colors import COLORS, loaded
from mainstay.configurations import as_it_was, configuration_of, judge_fit
from mainstay.deploy import GoLive, judge_as_described
from mainstay.descriptor.system import System
from mainstay.errors import Refused, SecretUnusable, StoreRefused
from mainstay.gate import act
from mainstay.records import UnreadableRecord
from mainstay.releases import Release, forgettable
from tasks.places import places
from tasks.policies import converges, observes
from tasks.telling import tell_progress

FIRST_PERCENT, LAST_PERCENT = 2, 20  # of the bar of a deploy, while it builds


@observes("which commit of {system} is {version}")
def resolve_version(system: str, version: str) -> str:
    """The full commit, once and for all: a branch may move on meanwhile."""
    settings = read_settings()
    return repository(settings, read_system(settings, system)).resolve(version)


@converges("build {commit} of {system} for {environment}")
def build_release(system: str, environment: str, commit: str) -> Release:
    """What was built of this commit, now or before, with the configuration it would be started with now. Both stay in
    the store, each under the name of its content: whoever places this release, now or later, finds them there.
    """
    settings = read_settings()
    described = read_system(settings, system)
    try:
        store = open_store(settings)
    except StoreRefused as reason:
        raise Refused(f"Nothing was changed: {reason}") from reason
    work = Work(settings, store, repository(settings, described), described, environment, commit, _tell)
    built = builds.build(work)
    configurations.keep(store, system, configuration_of(described, environment))
    return release_of(described, environment, commit, built.artifact.digest)


@observes("whether {plan.version} is still what is described")
def refuse_changed_words(change: Change, plan: GoLive) -> None:
    """Neither when the turn was asked for nor now does the descriptor say otherwise than when this was planned."""
    for site in (change.site, read_system(read_settings(), change.site.name)):
        judge_as_described(plan, configuration_of(site, change.environment).digest)


@observes("whether {release.id} fits what is described now")
def refuse_misfit(change: Change, release: Release) -> None:
    """What the descriptor has no place for is not gone back to. If its words are lost, nobody can tell.

    Its secrets are looked up, so that they are hidden in what it says; one that is lost bars no way.
    """
    with suppress(UnreadableRecord, SecretUnusable):
        if (site := _site_of(change, release)) is not None:
            releases_on_hosts.variables(read_settings(), site, change.environment)


@converges("release {release.id} stands on its hosts")
def place_release(change: Change, release: Release) -> None:
    """It lies there and runs nowhere, with the words it was described with, whatever the descriptor says by now. Its
    secrets are resolved here and now, and written nowhere but there.
    """
    site = _site_of(change, release)
    if site is None:
        raise Refused(
            f"Release {release.id} cannot be placed: what it was started with is not in {change.store.address}, and"
            " with the words that are described now it would be another release. Nothing was changed. Write the"
            f" descriptor as it was then; or deploy its commit anew, as it is described now: {release.commit}"
        )
    resolved = releases_on_hosts.variables(read_settings(), site, change.environment)
    for host in change.hosts.values():
        change.check()
        files = _files(site, change.environment, host, release, resolved)
        releases_on_hosts.place(
            change.store, host, change.site.name, release, places(change).releases(host.name), files
        )


@converges("forget old releases")
def forget_old_releases(change: Change) -> tuple[str, ...]:
    """Folders that no color was given, but for the last few, are gone; which they were.

    First out of sight, in one step and through the gate: whoever lost his turn takes nothing from the next.
    """
    gone: list[str] = []
    for host in change.hosts.values():
        parent, flags = places(change).releases(host.name), change.look(host.name).flags
        for name in forgettable(host.releases(parent), (flags.get(loaded(color), "") for color in COLORS)):
            aside = f"{parent}/.{name}.gone"
            host.forget(aside)  # of somebody who was killed here
            words = ("mv", "-T", "--", f"{parent}/{name}", aside)
            change.act(host.name, act(words), step=f"forget release {name}")
            host.forget(aside)
            gone.append(name)
    return tuple(gone)


def _site_of(change: Change, release: Release) -> System | None:
    """The system as that release is to be started, if it still fits; None: nobody knows any more how."""
    now = configuration_of(change.site, change.environment)
    if release.configuration == now.digest:
        return change.site
    was = configurations.find(change.store, change.site.name, release.configuration)
    if was is None:
        return None
    judge_fit(release, was, now)
    return as_it_was(change.site, change.environment, was)


def _files(site: System, environment: str, host: Host, release: Release, resolved: Mapping[str, str]) -> dict[str, str]:
    """What the runtimes of its services must find there beside the application."""
    found: dict[str, str] = {}
    for service in site.services.values():
        found |= runtime(read_settings(), host, service).files(site, environment, release.id, resolved)
    return found


def _tell(done: int, of: int, what: str) -> None:
    tell_progress(FIRST_PERCENT + (LAST_PERCENT - FIRST_PERCENT) * done / of, what)
