"""Other Caddys before the same two colors: ours over TLS, and one that is switched as its own guide says."""

import http.client
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.practice.installation import Practice
from edge import caddy, clock
from edge.companions import companion
from edge.ports import free_ports
from mainstay.caddy import caddyfile
from mainstay.descriptor.service import Color

START_SECONDS = 20.0
RELOAD_SECONDS = 20.0
FAREWELL_SECONDS = 8.0
AUTHORITY = "caddy/pki/authorities/local/root.crt"  # below the folder it keeps its things in

RELOADED = """\
{{
	admin 127.0.0.1:{admin}
	persist_config off
	auto_https disable_redirects
	skip_install_trust
	default_sni 127.0.0.1
	servers {{
		protocols h1 h2
	}}
}}
{label} {{
	bind 127.0.0.1
	{tls}
	header X-Mainstay-Shows {color}
	reverse_proxy 127.0.0.1:{port}
}}
"""


@dataclass(frozen=True)
class Door:
    """Where a site is asked, and whom to trust there."""

    address: str
    authority: str | None = None


@contextmanager
def ours_over_tls(site: Practice) -> Iterator[Door]:
    """The very file the practice site's own proxy has, with another address: it looks at the same flags."""
    address, folder = f"https://127.0.0.1:{free_ports(1)[0]}", site.folder / "ours over tls"
    folder.mkdir()
    shown = replace(site.front, address=address, preview=None, access_log=None)
    with _running(folder, caddyfile([shown]), address) as door:
        yield door


@dataclass(frozen=True)
class Reloaded:
    """The peer: it has one upstream, and gets a new configuration to have another."""

    site: Practice
    folder: Path
    admin: int
    door: Door

    def switch(self, color: Color) -> None:
        file = _file(self.folder)
        file.write_text(_reloaded(self.site, self.admin, self.door.address, color))
        argv = [str(caddy.program()), "reload", "--config", str(file), "--adapter", "caddyfile"]
        subprocess.run(
            [*argv, "--address", f"127.0.0.1:{self.admin}"], check=True, timeout=RELOAD_SECONDS, capture_output=True
        )


@contextmanager
def reloaded(site: Practice, color: Color, *, tls: bool) -> Iterator[Reloaded]:
    port, admin = free_ports(2)
    address, folder = f"http{'s' if tls else ''}://127.0.0.1:{port}", site.folder / f"reloaded {port}"
    folder.mkdir()
    with _running(folder, _reloaded(site, admin, address, color), address) as door:
        yield Reloaded(site, folder, admin, door)


def _reloaded(site: Practice, admin: int, address: str, color: Color) -> str:
    tls = address.startswith("https:")
    label = address if tls else f"http://:{address.rpartition(':')[2]}"
    words = {"admin": admin, "label": label, "color": color, "port": site.port(color)}
    return RELOADED.format(tls="tls internal" if tls else "", **words)


@contextmanager
def _running(folder: Path, text: str, address: str) -> Iterator[Door]:
    file = _file(folder)
    file.write_text(text)
    kept = [f"{name}={word}" for name, word in caddy.keeps_in(folder)]
    argv = ["env", *kept, str(caddy.program()), "run", "--config", str(file), "--adapter", "caddyfile"]
    authority = str(folder / AUTHORITY) if address.startswith("https:") else None
    with companion(argv, log=folder / "log", grace_seconds=FAREWELL_SECONDS):
        door = Door(address, authority)
        _until_it_answers(door)
        yield door


def _until_it_answers(door: Door) -> None:
    end = clock.monotonic() + START_SECONDS
    while not _answers(door):
        if clock.monotonic() > end:
            raise TimeoutError(f"{door.address} has not answered within {START_SECONDS:g} s")
        clock.sleep(0.1)


def _answers(door: Door) -> bool:
    place = door.address.partition("://")[2]
    try:
        if door.authority:
            trust = ssl.create_default_context(cafile=door.authority)
            asked: http.client.HTTPConnection = http.client.HTTPSConnection(place, timeout=5, context=trust)
        else:
            asked = http.client.HTTPConnection(place, timeout=5)
        asked.request("GET", "/alive")
        return asked.getresponse().status > 0
    except OSError:
        return False


def _file(folder: Path) -> Path:
    return folder / "Caddyfile"
