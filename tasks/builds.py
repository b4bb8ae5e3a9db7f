"""From what a person typed to a release that stands on every host, ready to be started."""

from collections.abc import Callable, Mapping

from edge import artifacts, builds, release_records, releases_on_hosts
from edge.builds import Work
from edge.changes import Change
from edge.repositories import repository
from edge.settings import read_settings
from edge.store import open_store
from edge.systems import read_system
from mainstay.builds import BuildRecord, release_of
from mainstay.errors import Refused, StoreRefused
from mainstay.releases import Release, ReleaseRecord
from tasks.policies import converges, observes
from tasks.telling import tell_progress

FIRST_PERCENT, LAST_PERCENT = 2, 20  # of the bar of a deploy, while it builds

Files = Callable[[Mapping[str, str]], Mapping[str, str]]  # of the resolved variables: what lies beside the artifact


@observes("which commit of {system} is {version}")
def resolve_version(system: str, version: str) -> str:
    """The full commit, once and for all: a branch may move on meanwhile."""
    settings = read_settings()
    return repository(settings, read_system(settings, system)).resolve(version)


@converges("build {commit} of {system} for {environment}")
def build_release(system: str, environment: str, commit: str) -> Release:
    """What was built of this commit, now or before, with the configuration it would be started with now."""
    settings = read_settings()
    described = read_system(settings, system)
    try:
        store = open_store(settings)
    except StoreRefused as reason:
        raise Refused(f"Nothing was changed: {reason}") from reason
    work = Work(settings, store, repository(settings, described), described, environment, commit, _tell)
    return release_of(described, environment, commit, builds.build(work).artifact.digest)


@observes("how {release.id} was built")
def observe_build(change: Change, release: Release) -> BuildRecord | None:
    """For the report. None: the store has forgotten it."""
    return artifacts.find(change.store, change.site.name, release.commit, release.artifact)


@converges("release {release.id} stands on {host}")
def place_release(change: Change, host: str, release: Release, files: Files) -> None:
    """Its secrets are resolved here and now, and written nowhere but there."""
    change.check()
    settings = read_settings()
    resolved = releases_on_hosts.variables(settings, change.site, change.environment)
    parent = _releases(change, host)
    releases_on_hosts.place(change.store, change.hosts[host], change.site.name, release, parent, files(resolved))


@converges("forget old releases on {host}")
def forget_old_releases(change: Change, host: str, loaded: tuple[str, ...]) -> tuple[str, ...]:
    """Folders nothing runs from, but for the last few; which they were."""
    change.check()
    return releases_on_hosts.forget_old(change.hosts[host], _releases(change, host), loaded)


@observes("releases of {change.site.name} {change.environment}")
def observe_releases(change: Change) -> list[ReleaseRecord]:
    """All that went, or did not go, live there; newest first."""
    site, home = change.site.name, read_settings().home
    return release_records.records(change.store, site, change.environment, home=home)


@converges("record of release {record.release.id}: {record.outcome}")
def publish_release(change: Change, record: ReleaseRecord) -> bool:
    """False: the store is away, and keeper brings it there when it is back."""
    site, home = change.site.name, read_settings().home
    return release_records.publish(change.store, site, change.environment, record, home=home)


def _releases(change: Change, host: str) -> str:
    described = change.site.environments[change.environment].hosts[host]
    return releases_on_hosts.folder(read_settings(), change.site.name, change.environment, described)


def _tell(done: int, of: int, what: str) -> None:
    tell_progress(FIRST_PERCENT + (LAST_PERCENT - FIRST_PERCENT) * done / of, what)
