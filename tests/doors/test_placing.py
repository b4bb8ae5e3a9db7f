"""A release is placed with the words it was described with, now and later; only its secrets are those of today."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from edge.changes import Change
from edge.openings import Wish, open_change
from edge.settings import Settings
from edge.store import open_store
from edge.systems import read_system
from mainstay import keys
from mainstay.deploy import GoLive
from mainstay.errors import Refused, SecretUnusable
from mainstay.releases import Release
from mainstay.turn import Urgency
from tasks.builds import build_release, place_release, refuse_changed_words, refuse_misfit
from tests.doors import build_rig
from tests.doors.build_rig import DESCRIPTOR, Source, installation
from tests.doors.store_rig import environment

FIRST, SECOND = "canary-of-monday", "canary-of-tuesday"
CRON = "  cron: {start: [node, cron.js], heartbeat: {file: /run/cron}}\n"


@dataclass(frozen=True)
class Shop:
    """An installation with one system, whose descriptor somebody edits."""

    source: Source
    settings: Settings

    def describe(self, *, word: str = "good", more: str = "") -> None:
        self.settings.systems.mkdir(parents=True, exist_ok=True)
        words = {"deadline_seconds": 60, "configuration": f'{{FEATURE: {word}, KEY: "env://SHOP_KEY"}}'}
        text = DESCRIPTOR.format(repository=self.source.folder, stages="{}", artifact="[.]", **words)
        (self.settings.systems / "shop.yaml").write_text(text.replace("configuration:", f"{more}configuration:"))

    def released(self) -> Release:
        return build_release.fn("shop", "production", self.source.git("rev-parse", "HEAD"))

    @contextmanager
    def change(self) -> Iterator[Change]:
        wish = Wish("rollback", None, "a test", Urgency.RESCUE, 5)
        change = open_change(self.settings, read_system(self.settings, "shop"), "production", wish)
        try:
            yield change
            assert change.untouched
        finally:
            change.hand_over()

    def place(self, release: Release) -> None:
        with self.change() as change:
            place_release.fn(change, release)

    def files(self, release: Release) -> dict[str, str]:
        """Beside the artifact, by name."""
        folder = self.settings.home / "releases" / "shop" / "production" / release.id
        return {file.name: file.read_text() for file in folder.iterdir() if file.is_file()}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(build_rig.source(tmp_path / "source"), installation(tmp_path))
    made.source.commit(main="1")
    with environment({"MAINSTAY_HOME": str(made.settings.home), "SHOP_KEY": FIRST}):
        made.describe()
        yield made


def test_a_release_that_is_placed_again_gets_the_files_it_had_whatever_was_written_since(shop: Shop) -> None:
    good = shop.released()
    shop.place(good)
    before = shop.files(good)
    assert "export FEATURE=good\n" in before["environment"]
    shop.describe(word="bad", more=CRON)
    bad = shop.released()
    shop.place(bad)
    shop.place(good)
    assert shop.files(good) == before
    assert "export FEATURE=bad\n" in shop.files(bad)["environment"] and "cron-blue.conf" in shop.files(bad)


def test_a_secret_that_was_changed_since_is_the_new_one(shop: Shop) -> None:
    good = shop.released()
    shop.place(good)
    shop.describe(word="bad")
    with environment({"SHOP_KEY": SECOND}):
        shop.place(good)
    assert shop.files(good)["environment"] == f"export FEATURE=good\nexport KEY={SECOND}\n"


def test_a_secret_that_is_gone_places_nothing(shop: Shop) -> None:
    good = shop.released()
    shop.describe(word="bad")
    with environment({"SHOP_KEY": ""}), pytest.raises(SecretUnusable, match="SHOP_KEY"):
        shop.place(good)
    assert not (shop.settings.home / "releases").exists()


def test_what_it_is_started_with_lies_in_the_store_once_under_its_own_sum_and_without_the_secret(shop: Shop) -> None:
    releases = {shop.released(), shop.released()}
    (release,) = releases
    store = open_store(shop.settings)
    (kept,) = store.listing("configurations")
    assert kept.key == keys.configuration("shop", release.configuration)
    found = store.read(kept.key)
    assert found is not None and sha256(found.data).hexdigest() == release.configuration
    assert b"env://SHOP_KEY" in found.data and FIRST.encode() not in found.data


def test_where_its_words_are_lost_it_is_placed_only_if_they_are_still_described(shop: Shop) -> None:
    good = shop.released()
    open_store(shop.settings).delete(keys.configuration("shop", good.configuration))
    shop.describe(word="bad")
    with pytest.raises(Refused, match=f"it would be another release.*deploy its commit anew.*{good.commit}"):
        shop.place(good)
    assert not (shop.settings.home / "releases").exists()
    shop.describe()
    shop.place(good)
    assert "FEATURE=good" in shop.files(good)["environment"]


def test_what_the_descriptor_has_no_place_for_is_refused_before_anything_is_placed(shop: Shop) -> None:
    shop.describe(more=CRON)
    with_cron = shop.released()
    shop.describe()
    with shop.change() as change:
        for step in (refuse_misfit, place_release):
            with pytest.raises(Refused, match=r"services\.cron is part of it.*Nothing was changed"):
                step.fn(change, with_cron)
    assert not (shop.settings.home / "releases").exists()


def test_a_descriptor_that_is_changed_before_or_while_a_deploy_waits_for_its_turn_is_not_what_goes_out(
    shop: Shop,
) -> None:
    plan = GoLive("v1", shop.released(), "blue", None)
    with shop.change() as change:
        refuse_changed_words.fn(change, plan)
        shop.describe(word="bad")
        with pytest.raises(Refused, match="the descriptor was changed"):
            refuse_changed_words.fn(change, plan)
    with shop.change() as change:
        shop.describe()  # and back: what this change goes by is still the other one
        with pytest.raises(Refused, match="the descriptor was changed"):
            refuse_changed_words.fn(change, plan)
