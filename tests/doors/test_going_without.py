"""A worker that was described later is no part of an earlier release, and nobody's way back to that."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.openings import Wish, open_change
from edge.systems import read_system
from mainstay.deploy import Live
from mainstay.turn import Urgency
from tasks.colors import move_workers
from tests.doors.runtime_rig import RELEASE, Rig
from tests.doors.store_rig import environment


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    try:
        with environment({"MAINSTAY_HOME": str(made.home)}):
            yield made
    finally:
        made.end()


def test_the_jobs_go_back_to_a_release_that_has_one_worker_less(rig: Rig) -> None:
    site = rig.site()
    site.place()
    rig.start()
    file = rig.settings.systems / "shop.yaml"
    cron = "  cron: {start: [python3, service.py], heartbeat: {file: /tmp/none}}\n"
    file.write_text(file.read_text().replace("environments:", f"{cron}environments:"))
    wish = Wish("rollback", None, "a test", Urgency.RESCUE, 5)
    change = open_change(rig.settings, read_system(rig.settings, "shop"), "production", wish)
    change.begin(before={}, after={}, note="")
    move_workers.fn(change, Live("blue", RELEASE))
    assert site.running("worker").release == RELEASE
    assert {str(each.name) for each in site.runtime.seen("shop", "production")} == {"shop.production.worker.blue"}
    change.close("RolledBack")
    change.hand_over()
