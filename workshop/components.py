"""The real programs the tests talk to: fetched where that is possible, named where it is not."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

APT_SECONDS = 240.0
STARTS_SERVICES = Path("/run/systemd/system").is_dir()  # there a package starts a server that nobody asked for


@dataclass(frozen=True)
class Component:
    program: str
    package: str  # of Debian
    lost: str  # what is not shown when it is missing
    fetch: bool = True


COMPONENTS = (
    Component("git", "git", "nothing is built or deployed: most claims about releases fail"),
    Component("flock", "util-linux", "the host gate is not tried at all"),
    Component("setpriv", "util-linux", "children do not die with their parent, root's databases do not start"),
    Component("busybox", "busybox", "the host gate is tried in dash only, not in busybox ash"),
    Component("systemd-analyze", "systemd", "the shipped units are not verified by systemd"),
    Component("tar", "tar", "nothing of a folder is kept or brought back"),
    Component("ssh-keygen", "openssh-client", "nobody shows that it reads the signature of a set"),
    Component("age", "age", "nobody shows that a set is opened by hand"),
    Component("jq", "jq", "nobody shows that a bucket is filled by hand"),
    Component("aws", "awscli", "nobody shows that a bucket is filled by hand"),
    Component(
        "redis-server", "redis-server", "no Redis is kept or brought back, in any test", fetch=not STARTS_SERVICES
    ),
    Component("zstd", "zstd", "nobody shows that a set is opened by hand"),
    Component("pgbackrest", "pgbackrest", "nobody shows what pgBackRest keeps, nor what it brings back"),
    Component(
        "/usr/lib/postgresql/15/bin/postgres", "postgresql-15", "dumps of an older server are not tried", fetch=False
    ),  # its package starts a server of its own, which nobody asked for
)


def provide(components: Sequence[Component] = COMPONENTS) -> None:
    """Afterwards every component is here, or was named with what its absence leaves unshown."""
    if _missing(components):
        missing = [component for component in _missing(components) if component.fetch]
        if missing and os.geteuid() == 0 and shutil.which("apt-get"):
            _fetch(sorted({component.package for component in missing}))
        for component in _missing(components):
            print(
                f"not here: {component.program}, so {component.lost}; get it with: apt-get install {component.package}",
                flush=True,
            )


def _missing(components: Sequence[Component]) -> list[Component]:
    return [component for component in components if shutil.which(component.program) is None]


def _fetch(packages: Sequence[str]) -> None:
    """Tried twice: with the lists this machine has, then with fresh ones. What fails is seen by what is missing."""
    print(f"fetching with apt-get: {', '.join(packages)}", flush=True)
    fetch = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if not _apt(fetch) and _apt(["apt-get", "update"]):
        _apt(fetch)


def _apt(words: Sequence[str]) -> bool:
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", *words, "-qq"]
    try:
        done = subprocess.run(quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=APT_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"{words[1]} of apt-get did not end within {APT_SECONDS:.0f} s and was ended", flush=True)
        return False
    if done.returncode != 0:
        print(f"apt-get {words[1]} failed: {(done.stderr or done.stdout).strip()[-300:]}", flush=True)
    return done.returncode == 0
