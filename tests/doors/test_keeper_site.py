"""The shipped keeper with a practice site. Its Prefect has a database that is not there, so that comes to nothing."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import keeper, practice_site, processes, programs, sites
from edge.ports import free_ports
from edge.postgres import data_of
from edge.settings import Settings, read_settings
from mainstay.colors import NOTHING
from mainstay.programs import Program
from tests.drills.keeper_rig import Rig, rig
from tests.waiting import until
from tests.whole import kill


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    yield read_settings({"MAINSTAY_HOME": str(tmp_path)})
    shutil.rmtree(data_of(practice_site.folder(tmp_path)).parent, ignore_errors=True)  # as root it lies elsewhere


def start_keeper(made: Rig) -> None:
    words = [f"MAINSTAY_PREFECT_DATABASE=postgresql://nobody:nothing@127.0.0.1:{free_ports(1)[0]}/none"]
    made.start(["env", *words, sys.executable, "-m", "residents.keeper"], "keeper")


def shows(settings: Settings) -> list[str | None]:
    return [sites.look(address).shows for address in practice_site.addresses(settings).values()]


def reported_ready(made: Rig, *names: str) -> bool:
    report = made.report()
    return report is not None and all(report.ready(name) for name in names)


def test_a_typo_in_the_practice_site_keeps_nothing_else_down_and_mending_it_brings_the_site_up(
    settings: Settings, tmp_path: Path
) -> None:
    practice_site.lay_out_programs(settings)
    descriptor = practice_site.lay_out_descriptor(settings)
    good = descriptor.read_text()
    descriptor.write_text(good.replace("services:", "servises:", 1))
    with rig(tmp_path) as made:
        start_keeper(made)
        until(lambda: reported_ready(made, "gateway"), seconds=60)
        report = made.report()
        assert report is not None and any("servises" in trouble.why for trouble in report.troubles)
        descriptor.write_text(good)
        until(lambda: reported_ready(made, *practice_site.PROGRAMS), seconds=90)
        assert shows(settings) == [NOTHING, NOTHING]
        before = {name: made.running_one(name) for name in practice_site.PROGRAMS}
        for identity in before.values():
            kill(identity)
        until(lambda: reported_ready(made, *practice_site.PROGRAMS) and shows(settings) == [NOTHING, NOTHING])
        assert not any(processes.alive(identity) for identity in before.values())


def test_half_a_site_is_not_taken_on(settings: Settings, tmp_path: Path) -> None:
    assert practice_site.programs(settings) == ()
    practice_site.lay_out_descriptor(settings)
    assert practice_site.programs(settings) == ()
    practice_site.lay_out_programs(settings)
    assert tuple(program.name for program in practice_site.programs(settings)) == practice_site.PROGRAMS


def test_going_down_ends_a_site_whose_descriptor_cannot_be_read_any_more(tmp_path: Path) -> None:
    with rig(tmp_path) as made:
        program = Program(practice_site.PROXY, (sys.executable, "-c", "import time; time.sleep(600)"))
        site = programs.start(tmp_path, program)
        stopping = made.start([*made.keeper_argv(), "--stop-all"], "keeper")
        assert stopping.wait(30) != 0 and not keeper.keeps(tmp_path)
        processes.reap()
        assert not processes.alive(site)
