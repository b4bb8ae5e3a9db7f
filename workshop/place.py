"""The place of the installation, and what can be told of it: whole, to be renewed, or of no use."""

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LOCK = "requirements-dev.lock"
RUNNING = "requirements.lock"  # the part of it that Mainstay itself runs with


@dataclass(frozen=True)
class Place:
    root: Path

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def gone(self) -> Path:
        return self.root / ".venv.gone"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.venv / "mainstay-stamp.json"

    @property
    def log(self) -> Path:
        return self.venv / "install.log"


def wanted(place: Place) -> dict[str, str]:
    """What the stamp must say: made here, by this interpreter, from this lock and this project."""
    files = (place.root / name for name in (LOCK, "pyproject.toml"))
    return {
        "root": str(place.root),
        "interpreter": f"{Path(interpreter()).resolve()} {sys.version}",
        "lock": hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest(),
    }


def interpreter() -> str:
    """Not the one in .venv, when it is that one that started us: it may have to go."""
    return str(getattr(sys, "_base_executable", sys.executable))


def _stamped(place: Place) -> dict[str, object]:
    try:
        stamp = json.loads(place.stamp.read_bytes())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_whole(place: Place) -> bool:
    """The stamp fits, every package that was put in is still there, and the interpreter starts."""
    stamp = _stamped(place)
    fits = all(stamp.get(key) == value for key, value in wanted(place).items())
    return fits and _recorded(stamp) <= {*packages(place)} and _starts(place)


def can_be_renewed(place: Place) -> bool:
    """It was whole under another lock, and the new one names all that is in it: what is the same may stay."""
    stamp = _stamped(place)
    fits = all(stamp.get(key) == value for key, value in wanted(place).items() if key != "lock")
    stays = {*pins(place), "pip", "setuptools", "mainstay"}
    named = all(_canonical(package.partition("-")[0]) in stays for package in _recorded(stamp))
    return fits and bool(stamp) and named and _recorded(stamp) <= {*packages(place)} and _starts(place)


def pins(place: Place, lock: str = LOCK) -> list[str]:
    """The names in the lock."""
    lines = (place.root / lock).read_text().splitlines()
    return [_canonical(re.split(r"[\[=]", line)[0]) for line in lines if re.match(r"\w[^ ]*==", line)]


def record(place: Place) -> None:
    """From now on it is trusted: written aside, so that half a stamp is none."""
    written = place.stamp.with_suffix(".new")
    written.write_text(json.dumps(wanted(place) | {"packages": packages(place)}))
    written.replace(place.stamp)


def to_compile(place: Place) -> list[Path]:
    """What Mainstay runs with. The other half of all code is of tests' tools, compiled when they are first used."""
    later = {*pins(place)} - {*pins(place, RUNNING)}
    owners: dict[str, set[str]] = {}
    for record in place.venv.glob("lib/python3.*/site-packages/*.dist-info/RECORD"):
        name = _canonical(record.parent.name.partition("-")[0])
        for line in record.read_text().splitlines():
            owners.setdefault(line.partition(",")[0].partition("/")[0], set()).add(name)
    parts = place.venv.glob("lib/python3.*/site-packages/*")
    return sorted(part for part in parts if part.suffix != ".pth" and owners.get(part.name, {""}) - later)


def _recorded(stamp: dict[str, object]) -> set[str]:
    packages = stamp.get("packages")
    return {str(package) for package in packages} if isinstance(packages, list) else set()


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def packages(place: Place) -> list[str]:
    return sorted(folder.name for folder in place.venv.glob("lib/python3.*/site-packages/*.dist-info"))


def _starts(place: Place) -> bool:
    try:
        return subprocess.run([place.python, "-I", "-c", ""], capture_output=True).returncode == 0
    except OSError:
        return False
