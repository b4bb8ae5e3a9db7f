"""A handler that raises, as Prefect's does on a cancellation, while a child is being started."""

import sys
from pathlib import Path

from edge import processes

ROUNDS = """
import os, signal, sys, threading, time
from pathlib import Path
from edge import processes

class Asked(BaseException):
    pass

def told(number, frame):
    raise Asked

signal.signal(signal.SIGTERM, told)
worlds = [Path(sys.argv[1]) / f"world-{number}" for number in range(60)]
for number, world in enumerate(worlds):
    try:
        threading.Timer(number / 10_000, os.kill, (os.getpid(), signal.SIGTERM)).start()
        processes.run(["sh", "-c", f"sleep 2; touch {world}"], deadline_seconds=30)
        print("round", number, "was not interrupted")
    except Asked:
        world.unlink(missing_ok=True)
time.sleep(2.5)
for number, world in enumerate(worlds):
    if world.exists():
        print("round", number, "acted on after the way back")
"""


def test_no_child_acts_on_after_the_signal_that_interrupted_its_start(tmp_path: Path) -> None:
    said = processes.run([sys.executable, "-c", ROUNDS, str(tmp_path)], deadline_seconds=120)
    assert (said.exit, said.text) == (0, "")
