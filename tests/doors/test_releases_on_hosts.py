"""From a commit in a repository to a folder on a host, through a real store; and what is forgotten there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge import builds, releases_on_hosts
from edge.hosts import LocalHost
from edge.releases_on_hosts import place
from edge.settings import Settings
from edge.store import open_place
from edge.store.port import Door
from mainstay import keys
from mainstay.builds import release_of
from mainstay.errors import BadInput, CommandFailed, SecretUnusable
from mainstay.releases import Release
from tests.doors import build_rig, store_rig
from tests.doors.build_rig import Source, installation, shop, work
from tests.doors.store_rig import environment

FILES = {"environment": "export A='1'\n"}


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return build_rig.source(tmp_path / "source")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return installation(tmp_path)


@pytest.fixture(params=store_rig.KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    with store_rig.place(request.param, tmp_path) as address:
        yield open_place(address)


@pytest.fixture
def host(settings: Settings) -> LocalHost:
    return LocalHost(settings.home / "gate", "main")


def released(source: Source, settings: Settings, store: Door, **files: str) -> Release:
    commit = source.commit(**files)
    made = builds.build(work(settings, shop(source), commit, store))
    return release_of(shop(source), "production", commit, made.artifact.digest)


@dataclass(frozen=True)
class FullHost(LocalHost):
    def free_bytes(self, folder: str) -> int:
        return 1_000_000


def test_what_was_committed_stands_on_the_host(
    source: Source, settings: Settings, store: Door, host: LocalHost, tmp_path: Path
) -> None:
    release = released(source, settings, store, main="1", lib__x="2")
    parent = str(tmp_path / "releases")
    place(store, host, "shop", release, parent, FILES)
    app = tmp_path / "releases" / release.id / "app"
    assert {str(path.relative_to(app)) for path in app.rglob("*") if path.is_file()} == {"main", "lib/x"}
    assert host.placed(f"{parent}/{release.id}") and host.releases(parent) == (release.id,)


def test_what_stands_there_needs_no_store(
    source: Source, settings: Settings, store: Door, host: LocalHost, tmp_path: Path
) -> None:
    release = released(source, settings, store, main="1")
    place(store, host, "shop", release, str(tmp_path / "r"), FILES)
    store.delete(keys.artifact("shop", release.artifact))
    place(store, host, "shop", release, str(tmp_path / "r"), {"environment": "new"})
    assert (tmp_path / "r" / release.id / "environment").read_text() == "new"


def test_an_artifact_that_is_gone_or_not_what_was_built_places_nothing(
    source: Source, settings: Settings, store: Door, host: LocalHost, tmp_path: Path
) -> None:
    release = released(source, settings, store, main="1")
    key = keys.artifact("shop", release.artifact)
    store.delete(key)
    with pytest.raises(BadInput, match=r"is no longer in .*Deploy its commit anew"):
        place(store, host, "shop", release, str(tmp_path / "r"), FILES)
    store.publish(key, b"something else")
    with pytest.raises(CommandFailed, match="its artifact is not what was built"):
        place(store, host, "shop", release, str(tmp_path / "r"), FILES)
    assert host.releases(str(tmp_path / "r")) == ()


def test_a_host_without_room_is_not_begun_with(source: Source, settings: Settings, tmp_path: Path) -> None:
    store = open_place(settings.store)
    release = released(source, settings, store, main="1")
    with pytest.raises(CommandFailed, match=r"it needs 64 MB in .*, and 0 MB are free"):
        place(store, FullHost(settings.home / "gate", "main"), "shop", release, str(tmp_path / "r"), FILES)
    assert not (tmp_path / "r").exists()


def variables(source: Source, settings: Settings, configuration: str) -> Mapping[str, str]:
    return releases_on_hosts.variables(settings, shop(source, configuration=configuration), "production")


def test_variables_are_resolved_when_they_are_used(source: Source, settings: Settings) -> None:
    key = settings.home / "key"
    settings.home.mkdir()
    key.write_text("file-secret-1\n")
    key.chmod(0o600)
    written = (
        '{TITLE: "Shop {environment}", KEY: "file://{home}/key", PASS: "env://SHOP_{environment}", URL: "http://x"}'
    )
    with environment({"SHOP_production": "env-secret-1"}):
        found = variables(source, settings, written)
    assert found == {"TITLE": "Shop production", "KEY": "file-secret-1", "PASS": "env-secret-1", "URL": "http://x"}


def test_a_secret_that_is_missing_is_named_before_anything_is_placed(source: Source, settings: Settings) -> None:
    with pytest.raises(SecretUnusable, match="NO_SUCH_VARIABLE"):
        variables(source, settings, '{KEY: "env://NO_SUCH_VARIABLE"}')
