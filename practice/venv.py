"""The CRM's own virtual environment, out of its lock: whole, or not there; made once for each lock and Python.

``PATH`` is a link to ``PATH-<key>``, so that a new lock gets a new folder and the old one goes on serving whoever
still runs in it. Whoever comes second waits for the first.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from practice.alone import alone

LOCK = Path(__file__).with_name("crm") / "requirements.lock"
PIP = ("pip", "--disable-pip-version-check", "install", "--quiet", "--no-input", "--no-deps")
HASHED = ("--require-hashes", "--only-binary=:all:", "-r", str(LOCK))
DEADLINE_SECONDS = 600


def lay_out(path: Path) -> Path:
    """Its Python."""
    folder = path.with_name(f"{path.name}-{key()}")
    if not is_whole(folder):
        with alone(path) as held:
            if not is_whole(folder):
                make(folder, held)
    if not path.is_symlink() or path.readlink() != Path(folder.name):
        point(path, folder)
    return path / "bin" / "python"


def key() -> str:
    """Of this lock and this Python: either of them changed is another environment."""
    return sha256(LOCK.read_bytes() + f"{sys.version} {sys.base_prefix}".encode()).hexdigest()[:12]


def is_whole(folder: Path) -> bool:
    """It has its name only since it was whole; its Python is a link that a removed Python leaves hanging."""
    return (folder / "bin" / "python").exists()


def make(folder: Path, held: int) -> None:
    partial = folder.with_name(f"{folder.name}.partial")
    for left in (partial, folder):
        shutil.rmtree(left, ignore_errors=True)
    tell("making the environment of the CRM")
    began = time.monotonic()
    run([sys.executable, "-I", "-m", "venv", str(partial)], held)
    tell("installing its packages, checking their hashes")
    run([str(partial / "bin" / "python"), "-I", "-m", *PIP, *HASHED], held)
    os.sync()
    partial.rename(folder)
    tell(f"the environment of the CRM is there after {time.monotonic() - began:.1f} s")


def point(path: Path, folder: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        raise SystemExit(f"{path} is a folder, and a link is to stand there. Move it away and start this again.")
    link = path.with_name(f".{path.name}.{os.getpid()}")
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name)
    link.replace(path)


def run(words: Sequence[str], held: int) -> None:
    """It holds the lock too: should we be killed, nobody begins anew where it still writes."""
    told = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, pass_fds=[held], timeout=DEADLINE_SECONDS
    )
    if told.returncode != 0:
        last = (told.stdout + told.stderr).decode(errors="replace").strip()[-800:]
        raise SystemExit(
            f"The environment of the CRM could not be made, and nothing of it is left: {' '.join(words[:5])} failed "
            f"(exit {told.returncode}). Mend what it says and start this again.\n{last}"
        )


def tell(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> None:
    words = argparse.ArgumentParser(prog="practice.venv", description=__doc__)
    words.add_argument("path", type=Path, help="where the environment is to be")
    tell(str(lay_out(words.parse_args().path.absolute())))


if __name__ == "__main__":
    main()
