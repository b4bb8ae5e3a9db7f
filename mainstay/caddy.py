"""The Caddy file of environments: every request looks which flag stands, so a switch is a file and never a reload."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit

from mainstay.caddy_snippets import SNIPPETS
from mainstay.descriptor.environment import Environment, Host, Proxy
from mainstay.descriptor.placeholders import filled
from mainstay.descriptor.service import HttpService, Ports
from mainstay.descriptor.system import System
from mainstay.errors import BadInput

T = TypeVar("T")

_OPTIONS = """\
{
	admin off # whoever reloads drops requests, and nothing here needs it
	persist_config off
	auto_https disable_redirects
	skip_install_trust
	grace_period 5s
	log {
		level WARN
	}
	servers {
		protocols h1 h2 # what was measured to lose nothing
	}
"""


@dataclass(frozen=True)
class Front:
    """What stands between the users of one environment and its two colors, on one host."""

    address: str
    preview: str | None
    flags: str  # the folder
    green: int  # the ports
    blue: int
    access_log: str | None


def front(system: System, environment: str, host: str, *, home: str) -> Front:
    """As the descriptor says it; what a Caddy of this version cannot show is refused with a sentence."""
    place = _known(system.environments, environment, f"{system.name} has no environment")
    machine = _known(place.hosts, host, f"{system.name} {environment} has no host")
    proxy, ports = _proxy(system, environment, place), _ports(system, environment, host, machine)
    words = {"home": home, "system": system.name, "environment": environment}
    return Front(
        address=proxy.address,
        preview=proxy.preview_url,
        flags=filled(machine.flags_directory, **words),
        green=ports.green or ports.blue,
        blue=ports.blue,
        access_log=filled(proxy.access_log, **words),
    )


def caddyfile(fronts: Sequence[Front]) -> str:
    """All of one Caddy."""
    addresses = [address for each in fronts for address in (each.address, each.preview) if address]
    _all_different(addresses)
    sites = [site for each in fronts for site in (_public(each), _preview(each)) if site]
    return "\n".join([_options(addresses), SNIPPETS, *sites])


def _options(addresses: Iterable[str]) -> str:
    """Whoever types a number as an address names no server, and is shown the certificate of that number."""
    numbers = [each.host for each in map(_Listener, addresses) if each.certified_by_itself]
    return "".join([_OPTIONS, *(f"\tdefault_sni {number}\n" for number in numbers[:1]), "}\n"])


def _public(front: Front) -> str:
    log = [] if front.access_log is None else [f"import mainstay_log {_path(front.access_log)}"]
    return _site(front.address, [*log, f"import mainstay_shown {_colors(front)}"])


def _preview(front: Front) -> str:
    return "" if front.preview is None else _site(front.preview, [f"import mainstay_preview {_colors(front)}"])


def _colors(front: Front) -> str:
    return f"{_path(front.flags)} 127.0.0.1:{front.green} 127.0.0.1:{front.blue}"


def _site(address: str, lines: Iterable[str]) -> str:
    listener = _Listener(address)
    inside = [*([f"bind {listener.number}"] if listener.number else []), *lines]
    inside += ["tls internal"] if listener.certified_by_itself else []
    return "".join([f"{listener.label} {{\n", *(f"\t{line}\n" for line in inside), "}\n"])


class _Listener:
    """A web address as Caddy writes it: plain HTTP answers under whatever name it is asked."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.path not in ("", "/") or parts.query or parts.fragment or not parts.hostname:
            raise BadInput(f"{address}: a proxy shows a whole site. Write it without what follows the port.")
        self.secure = parts.scheme == "https"
        self.host = parts.hostname
        self.port = parts.port or (443 if self.secure else 80)

    @property
    def number(self) -> str | None:
        """Where it listens; None: everywhere, because a name may be any of the machine's addresses."""
        try:
            return str(ip_address("127.0.0.1" if self.host == "localhost" else self.host))
        except ValueError:
            return None

    @property
    def certified_by_itself(self) -> bool:
        """Nobody else certifies a number."""
        return self.secure and self.number is not None

    @property
    def label(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}" if self.secure else f"http://:{self.port}"


def _all_different(addresses: Iterable[str]) -> None:
    seen: dict[int, str] = {}
    for address in addresses:
        first = seen.setdefault(_Listener(address).port, address)
        if first is not address:
            raise BadInput(f"{first} and {address} are one port to Caddy. Write another port for one of them.")


def _path(place: str) -> str:
    """In quotes. What Caddy would read as more than a path cannot be said safely."""
    if bad := sorted(set(place) & set('{}[]*?"`\\\n')):
        raise BadInput(f"{place}: Caddy gives {' '.join(bad)} a meaning of its own. Write a path without it.")
    return f'"{place}"'


def _known(places: Mapping[str, T], name: str, otherwise: str) -> T:
    if name not in places:
        raise BadInput(f"{otherwise} {name!a}. Known: {', '.join(sorted(places))}. Use one of them.")
    return places[name]


def _proxy(system: System, environment: str, place: Environment) -> Proxy:
    where = f"{system.name} {environment}"
    if place.proxy is None:
        raise BadInput(f"{where} has no proxy, so there is nothing to configure. Describe one: proxy: {{kind: caddy}}.")
    if place.proxy.kind != "caddy":
        raise BadInput(f"{where} is behind {place.proxy.kind}; this version knows Caddy only. Write kind: caddy.")
    return place.proxy


def _ports(system: System, environment: str, host: str, machine: Host) -> Ports:
    services = system.services.items()
    switched = [name for name, each in services if isinstance(each, HttpService) and each.strategy == "blue_green"]
    if not switched:
        raise BadInput(f"{system.name} has no blue_green service, so its proxy has nothing to switch.")
    if len(switched) > 1:
        raise BadInput(
            f"{system.name} has {len(switched)} blue_green services ({', '.join(switched)}); in this version a proxy "
            "shows one. Put the others into systems of their own."
        )
    if machine.runs and switched[0] not in machine.runs:
        raise BadInput(f"Host {host} runs no {switched[0]}, so it needs no proxy. Name a host that does.")
    ports = system.ports(environment, switched[0])
    assert ports is not None  # an HttpService has ports
    return ports
