"""The file of a Caddy, from descriptors alone; what it does with requests is tried in tests/doors."""

import re

import pytest

from mainstay.caddy import Front, caddyfile, front
from mainstay.colors import CHOOSE, COLORS, FIRST, SHOWS, on
from mainstay.descriptor.parsing import parse_system
from mainstay.descriptor.system import System
from mainstay.errors import BadInput
from mainstay.maintenance import FLAG

SHOP = """
name: shop
source:
  repository: https://example.com/shop.git
  branches: {main: production}
services:
  web:
    start: [node, server.js]
    ports: {blue: 8101, green: 8102}
    health: /health
  worker:
    start: [node, worker.js]
    heartbeat: {file: /run/shop/worker.alive}
environments:
  production:
    hosts:
      main: {address: local}
    proxy:
      kind: caddy
      address: http://127.0.0.1:8100
      preview_url: http://127.0.0.1:8103
      access_log: "{home}/logs/{system}-{environment}.log"
"""
SECOND = "  api:\n    start: [node, api.js]\n    ports: {blue: 8201, green: 8202}\n    health: /health\n"


def shop(*changes: tuple[str, str]) -> System:
    text = SHOP
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return parse_system(text, "shop.yaml", called="shop")


def of(system: System, environment: str = "production", host: str = "main") -> Front:
    return front(system, environment, host, home="/srv/mainstay")


def text(**changes: str) -> str:
    said = {"address": "http://127.0.0.1:8100", "preview": "http://127.0.0.1:8103", "flags": "/flags", **changes}
    return caddyfile([Front(**said, green=8102, blue=8101, access_log=None)])


def test_a_front_is_what_the_descriptor_says_of_one_host() -> None:
    assert of(shop()) == Front(
        address="http://127.0.0.1:8100",
        preview="http://127.0.0.1:8103",
        flags="/srv/mainstay/flags/shop/production",
        green=8102,
        blue=8101,
        access_log="/srv/mainstay/logs/shop-production.log",
    )


def test_the_file_names_the_flags_the_ports_and_the_log_of_the_front() -> None:
    made = caddyfile([of(shop())])
    colors = '"/srv/mainstay/flags/shop/production" 127.0.0.1:8102 127.0.0.1:8101'
    assert f"import mainstay_shown {colors}\n" in made and f"import mainstay_preview {colors}\n" in made
    assert 'import mainstay_log "/srv/mainstay/logs/shop-production.log"\n' in made


def test_the_file_speaks_of_the_same_flags_and_headers_as_the_rest_of_the_house() -> None:
    made = text()
    assert set(re.findall(r"try_files /(\S+)", made)) == {FLAG, *map(on, COLORS)}
    assert set(re.findall(r"X-Mainstay-\w+", made)) == {SHOWS, CHOOSE}
    looks = re.findall(r"handle @(\w+)", made.partition("(mainstay_shown)")[2].partition("(mainstay_preview)")[0])
    assert looks == ["page", *COLORS, COLORS[0]]
    assert f"# a first release takes {FIRST}\n" in made


def test_without_a_log_or_a_preview_there_is_none() -> None:
    made = caddyfile([Front("http://127.0.0.1:8100", None, "/flags", 8102, 8101, None)])
    assert made.count("\nhttp") == 1 and "import mainstay_log" not in made and "import mainstay_preview" not in made


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:8100", "http://:8100 {\n\tbind 127.0.0.1\n"),
        ("http://localhost:8100", "http://:8100 {\n\tbind 127.0.0.1\n"),
        ("http://10.0.0.5", "http://:80 {\n\tbind 10.0.0.5\n"),
        ("http://[::1]:8100/", "http://:8100 {\n\tbind ::1\n"),
        ("http://shop.example.com", "http://:80 {\n\timport"),
        ("https://shop.example.com", "https://shop.example.com:443 {\n\timport"),
        ("https://127.0.0.1:8443", "https://127.0.0.1:8443 {\n\tbind 127.0.0.1\n"),
    ],
)
def test_plain_http_answers_under_every_name_and_only_where_its_address_is(address: str, said: str) -> None:
    assert said in text(address=address)


def test_only_a_number_is_certified_by_caddy_itself() -> None:
    assert "tls internal" in text(address="https://127.0.0.1:8443")
    assert "default_sni 127.0.0.1\n" in text(address="https://127.0.0.1:8443")
    for other in ("https://shop.example.com", "http://127.0.0.1:8100"):
        assert "tls" not in text(address=other).replace("request>tls", "") and "default_sni" not in text(address=other)


@pytest.mark.parametrize("flags", ["/a{b}", "/a[1]", "/a*", '/a"b', "/a`b", "/a\\b", "/a\nb", "/a?"])
def test_a_path_that_means_more_to_caddy_is_refused(flags: str) -> None:
    with pytest.raises(BadInput, match=r"(?s)Caddy gives .+ a meaning of its own"):
        text(flags=flags)


def test_a_path_with_a_space_is_one_path() -> None:
    assert 'import mainstay_shown "/a home/flags" ' in text(flags="/a home/flags")


@pytest.mark.parametrize("address", ["http://127.0.0.1:8100/shop", "http://127.0.0.1:8100/?a", "http://127.0.0.1/#b"])
def test_an_address_inside_a_site_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="shows a whole site"):
        text(address=address)


def test_two_addresses_on_one_port_are_refused() -> None:
    with pytest.raises(BadInput, match=r"http://127\.0\.0\.1:8100 and http://10\.0\.0\.5:8100 are one port to Caddy"):
        text(preview="http://10.0.0.5:8100")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("environments:", f"{SECOND}environments:"), r"shop has 2 blue_green services \(web, api\)"),
        (("kind: caddy", "kind: nginx"), "behind nginx; this version knows Caddy only"),
        (("address: local}", "address: local, runs: [worker]}"), "Host main runs no web"),
        (("health: /health", "health: /health\n    strategy: recreate"), "has no blue_green service"),
    ],
)
def test_what_a_caddy_of_this_version_cannot_show_is_refused_with_a_sentence(
    change: tuple[str, str], sentence: str
) -> None:
    changes = [change]
    if "runs" in change[1]:
        changes += [("      main:", "      second: {address: 'ssh://me@second', runs: [web]}\n      main:")]
    if "recreate" in change[1]:
        changes += [("ports: {blue: 8101, green: 8102}", "ports: {blue: 8101}")]
    with pytest.raises(BadInput, match=sentence):
        of(shop(*changes))


def test_an_environment_without_a_proxy_has_no_file() -> None:
    whole = SHOP[SHOP.index("    proxy:") :]
    recreated = (("health: /health", "health: /health\n    strategy: recreate"), (", green: 8102", ""))
    with pytest.raises(BadInput, match="shop production has no proxy"):
        of(shop((whole, ""), *recreated))


@pytest.mark.parametrize(
    ("environment", "host", "sentence"),
    [
        ("nowhere", "main", "shop has no environment 'nowhere'. Known: production. Use one of them."),
        ("production", "second", "shop production has no host 'second'. Known: main. Use one of them."),
    ],
)
def test_an_unknown_place_is_refused_with_those_that_are_known(environment: str, host: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        of(shop(), environment, host)
    assert str(refused.value) == sentence
