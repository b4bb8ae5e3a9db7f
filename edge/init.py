"""The door to init: whether systemd is the one who starts the keeper of a home, and how it is asked to."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from edge import processes

UNIT = "mainstay-keeper"
DEADLINE_SECONDS = 60.0


@dataclass(frozen=True)
class Init:
    systemctl: str = "systemctl"
    booted: Path = Path("/run/systemd/system")  # there as long as systemd is init, as its sd_booted(3) says
    words: Path = Path("/etc/mainstay/environment")  # the EnvironmentFile of the shipped unit

    def keeps(self, home: Path) -> bool:
        """The shipped unit is enabled on this machine, and it is for this home."""
        if not self.booted.is_dir() or shutil.which(self.systemctl) is None:
            return False
        if self._ask("is-enabled", "--quiet").exit != 0:
            return False
        return self._home() == str(home)

    def _home(self) -> str | None:
        """As the unit says, or the file that it reads after that."""
        said = self._ask("show", "--property=Environment", "--value").text.split()
        if os.access(self.words, os.R_OK):
            said += self.words.read_text().splitlines()
        homes = [
            word.removeprefix("MAINSTAY_HOME=").strip("\"' ") for word in said if word.startswith("MAINSTAY_HOME=")
        ]
        return homes[-1] if homes else None

    def start_anew(self) -> None:
        """One of its own: a keeper that still runs ends alone, and its programs go on."""
        processes.check(self._ask("restart"), f"systemctl restart {UNIT} (only root may)")

    def _ask(self, *words: str) -> processes.Output:
        return processes.run([self.systemctl, *words, UNIT], deadline_seconds=DEADLINE_SECONDS)
