"""The door to the site to practise on: a descriptor on free ports, PostgreSQL, Caddy, and a CRM to deploy."""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from secrets import token_urlsafe

from edge import caddy, practice_databases, private, processes
from edge import programs as running
from edge.backups.keyring import keyring
from edge.ports import Purpose, free_ports
from edge.settings import Settings
from edge.systems import read_system
from mainstay.caddy import caddyfile, front
from mainstay.caddy_snippets import ALIVE
from mainstay.descriptor.placeholders import filled
from mainstay.descriptor.system import System
from mainstay.errors import Refused
from mainstay.installation import FROM_A_CLONE
from mainstay.programs import Program

NAME = "practice"
PROXY = "practice-proxy"
PROGRAMS = (practice_databases.PROGRAM, PROXY)
ROOT = Path(__file__).resolve().parent.parent
MANUAL = ROOT / "systems" / "practice.yaml"
VENV_SECONDS = 600.0  # the first time its packages come over the network
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+|(?<=blue: )\d+|(?<=green: )\d+")  # as the manual writes one


def lay_out_descriptor(settings: Settings) -> Path:
    """The manual's system becomes one of ours, on free ports; laid out once, it is the owner's to change."""
    place = settings.systems / f"{NAME}.yaml"
    if not place.exists():
        lines = _manual().splitlines(keepends=True)
        known = sorted({port for line in lines for port in _PORT.findall(_said(line))})
        chosen = dict(zip(known, map(str, free_ports(len(known), Purpose.SITE)), strict=True))
        private.folder_if_missing(place.parent)
        private.write(place, "".join(_moved(line, chosen) for line in lines))
    return place


def lay_out(settings: Settings, tell: Callable[[str], None]) -> None:
    """Everything the descriptor speaks of is there; killed half-way, the next one goes on from there."""
    private.folder_if_missing(settings.home)
    private.folder_if_missing(folder(settings.home))
    with private.alone(folder(settings.home) / "lock", deadline_seconds=VENV_SECONDS):
        lay_out_programs(settings)
        _lay_out_repository(settings.home)
        _lay_out_venv(settings.home, tell)


def lay_out_programs(settings: Settings) -> None:
    """What its programs need, and what the CRM finds when it starts; the proxy's file comes last. Call it ``alone``."""
    lay_out_descriptor(settings)
    system, home = read_system(settings, NAME), settings.home
    private.folder_if_missing(folder(home))
    practice_databases.lay_out(home, system.environments)
    for environment in system.environments:
        private.once(folder(home) / environment / "secret-key", lambda: token_urlsafe(32))
        for files in system.files.values():
            private.folder_if_missing(Path(filled(files.path, home=str(home), system=NAME, environment=environment)))
    private.folder_if_missing(settings.logs)
    _lay_out_recovery_key(home)
    _write_proxy_file(settings, system)


def addresses(settings: Settings) -> dict[str, str]:
    """Where each environment of the practice site answers; without one, nowhere."""
    if not (settings.systems / f"{NAME}.yaml").exists():
        return {}
    system = read_system(settings, NAME)
    return {name: place.proxy.address for name, place in system.environments.items() if place.proxy}


def programs(settings: Settings) -> tuple[Program, ...]:
    """Those that serve it; none: this installation has no practice site, or not all of it yet."""
    file = _proxy_file(settings.home)
    if not file.exists() or not (settings.systems / f"{NAME}.yaml").exists():
        return ()
    previews = [place.proxy for place in read_system(settings, NAME).environments.values() if place.proxy]
    ready = next((f"{each.preview_url}{ALIVE}" for each in previews if each.preview_url), None)
    argv = (str(caddy.program()), "run", "--config", str(file), "--adapter", "caddyfile")
    proxy = Program(PROXY, argv, environment=caddy.keeps_in(folder(settings.home)), ready=ready)
    return practice_databases.program(settings.home), proxy


def folder(home: Path) -> Path:
    return home / NAME


def _write_proxy_file(settings: Settings, system: System) -> None:
    """A Caddy that runs by another file ends, so that the keeper starts it anew."""
    home, file = settings.home, _proxy_file(settings.home)
    places = [(name, host) for name, place in system.environments.items() if place.proxy for host in place.hosts]
    fronts = [front(system, name, host, home=str(home)) for name, host in places]
    text = caddyfile(fronts)
    before = file.read_text() if file.exists() else text
    private.write(file, text)
    if before != text and (living := running.living_identity(home, PROXY)):
        processes.ask_to_end(living)


def _lay_out_recovery_key(home: Path) -> None:
    """For practice it lies here; for anything that matters, a person keeps it elsewhere."""
    ring = keyring(home)
    if not ring.has_recovery_key:
        private.write(folder(home) / "recovery-key", f"{ring.new_recovery_key()}\n")


def _lay_out_repository(home: Path) -> None:
    """Its branches are the owner's to push to; tags that it lacks are added."""
    repository = home / f"{NAME}.git"
    _run_practice("practice.releases", repository, "making the repository of the practice CRM", deadline_seconds=60)


def _lay_out_venv(home: Path, tell: Callable[[str], None]) -> None:
    """Beside our own packages, so that homes which come and go share it."""
    shared, ours = Path(sys.prefix) / "practice-crm", folder(home) / "venv"
    if not shared.exists():
        tell("the packages of the practice CRM are being installed; this is done once")
    _run_practice("practice.venv", shared, "installing the packages of the practice CRM", deadline_seconds=VENV_SECONDS)
    if not ours.is_symlink() or ours.readlink() != shared:
        aside = ours.with_name(".venv.new")
        aside.unlink(missing_ok=True)
        aside.symlink_to(shared)
        aside.replace(ours)


def _run_practice(module: str, place: Path, what: str, *, deadline_seconds: float) -> None:
    """The site is none of ours to import: it would be a repository of its own."""
    argv = [sys.executable, "-m", module, str(place)]
    processes.check(processes.run(argv, deadline_seconds=deadline_seconds, cwd=ROOT), what)


def _proxy_file(home: Path) -> Path:
    return folder(home) / "Caddyfile"


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
