"""Physical copies that others keep, as the stories deal with them: taken, named, brought back, gone with their set."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge import clock, private, processes
from edge.backups.retention.tombstones import Tombstones
from mainstay.backups.retention.pruning import Tombstone
from mainstay.installation import Installation
from mainstay.platform import client_environment
from tests.databases import folder
from tests.doors.backups import elsewhere_rig, snapshot_rig, stanza_rig
from tests.doors.backups.moody_rds import moody
from tests.doors.backups.shop_rig import WHERE, Shop, shop
from tests.doors.backups.stanza_rig import Kept, kept_server, needs_pgbackrest
from tests.doors.store_rig import CREDENTIALS, ROOT, environment
from tests.waiting import until

ASKED = dict(zip(("system", "environment"), WHERE, strict=True))


@dataclass(frozen=True)
class Telling:
    shop: Shop
    words: dict[str, str]

    def argv(self, *stories: tuple[str, dict[str, Any]]) -> list[str]:
        asked = json.dumps([(name, {**ASKED, **more}) for name, more in stories])
        return [sys.executable, "-m", "tests.stories.some_stories", asked]

    def tell(self, *stories: tuple[str, dict[str, Any]]) -> list[str]:
        said = processes.run(self.argv(*stories), deadline_seconds=250, cwd=ROOT, environment=self.words)
        assert said.exit == 0, said.text
        return [line.removeprefix("told: ") for line in said.text.splitlines() if line.startswith("told: ")]


@pytest.fixture
def telling(platform: Installation, tmp_path: Path) -> Iterator[Telling]:
    with environment(CREDENTIALS), shop(tmp_path) as made:
        words = {**client_environment(platform), **CREDENTIALS, "MAINSTAY_HOME": str(made.settings.home)}
        yield Telling(made, words)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    with kept_server(tmp_path_factory.mktemp("kept")) as made:
        yield made


@needs_pgbackrest
def test_a_snapshot_is_named_becomes_an_instance_and_goes_after_its_set(telling: Telling, kept: Kept) -> None:
    """The database at the provider is stood in for by one of ours; its snapshots are moto's."""
    account, shop = snapshot_rig.Account.new(), telling.shop
    new = f"{account.instance}-new"
    with moody() as way:
        described(shop, kept, f"snapshots: {{{snapshot_rig.said_of(account, way)}}}")
        full, restored = telling.tell(("backup", {"kind": "full"}), ("restore", {"instance": new}))
        assert full.startswith("Completed: ") and "not off the provider" in full, full
        assert restored.startswith(f"Completed: the instance {new} answers at {new}."), restored
        made = shop.sets.kept[0].set
        assert [each.name for each in made.elsewhere] == account.snapshots()
        going(shop, made.id)
        way.refuses_once = {"DeleteDBSnapshot": (400, "InvalidDBSnapshotState")}
        stays, gone = telling.tell(("prune", {}), ("prune", {}))
        assert stays.startswith("Incomplete: 1 deleted") and "still being made" in stays, stays
        assert gone.startswith("Completed: 1 deleted") and account.snapshots() == [], gone
        assert shop.sets.kept == () and [each.key for each in shop.told()] == [shop.told()[0].key]


@needs_pgbackrest
def test_whoever_is_killed_while_a_snapshot_is_waited_for_leaves_a_whole_set(
    telling: Telling, kept: Kept, tmp_path: Path
) -> None:
    account, shop = snapshot_rig.Account.new(), telling.shop
    with moody() as way:
        way.states = {"CreateDBSnapshot": ["creating"], "DescribeDBSnapshots": ["creating"] * 1000}
        described(shop, kept, f"snapshots: {{{snapshot_rig.said_of(account, way)}}}")
        waiting = processes.start(telling.argv(("backup", {})), log=tmp_path / "log", environment=telling.words)
        until(lambda: way.count("DescribeDBSnapshots") > 0, seconds=120, otherwise=waiting)
        os.kill(waiting.pid, signal.SIGKILL)
        until(lambda: not processes.alive(waiting))
    (made,) = shop.sets.kept
    assert made.level == 1 and made.set.database is not None and shop.told() == []
    assert [each.name for each in made.set.elsewhere] == account.snapshots()


@needs_pgbackrest
def test_what_pgbackrest_keeps_is_named_proven_and_brought_back(telling: Telling, kept: Kept) -> None:
    stanza_rig.describe(telling.shop, kept)
    private_address(telling.shop, kept)
    with folder() as root:
        full, proven, back = telling.tell(
            ("backup", {"kind": "full"}),
            ("prove", {}),
            ("restore", {"into": str(root / "back"), "at": "latest"}),
        )
        assert (root / "back" / "cluster" / "recovery.signal").exists(), back
    (held,) = telling.shop.sets.kept[0].set.elsewhere
    assert full.startswith("Completed: ") and held.name in full, full
    assert proven.startswith("Completed: ") and f"{held} was brought back and started, 3 tables" in proven, proven
    assert back.startswith("Completed: the whole cluster is in") and "as far as the log goes" in back, back


def described(shop: Shop, kept: Kept, more: str) -> None:
    private_address(shop, kept)
    elsewhere_rig.describe(shop, more)


def private_address(shop: Shop, kept: Kept) -> None:
    private.write(shop.folder.parent / "address-production", kept.crm.address, durable=False)


def going(shop: Shop, id: str) -> None:
    """As a pruner leaves it that was killed at its first step."""
    stones = Tombstones(shop.backups, *WHERE)
    stones.put(Tombstone(id, clock.now() - timedelta(days=2), ("not wanted",), "going"), None)
