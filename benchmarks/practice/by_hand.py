"""The practice site's other environment, deployed to by a shell script: what a deploy takes without us."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from shlex import quote

from benchmarks.practice.installation import HOST, SYSTEM, Practice
from edge.systems import read_system
from mainstay.caddy import front
from mainstay.descriptor.service import Color

SCRIPT = Path(__file__).with_name("by_hand.sh")
ENVIRONMENT = "production"
LONGEST_SECONDS = 120.0
NOT_ITS_DOING = ("build", "boot", "pause")


@dataclass(frozen=True)
class ByHand:
    address: str
    folder: Path

    def deploy(self, version: str, color: Color) -> dict[str, float]:
        """How many seconds each step took."""
        argv = ["sh", str(SCRIPT), version, color, str(self.folder)]
        told = subprocess.run(argv, check=True, timeout=LONGEST_SECONDS, stdout=subprocess.PIPE, text=True).stdout
        begun = [(float(at), step) for at, _, step in (line.partition(" ") for line in told.splitlines())]
        return {step: end - at for (at, step), (end, _) in pairwise(begun)}


@contextmanager
def by_hand(site: Practice) -> Iterator[ByHand]:
    folder = site.folder / "by hand"
    folder.mkdir()
    shown = front(read_system(site.settings, SYSTEM), ENVIRONMENT, HOST, home=str(site.settings.home))
    home = site.settings.home / SYSTEM
    words = {
        "python": home / "venv/bin/python",
        "repository": site.settings.home / f"{SYSTEM}.git",
        "environment": _variables(home / ENVIRONMENT, folder),
        "site": shown.address,
        "preview": shown.preview,
        "flags": shown.flags,
        "blue": shown.blue,
        "green": shown.green,
        "heartbeats": home / ENVIRONMENT / "by-hand",
    }
    (folder / "words").write_text("".join(f"{name}={quote(str(word))}\n" for name, word in words.items()))
    try:
        yield ByHand(shown.address, folder)
    finally:
        for pid in folder.glob("*.pid"):
            with suppress(ProcessLookupError):
                os.kill(int(pid.read_text()), signal.SIGKILL)


def _variables(place: Path, folder: Path) -> Path:
    """What the CRM is started with; whoever works by hand has the secrets in a file."""
    said = {
        "DATABASE_URL": (place / "database").read_text().strip(),
        "SECRET_KEY": (place / "secret-key").read_text().strip(),
        "UPLOADS": str(place / "uploads"),
        "MAINSTAY_RELEASE": "by-hand",
    }
    file = folder / "environment"
    file.write_text("".join(f"{name}={quote(word)}\n" for name, word in said.items()))
    return file
