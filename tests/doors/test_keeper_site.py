"""The shipped keeper with a practice site. Its Prefect has a database that is not there, so that comes to nothing."""

import sys
from pathlib import Path

import psutil

from edge import keeper, practice_site, processes, programs
from edge.settings import read_settings
from mainstay.programs import Program
from tests.drills.keeper_rig import Rig, free_port, rig, until


def start_keeper(made: Rig) -> None:
    words = [f"MAINSTAY_PREFECT_DATABASE=postgresql://nobody:nothing@127.0.0.1:{free_port()}/none"]
    made.start(["env", *words, sys.executable, "-m", "residents.keeper"], "keeper")


def test_a_typo_in_the_practice_site_keeps_nothing_else_down_and_mending_it_brings_the_site_up(tmp_path: Path) -> None:
    descriptor = practice_site.lay_out(read_settings({"MAINSTAY_HOME": str(tmp_path)}))
    good = descriptor.read_text()
    descriptor.write_text(good.replace("services:", "servises:", 1))
    with rig(tmp_path) as made:
        start_keeper(made)
        until(lambda: bool((report := made.report()) and report.ready("gateway")), seconds=60)
        report = made.report()
        assert report is not None and any("servises" in trouble.why for trouble in report.troubles)
        descriptor.write_text(good)
        until(lambda: bool((report := made.report()) and report.ready("site")), seconds=90)
        site = programs.living_identity(tmp_path, "site")
        assert site is not None
        psutil.Process(site.pid).kill()
        until(lambda: programs.living_identity(tmp_path, "site") not in (None, site))


def test_going_down_ends_a_site_whose_descriptor_cannot_be_read_any_more(tmp_path: Path) -> None:
    with rig(tmp_path) as made:
        program = Program("site", (sys.executable, "-c", "import time; time.sleep(600)"))
        site = programs.start(tmp_path, program)
        stopping = made.start([*made.keeper_argv(), "--stop-all"], "keeper")
        assert stopping.wait(30) != 0 and not keeper.keeps(tmp_path)
        processes.reap()
        assert not processes.alive(site)
