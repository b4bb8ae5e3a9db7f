"""Over TLS, through a real proxy: as users see it, with a certificate that is trusted or is not."""

import socket
import ssl
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.ports import free_ports
from edge.probing import probing
from mainstay.programs import Program
from mainstay.sights import Target
from tests.doors.moody_site import Site, after, moody_site, target_of
from tests.running import listens, running

CADDYFILE = """{{
    admin off
    skip_install_trust
    auto_https disable_redirects
    storage file_system {folder}
}}
https://localhost:{port} {{
    bind 127.0.0.1
    tls internal
    reverse_proxy /echo 127.0.0.1:{websocket}
    reverse_proxy 127.0.0.1:{http}
}}
"""


@pytest.fixture
def site() -> Iterator[Site]:
    with moody_site() as site:
        yield site


@pytest.fixture
def target(site: Site, tmp_path: Path) -> Iterator[Target]:
    (port,) = free_ports(1)
    words = CADDYFILE.format(folder=tmp_path / "caddy", port=port, websocket=site.websocket_port, http=site.port)
    (tmp_path / "Caddyfile").write_text(words)
    argv = (str(Path(sys.executable).parent / "caddy"), "run", "--config", str(tmp_path / "Caddyfile"))
    here, root = f"https://localhost:{port}", tmp_path / "caddy/pki/authorities/local/root.crt"
    target = target_of(site, websocket=True)
    with running(Program("proxy", argv, ready=here), tmp_path):
        after(lambda: root.exists() and listens(port) and shakes_hands(port, root))
        yield replace(
            target,
            page=f"{here}/page",
            websocket=f"wss://localhost:{port}/echo",
            colors=dict.fromkeys(target.colors, f"{here}/page"),
            authority=str(root),
        )


def shakes_hands(port: int, authority: Path) -> bool:
    """It has its certificate, too; nothing is asked."""
    trusting = ssl.create_default_context(cafile=authority)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            trusting.wrap_socket(connection, server_hostname="localhost").close()
    except OSError:
        return False
    return True


def test_everything_is_asked_over_tls_and_nothing_fails(site: Site, target: Target, tmp_path: Path) -> None:
    with probing(target, tmp_path) as prober:
        after(lambda: prober.count().of("websocket").asked >= 4 and prober.count().of("blue").asked >= 2)
    count = prober.count()
    assert (count.failed, count.blind, count.unfinished) == (0, "", 0), count.examples
    assert count.of("fresh").asked + count.of("kept").asked == site.asked("fresh", "kept")
    assert count.of("websocket").asked == len(site.words) + 1
    assert {sight.shows for sight in prober.sights().sights if sight.kind == "green"} == {"green"}


def test_a_certificate_that_nobody_trusts_is_a_failure(target: Target, tmp_path: Path) -> None:
    with probing(replace(target, authority=None), tmp_path) as prober:
        after(lambda: all(prober.count().of(kind).asked for kind in ("fresh", "kept", "websocket")))
    count = prober.count()
    assert count.failed == count.asked >= 3
    assert all("CERTIFICATE_VERIFY_FAILED" in each.why for each in count.examples)
