"""What supervisord and the shell are told, whatever a descriptor holds."""

import configparser
import shlex

import pytest

from mainstay.descriptor.parsing import parse_system
from mainstay.errors import BadInput
from mainstay.places import Places
from mainstay.release_files import environment_file
from mainstay.runtime import Name, read_name
from mainstay.supervisor import files, main_configuration, read_seen

TEXT = """
name: shop
source: {repository: /srv/shop.git, branches: {main: production}}
services:
  web:
    start: [node, server.js, --port, "{port}", "{color} of {service}"]
    directory: dist
    instances: 3
    drain_seconds: 2.5
    ports: {blue: 8101, green: 8102}
    health: /health
  admin: {start: [node, admin.js], strategy: recreate, ports: {blue: 8103}, health: /health}
  worker: {start: [node, worker.js], heartbeat: {file: /tmp/alive}}
environments:
  production:
    hosts:
      main: {address: local, runs: [web, admin]}
      second: {address: "ssh://deploy@second.example.com", runs: [worker]}
    ports: {web: {blue: 9101, green: 9102}}
    proxy: {kind: caddy, address: "http://127.0.0.1:8100"}
"""
HOME = "/srv/it's 100%; #1"


def shop(home: str = "/h") -> Places:
    return Places(parse_system(TEXT, "shop.yaml", called="shop"), "production", home)


def of_main() -> dict[str, str]:
    return files(shop(HOME), "main", "r-1", {"KEY": "a'b"})


def command(configuration: str) -> list[str]:
    """As supervisord reads it."""
    read = configparser.RawConfigParser(inline_comment_prefixes=(";", "#"))
    read.read_string(configuration)
    return shlex.split(read["program:shop.production.web.green"]["command"] % {})


def test_a_host_gets_the_files_of_the_services_it_runs_in_each_color_they_have() -> None:
    assert sorted(of_main()) == [
        "admin-blue.conf",
        "admin-blue.start",
        "environment",
        "web-blue.conf",
        "web-blue.start",
        "web-green.conf",
        "web-green.start",
    ]


def test_a_folder_with_strange_characters_reaches_supervisord_unchanged() -> None:
    folder = f"{HOME}/releases/shop/production/r-1"
    assert command(of_main()["web-green.conf"]) == ["/bin/sh", f"{folder}/web-green.start"]


def test_a_folder_no_configuration_can_hold_is_refused() -> None:
    with pytest.raises(BadInput, match="control character"):
        files(shop("/srv/a\nb"), "main", "r-1", {})


def test_a_drain_is_never_cut_short_by_rounding() -> None:
    assert "\nstopwaitsecs=3\n" in of_main()["web-green.conf"]


def test_nothing_starts_by_itself_and_nothing_is_given_up() -> None:
    text = of_main()["web-green.conf"]
    assert "\nautostart=false\n" in text and "\nautorestart=true\n" in text and "\nnumprocs=3\n" in text


def test_words_and_ports_are_those_of_the_color_in_this_environment() -> None:
    last = of_main()["web-green.start"].splitlines()[-1]
    assert shlex.split(last) == ["exec", "node", "server.js", "--port", "9102", "green of web"]
    assert "/app/dist" in of_main()["web-green.start"].splitlines()[-2]


def test_a_secret_stands_in_one_file_only() -> None:
    found = files(shop(HOME), "main", "r-1", {"KEY": "canary-4711"})
    assert [name for name, text in found.items() if "canary-4711" in text] == ["environment"]


def test_a_value_is_whatever_it_is() -> None:
    assert environment_file({"B": "two\nlines", "A": "it's"}) == "export A='it'\"'\"'s'\nexport B='two\nlines'\n"


def test_a_variable_of_ours_is_refused() -> None:
    with pytest.raises(BadInput, match=r"MAINSTAY_COLOR begins with MAINSTAY_.*Write COLOR"):
        environment_file({"MAINSTAY_COLOR": "blue"})


def test_a_color_of_a_host_is_every_program_it_runs_there() -> None:
    site = shop()
    found = site.parts("main", "green", "r-1")
    assert [str(one.name) for one in found] == ["shop.production.web.green"]
    assert [one.name.service for one in site.parts("main", "blue", "r-1")] == ["web", "admin"]
    assert [one.name.service for one in site.parts("second", "green", "r-1")] == ["worker"]


def test_a_part_knows_its_folder_its_gate_and_its_port() -> None:
    one = shop().part("main", "web", "blue", "r-1")
    assert (one.folder, one.gate) == ("/h/releases/shop/production/r-1", "/h/gate/shop/production")
    assert (one.port, one.instances, one.drain_seconds) == (9101, 3, 2.5)


def test_names_are_read_back_and_strangers_are_none_of_ours() -> None:
    name = Name("a-b", "c", "web", "green")
    assert read_name(str(name)) == name
    assert read_name("boot") is None and read_name("a.b.c.red") is None


def test_what_color_saw_is_read() -> None:
    line = (
        '{"name": "shop.production.web.green", "state": 30, "pid": 0,'
        ' "release": "", "restarts": 2, "why": "Exited too quickly"}'
    )
    (seen,) = read_seen(f"{line}\n")
    assert (seen.state, seen.pid, seen.release) == ("failing", None, None)
    assert (seen.restarts, seen.why) == (2, "Exited too quickly")
    assert read_seen("\n") == ()


def test_supervisord_is_told_of_no_place_but_its_own_folder() -> None:
    lines = main_configuration("/opt/my python", "supervised.py").splitlines()
    assert [line for line in lines if "/opt" in line] == ["command=/opt/my' 'python -I -S -B supervised.py . boot"]
