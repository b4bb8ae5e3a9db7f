"""A disk so small that it is soon full. Only root may mount one."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge import processes

needs_root = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root to mount a small disk"
)


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[None]:
    """In the place of that folder, until we leave."""
    argv = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)]
    if processes.run(argv, deadline_seconds=10).exit != 0:
        pytest.skip("this root may not mount a small disk")
    try:
        yield
    finally:
        processes.check(processes.run(["umount", str(folder)], deadline_seconds=10), "umount")
