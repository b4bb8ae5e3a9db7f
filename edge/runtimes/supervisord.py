"""python -m edge.runtimes.supervisord FOLDER: become supervisord, at work in this folder.

What it starts are other people's programs: they get nothing of our environment but the mark by which they are found.
"""

import os
import sys
from contextlib import suppress

from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.supervisord import Supervisor

from edge import marks, processes
from mainstay.supervisor import MAIN


class AllAtOnce(Supervisor):  # type: ignore[misc]  # it ships no types
    """Told to end, it asks all programs together: one after the other, their drains would add up."""

    def ordered_stop_groups_phase_1(self) -> None:
        for group in self.stop_groups:
            group.stop_all()


def main(folder: str) -> None:
    os.chdir(folder)
    processes.become_bare(marks.PROGRAM)
    options = ServerOptions()
    options.realize(["-c", MAIN], doc=__doc__)
    options.first, options.test = True, False
    with suppress(ExitNow):
        AllAtOnce(options).main()


if __name__ == "__main__":
    main(sys.argv[1])
