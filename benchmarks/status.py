"""How long a person waits for `mainstay status`, beside asking Prefect's own command line for its version."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.claim import Claim, Sample, Target
from benchmarks.practice.installation import installation
from deployments.up import bring_up
from edge.settings import for_home, to_environment

CLAIMS = (
    Claim(
        name="status",
        metric="mainstay status, as a process",
        unit="s",
        better="less",
        target=Target("<=", 1.5, "ours"),
        peer_name="prefect version",
    ),
)


def rounds(n: int) -> Iterator[dict[str, Sample]]:
    with installation() as settings:
        bring_up(settings, practice=False)
        for _ in range(n):
            ours = _seconds("deployments.command_line", "status", home=settings.home)
            yield {CLAIMS[0].metric: Sample(ours, _seconds("prefect", "version", home=settings.home))}


def _seconds(*words: str, home: Path) -> float:
    begun = time.monotonic()
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), **to_environment(for_home(home))}
    subprocess.run([sys.executable, "-m", *words], env=environment, stdout=subprocess.DEVNULL, check=True, timeout=60)
    return time.monotonic() - begun
