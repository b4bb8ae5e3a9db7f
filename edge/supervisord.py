"""python -m edge.supervisord FOLDER CONFIGURATION: become supervisord, at work in this folder.

Users may wait while this starts, so it imports little. What it starts are other people's programs: they get
nothing of our environment but the mark by which they are found.
"""

import os
import signal
import socket
import sys
from contextlib import suppress

from supervisor.medusa.asyncore_25 import ExitNow, dispatcher
from supervisor.options import ServerOptions
from supervisor.supervisord import Supervisor

from edge import marks, processes

AGAIN = b"\0"


class AllAtOnce(Supervisor):  # type: ignore[misc]  # it ships no types
    """Told to end, it asks all programs together: one after the other, their drains would add up."""

    def ordered_stop_groups_phase_1(self) -> None:
        for group in self.stop_groups:
            group.stop_all()


class Waker(dispatcher):  # type: ignore[misc]
    """Whatever signal comes (a program has ended, somebody asks us to) is seen at once, not at the next second."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        self._bell = theirs.detach()
        signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)
        super().__init__(ours)
        os.write(self._bell, AGAIN)  # it begins with its first look, instead of waiting a second for it

    def writable(self) -> bool:
        return False

    def handle_read(self) -> None:
        if self.recv(4096).strip(AGAIN):  # the number of a signal
            os.write(self._bell, AGAIN)  # this look sees who has ended, the next one starts him again


def main(folder: str, configuration: str) -> None:
    os.chdir(folder)
    processes.become_bare(marks.PROGRAM)
    options = ServerOptions()
    options.realize(["-c", configuration], doc=__doc__)
    options.first, options.test = True, False
    Waker()
    with suppress(ExitNow):
        AllAtOnce(options).main()


if __name__ == "__main__":
    main(*sys.argv[1:])
