"""The door to the site to practise on: its descriptor, laid out with ports of its own, and its program."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from edge import private
from edge.ports import free_ports
from edge.settings import Settings
from edge.systems import read_system
from mainstay.descriptor.placeholders import filled
from mainstay.errors import Refused
from mainstay.installation import FROM_A_CLONE
from mainstay.programs import Program

NAME = "practice"
PROGRAM = "site"
MANUAL = Path(__file__).resolve().parent.parent / "systems" / "practice.yaml"
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+|(?<=blue: )\d+|(?<=green: )\d+")  # as the manual writes one


def lay_out(settings: Settings) -> Path:
    """The manual's system becomes one of ours, on free ports; laid out once, it is the owner's to change."""
    place = settings.systems / f"{NAME}.yaml"
    if not place.exists():
        lines = _manual().splitlines(keepends=True)
        known = sorted({port for line in lines for port in _PORT.findall(_said(line))})
        chosen = dict(zip(known, map(str, free_ports(len(known))), strict=True))
        private.folder_if_missing(place.parent)
        private.write(place, "".join(_moved(line, chosen) for line in lines))
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


def _manual() -> str:
    if not MANUAL.is_file():
        raise Refused(f"There is no practice site: {MANUAL} is missing. {FROM_A_CLONE}")
    return MANUAL.read_text()


def _said(line: str) -> str:
    """What of a line is no comment."""
    return "" if line.lstrip().startswith("#") else line.partition(" #")[0]


def _moved(line: str, chosen: Mapping[str, str]) -> str:
    said = _said(line)
    return _PORT.sub(lambda found: chosen[found.group()], said) + line.removeprefix(said)


def _flags(settings: Settings, environment: str, folder: str) -> str:
    return filled(folder, home=str(settings.home), system=NAME, environment=environment)
