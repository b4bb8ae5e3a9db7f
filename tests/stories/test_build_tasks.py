"""What a person typed stands on the host as a release, told by Prefect, and its secret nowhere but there."""

import sys
from pathlib import Path

import pytest

from edge import processes
from edge.processes import Output
from tests.doors import build_rig
from tests.doors.build_rig import DESCRIPTOR, Source
from tests.doors.store_rig import ROOT

CANARY = "canary-6f1d0c2a9b"


@pytest.fixture
def source(tmp_path: Path) -> Source:
    made = build_rig.source(tmp_path / "source")
    made.commit(main="1")
    made.git("tag", "v1")
    return made


def told(source: Source, version: str) -> Output:
    home = source.folder.parent / "home"
    (home / "systems").mkdir(parents=True, exist_ok=True)
    (home / "systems" / "shop.yaml").write_text(
        DESCRIPTOR.format(
            repository=source.folder,
            stages="{check: [test, -f, main]}",
            artifact="[.]",
            deadline_seconds=60,
            configuration='{KEY: "env://SHOP_KEY"}',
        )
    )
    return processes.run(
        [sys.executable, "-m", "tests.stories.build_flow", str(home.parent / "prefect"), version],
        deadline_seconds=120,
        cwd=ROOT,
        environment={"MAINSTAY_HOME": str(home), "SHOP_KEY": CANARY},
    )


def test_a_tag_becomes_a_release_on_the_host_and_its_secret_stays_there(source: Source) -> None:
    output = told(source, "v1")
    assert output.exit == 0, output.text
    commit = source.git("rev-parse", "v1")
    id = next(line.split()[0] for line in output.text.splitlines() if line.endswith(f" {commit}"))
    release = source.folder.parent / "home" / "releases" / "shop" / "production" / id
    assert (release / "app" / "main").read_text() == "1"
    assert (release / "environment").read_text() == f"export KEY={CANARY}\n"
    found = [
        path for path in source.folder.parent.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()
    ]
    assert found == [release / "environment"] and CANARY not in output.text
