"""The door to the site to practise on: its descriptor, laid out with ports of its own, and its program."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from edge import private
from edge.ports import free_ports
from edge.settings import Settings
from edge.systems import read_system
from mainstay.descriptor.placeholders import filled
from mainstay.programs import Program

NAME = "practice"
PROGRAM = "site"
MANUAL = Path(__file__).resolve().parent.parent / "systems" / "practice.yaml"
_ITS_PORTS = re.compile(r"\b81\d\d\b")  # in the manual


def lay_out(settings: Settings) -> Path:
    """The manual's system becomes one of ours, on free ports; laid out once, it is the owner's to change."""
    place = settings.systems / f"{NAME}.yaml"
    if not place.exists():
        text = MANUAL.read_text()
        known = sorted(set(_ITS_PORTS.findall(text)))
        chosen = dict(zip(known, map(str, free_ports(len(known))), strict=True))
        private.folder_if_missing(place.parent)
        private.write(place, _ITS_PORTS.sub(lambda found: chosen[found.group()], text))
    return place


def addresses(settings: Settings) -> dict[str, str]:
    """Where each environment of the practice site answers; without one, nowhere."""
    if not (settings.systems / f"{NAME}.yaml").exists():
        return {}
    system = read_system(settings, NAME)
    return {name: place.proxy.address for name, place in system.environments.items() if place.proxy}


def program(settings: Settings) -> Program | None:
    """What serves it; None: this installation has no practice site."""
    if not (settings.systems / f"{NAME}.yaml").exists():
        return None
    system = read_system(settings, NAME)
    places = [
        f"{urlsplit(place.proxy.address).port}={_flags(settings, name, host.flags_directory)}"
        for name, place in system.environments.items()
        if place.proxy
        for host in place.hosts.values()
    ]
    first = next(iter(addresses(settings).values()))
    return Program(PROGRAM, (sys.executable, "-m", "practice.site", *places), ready=f"{first}/alive")


def _flags(settings: Settings, environment: str, folder: str) -> str:
    return filled(folder, home=str(settings.home), system=NAME, environment=environment)
