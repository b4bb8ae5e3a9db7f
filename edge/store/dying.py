"""A writer that is killed in mid-write, in a process of its own: ``python -m edge.store.dying ADDRESS KEY``."""

import os
import signal
import sys

from edge.store import open_place
from mainstay.store import MEBIBYTE


def die_in_mid_write(address: str, key: str) -> None:
    with open_place(address).upload(key) as upload:
        upload.write(bytes(9 * MEBIBYTE))  # more than one part: a bucket has really received some of it
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    die_in_mid_write(*sys.argv[1:])
