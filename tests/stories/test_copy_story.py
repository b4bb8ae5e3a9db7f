"""A backup has its second copy brought, and on the day the first store is gone everything comes back from that."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import SyncPrefectClient

from edge import processes
from edge.backups.keyring import keyring
from edge.prefect_api import PrefectApi
from mainstay.installation import Installation
from mainstay.platform import client_environment
from tests.doors.backups.set_rig import seen
from tests.doors.store_rig import ROOT
from tests.knows.small_shop import SHOP
from tests.office import HEAD, Office

COPY = """\
  - name: main
    entrypoint: tests.stand_in_flows.copy
    description: Brings a copy.
    work_pool: {name: main, work_queue_name: keeping}
"""
WHERE = {"system": "bakery", "environment": "production"}  # a name of its own: others share the server
FILES = "files: {uploads: {path: '%s/{environment}'}}\n"


@dataclass(frozen=True)
class Installed:
    """A system with files, a second store, and a server on which nobody works."""

    home: Path
    kept: Path
    words: dict[str, str]
    api: PrefectApi

    def tell(self, *stories: tuple[str, dict[str, Any]]) -> list[str]:
        asked = json.dumps([(name, {**WHERE, **more}) for name, more in stories])
        argv = [sys.executable, "-m", "tests.stories.some_stories", asked]
        said = processes.run(argv, deadline_seconds=200, cwd=ROOT, environment=self.words)
        assert said.exit == 0, said.text
        return [line.removeprefix("told: ") for line in said.text.splitlines() if line.startswith("told: ")]

    def mainstay(self, *words: str) -> processes.Output:
        argv = [sys.executable, "-m", "deployments.command_line", *words, *WHERE.values()]
        return processes.run(argv, deadline_seconds=120, cwd=ROOT, environment=self.words)


@pytest.fixture
def installed(platform: Installation, tmp_path: Path) -> Iterator[Installed]:
    home, kept = tmp_path / "home", tmp_path / "uploads" / "production"
    (home / "systems").mkdir(parents=True)
    (home / "systems" / "bakery.yaml").write_text(SHOP.replace("name: shop", "name: bakery") + FILES % kept.parent)
    kept.mkdir(parents=True)
    (kept / "contract.pdf").write_bytes(b"signed")
    keyring(home).new_recovery_key()
    words = {"MAINSTAY_HOME": str(home), "MAINSTAY_BACKUPS_COPY": str(tmp_path / "second")}
    with SyncPrefectClient(platform.api, auth_string=platform.login) as client:
        office = Office(platform, tmp_path, client)
        office.declare(HEAD + COPY)
        office.bootstrap()
        api = PrefectApi(platform.api, platform.login, budget_seconds=10)
        yield Installed(home, kept, {**client_environment(platform), **words}, api)
        office.empty()


def test_a_set_gets_its_copy_and_comes_back_from_that_when_the_first_store_is_gone(
    installed: Installed, tmp_path: Path
) -> None:
    taken, copied, again, protected = installed.tell(
        ("backup", {"kind": "files"}), ("copy", {}), ("copy", {}), ("protect", {})
    )
    assert taken.startswith("Completed: ") and "its copy is brought by run" in taken
    runs = installed.api.call("POST", "/flow_runs/filter", {"flows": {"name": {"any_": ["copy"]}}})
    asked = [each for each in runs if each["deployment_id"] and each["parameters"]["system"] == "bakery"]
    assert [each["work_queue_name"] for each in asked] == ["keeping"]
    assert copied.startswith("Completed: 1 sets were looked at") and again == "Completed: It had everything"
    assert protected.count("may be deleted from this machine") == 2
    listed = installed.mainstay("backups").text
    assert "every set is in it" in listed and listed.count("may be deleted from this machine") == 2
    (installed.home / "backups").rename(tmp_path / "burnt")
    gone = installed.mainstay("backups")
    assert gone.exit == 1 and "can be read meanwhile: --from copy" in gone.text
    refused, proven, restored = installed.tell(
        ("copy", {}), ("prove", {"source": "copy"}), ("restore", {"source": "copy", "into": str(tmp_path / "back")})
    )
    assert refused.startswith("Refused: Nothing was changed") and "is gone" in refused
    assert proven.startswith("Completed: ") and restored.startswith("Completed: "), (proven, restored)
    assert seen(tmp_path / "back" / "uploads") == seen(installed.kept)
