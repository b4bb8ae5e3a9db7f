"""Where the things of a system are in an environment."""

import pytest

from mainstay.descriptor.parsing import parse_system
from mainstay.errors import BadInput, Refused
from mainstay.places import ELSEWHERE, Places
from tests.knows.whole_system import GOOD, ONLY_A_BOT

TWO_HOSTS = """\
    hosts:
      here: {address: local, flags_directory: "{home}/flags/{system}/{environment}"}
      there: {address: "ssh://deploy@shop.example.com", runs: [bot], flags_directory: "{home}/flags/{system}"}
"""
HOSTS = '    hosts: {main: {address: "ssh://deploy@shop.example.com", key: env://KEY, runs: [web, bot]}}\n'


def places(words: str = GOOD.replace(HOSTS, TWO_HOSTS)) -> Places:
    return Places(parse_system(words, "shop.yaml"), "production", "/home/mainstay")


def test_a_service_is_on_the_hosts_that_run_it() -> None:
    assert [(web.host, web.name) for web in places().webs] == [("here", "web")]
    assert [(worker.host, worker.name) for worker in places().workers] == [("here", "bot"), ("there", "bot")]


def test_only_a_host_that_answers_users_shows_a_color() -> None:
    assert places().web_hosts == ("here",)


def test_home_is_ours_only_on_this_machine() -> None:
    assert places().flags("here") == "/home/mainstay/flags/shop/production"
    assert places().flags("there") == f"{ELSEWHERE}/flags/shop"


def test_the_ports_are_those_of_the_environment() -> None:
    (web,) = places().webs
    assert web.ports == {"blue": 4001, "green": 4002}
    assert web.address("green") == "http://127.0.0.1:4002"


def test_each_release_has_a_folder_of_its_own() -> None:
    assert places().release("here", "r1") == f"{places().releases('here')}/r1"
    assert places().release("here", "r1") != places().release("here", "r2")


def test_a_worker_that_tells_by_a_command_has_no_heartbeat_file() -> None:
    assert places().heartbeat(places().workers[0], "blue") is None


def test_a_heartbeat_file_is_each_color_s_own() -> None:
    words = GOOD.replace(
        "heartbeat: {argv: [node, alive.js], max_age_seconds: 20}", 'heartbeat: {file: "/tmp/{color}"}'
    )
    found = places(words)
    assert found.heartbeat(found.workers[0], "blue") == "/tmp/blue"
    assert found.heartbeat(found.workers[0], "green") == "/tmp/green"


def test_without_a_proxy_nothing_could_show_a_color() -> None:
    with pytest.raises(Refused, match=r"has no proxy.*Write `proxy:`"):
        _ = places(ONLY_A_BOT).proxy


def test_an_environment_nobody_described_is_named_with_those_that_are() -> None:
    with pytest.raises(BadInput, match=r"has no environment 'nowhere'. Known: production"):
        _ = Places(places().system, "nowhere", "/home/mainstay").environment


def test_a_replication_slot_has_a_name_that_a_server_takes() -> None:
    """A dash may be in an environment's name, and in no slot's."""
    text = ONLY_A_BOT.replace("production", "pre-prod") + "database: {address: env://SHOP_DATABASE, stream: {}}\n"
    assert Places(parse_system(text, "shop.yaml"), "pre-prod", "/home").replication_slot == "mainstay_pre_prod"
