"""The keeper, and everything with it, killed at any moment; nobody helps but a stand-in for init."""

import os
import random
import shlex
import signal
import sys
import time
from pathlib import Path

from tests.drills.keeper_rig import HERE, Rig, answering, rig, saying
from tests.waiting import until

UNIT = HERE.parent.parent / "infrastructure" / "systemd" / "mainstay-keeper.service"
LIMIT_SECONDS = 120  # the promised limit: everything killed at once is back
ROUNDS = 30


def start_init(made: Rig) -> int:
    """The shipped unit, with a drop-in that names this place, as an operator would write it."""
    drop_in = made.home / "override.conf"
    words = " ".join(f"{name}={value}" for name, value in made.environment().items())
    drop_in.write_text(f"[Service]\nExecStart=\nExecStart={shlex.join(made.keeper_argv())}\nEnvironment={words}\n")
    return made.start([sys.executable, str(HERE / "init_stand_in.py"), str(UNIT), str(drop_in)], "init").pid


def keeper_pid(made: Rig) -> int:
    report = made.report()
    assert report is not None
    return report.pid


def test_a_keeper_killed_while_it_starts_programs_leaves_one_copy_of_each(tmp_path: Path) -> None:
    """Each round begins with nothing running; the keeper dies as a program appears, or at a random moment."""
    moments = random.Random(20)
    programs = [answering("first"), answering("second", "first"), saying("third", "import time; time.sleep(600)")]
    with rig(tmp_path, *programs) as made:
        for number in range(ROUNDS):
            dying = made.start_keeper()
            if number % 2:
                wait_for_the_first_program(made)
            else:
                time.sleep(moments.uniform(0.2, 2))
            made.kill_keeper(dying)
            assert all(count <= 1 for count in made.copies().values()), made.copies()
            heir = made.start_keeper()
            until(made.all_ready)
            assert made.copies() == {"first": 1, "second": 1, "third": 1}
            made.kill_keeper(heir)
            made.end_programs()


def wait_for_the_first_program(made: Rig) -> None:
    """Without a pause between the looks, to be there between its start and its pid file."""
    end = time.monotonic() + 30
    while not made.carriers("first"):
        assert time.monotonic() < end, "no program was started within 30 s"


def test_everything_killed_at_once_is_back_within_the_limit(tmp_path: Path) -> None:
    with rig(tmp_path, answering("first"), answering("second", "first"), answering("third", "second")) as made:
        start_init(made)
        until(made.reported_ready)
        before = made.running()
        dying = [keeper_pid(made), *(identity.pid for identity in before.values() if identity)]
        for pid in dying:
            os.kill(pid, signal.SIGKILL)
        until(
            lambda: made.all_ready() and made.reported_ready() and keeper_pid(made) != dying[0], seconds=LIMIT_SECONDS
        )
        assert made.copies() == {"first": 1, "second": 1, "third": 1}
        assert all(made.running()[name] != identity for name, identity in before.items())
