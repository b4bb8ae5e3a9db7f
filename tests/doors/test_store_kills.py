"""Writers that are killed and writers that race: never a partial object, never two winners."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.store import open_place
from edge.store.port import Published
from tests.doors import store_rig

PROCESSES = 16
WRITERS = {"directory": 60, "s3": 12}  # as many on S3 too: tests/drills
ROUNDS = {"directory": 200, "s3": 20}


@pytest.fixture(params=store_rig.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def address(kind: str, tmp_path: Path) -> Iterator[str]:
    with store_rig.place(kind, tmp_path) as address:
        yield address


def test_killed_writers_leave_no_partial_object(address: str, kind: str) -> None:
    store = open_place(address)
    store_rig.drive("kill-writers", address, str(WRITERS[kind]), "1")
    store_rig.check_killed(open_place(address), writers=WRITERS[kind], seed="1")
    store.sweep("", older_than_seconds=0)
    if address.startswith("/"):
        assert list((Path(address) / ".drafts").iterdir()) == []


def test_of_sixteen_racing_for_one_key_one_wins(address: str, kind: str) -> None:
    said = json.loads(store_rig.drive("race-publish", address, str(PROCESSES), str(ROUNDS[kind])))
    store_rig.check_race(open_place(address), said, ROUNDS[kind])


def test_of_sixteen_swapping_one_key_each_step_is_made_once(address: str, kind: str) -> None:
    said = json.loads(store_rig.drive("race-swap", address, str(PROCESSES), str(ROUNDS[kind])))
    steps = Counter(step for won in said for step in won)
    assert steps == Counter(range(1, ROUNDS[kind] + 1))


def test_a_publish_beside_a_folder_that_is_being_removed_succeeds(tmp_path: Path) -> None:
    said = json.loads(store_rig.drive("race-delete", str(tmp_path / "store"), "4", "200"))
    assert {answer for answers in said for answer in answers} == {Published.CREATED}
