"""A disk so small that it is soon full. Only root may mount one."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from edge import processes

needs_root = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root to mount a small disk"
)


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[None]:
    """In the place of that folder, until we leave."""
    folder.mkdir(parents=True, exist_ok=True)
    argv = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)]
    if processes.run(argv, deadline_seconds=10).exit != 0:
        pytest.skip("this root may not mount a small disk")
    try:
        yield
    finally:
        processes.check(processes.run(["umount", str(folder)], deadline_seconds=10), "umount")


def fill(folder: Path) -> None:
    """To its last byte."""
    with suppress(OSError), (folder / "filling").open("wb", buffering=0) as out:
        while True:
            out.write(bytes(65536))


def only_to_be_read(folder: Path) -> None:
    """As the kernel leaves a disk after an error."""
    argv = ["mount", "-o", "remount,ro", str(folder)]
    processes.check(processes.run(argv, deadline_seconds=10), "remount")
