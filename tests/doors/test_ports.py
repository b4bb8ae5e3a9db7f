import os
import subprocess
import sys

from edge import ports
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
