import os
import subprocess
import sys
from itertools import combinations

from edge import ports
from edge.ports import Purpose
from edge.settings import read_settings
from tests.waiting import until


def test_who_listens_in_another_s_place_is_found_and_its_own_children_are_no_strangers() -> None:
    (port,) = ports.free_ports(1)
    words = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            until(lambda: not ports.is_free(port), seconds=20)
            assert ports.stranger_on(port, [child.pid]) == ""
            assert ports.stranger_on(port, [os.getpid()]) == "", "it descends from us"
            assert ports.stranger_on(port, []) == f"process {child.pid}"
        finally:
            child.kill()
    assert ports.stranger_on(port, []) == ""


def test_ports_are_chosen_among_those_that_are_given() -> None:
    assert read_settings({"MAINSTAY_PORTS": "31001-31100"}).ports == range(31001, 31101)
    chosen = ports.free_ports(20)
    assert {*chosen} <= {*read_settings().ports} and len({*chosen}) == 20


def test_what_one_chose_and_does_not_use_yet_is_not_chosen_by_another() -> None:
    chosen = {purpose: {*ports.free_ports(300, purpose)} for purpose in Purpose}
    assert all(not chosen[one] & chosen[two] for one, two in combinations(Purpose, 2))
