"""What a release is started with: what makes it another, how it is kept, and how it comes back beside newer words."""

from dataclasses import replace

import pytest

from mainstay.configurations import Configuration, as_it_was, configuration_of, judge_fit, read_configuration
from mainstay.descriptor.system import System
from mainstay.errors import Refused
from mainstay.places import Places
from mainstay.records import UnreadableRecord
from mainstay.supervisor import files
from tests.knows.releases_world import release
from tests.knows.small_shop import shop

CRON = ("  bot:", "  cron: {start: [node, cron.js], heartbeat: {file: /run/cron}}\n  bot:")
EDITS = {  # what somebody may write into a descriptor and still go back past it
    "a word": ("TITLE: Shop", "TITLE: Sale, MORE: words"),
    "where a secret lies": ("env://KEY", "env://OTHER"),
    "how it starts": ("[node, server.js,", "[node, app.js, new,"),
    "how many": ("node, bot.js]", "node, bot.js], instances: 2, directory: sub"),
    "how long it drains": ("node, bot.js]", "node, bot.js], drain_seconds: 99"),
    "how we look at it": ("health: /health", "health: /ready"),
    "a service without HTTP": CRON,
    "a word of one environment": (
        "    ports: {web: {blue: 4001",
        "    configuration: {TITLE: Here}\n    ports: {web: {blue: 4001",
    ),
}


def configuration(system: System, environment: str = "production") -> str:
    return configuration_of(system, environment).digest


def placed(system: System, environment: str) -> dict[str, str]:
    """What lies beside the application, with references where secrets will be."""
    return files(Places(system, environment, "/h"), "main", "r-1", system.variables(environment))


def fits(was: Configuration, now: System) -> None:
    judge_fit(replace(release("v1"), configuration=was.digest), was, configuration_of(now, "production"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("TITLE: Shop", "TITLE: Sale"),
        ("env://KEY", "env://OTHER"),
        ("[node, server.js,", "[node, app.js,"),
        ("green: 3002", "green: 3003"),
        ("node, bot.js]", "node, bot.js], instances: 2"),
        ("node, bot.js]", "node, bot.js], directory: sub"),
        ("node, bot.js]", "node, bot.js], memory_megabytes: 99"),
        ("node, bot.js]", "node, bot.js], drain_seconds: 99"),
    ],
)
def test_whatever_is_started_otherwise_is_another_release(old: str, new: str) -> None:
    assert configuration(shop(old, new)) != configuration(shop())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("health: /health", "health: /ready"),
        ("[npm, test]", "[npm, t]"),
        ("branches: {main", "branches: {trunk"),
        ("node, bot.js]", "node, bot.js], drain_seconds: 30"),  # said or meant: it is the same
    ],
)
def test_what_only_we_look_at_is_the_same_release(old: str, new: str) -> None:
    assert configuration(shop(old, new)) == configuration(shop())


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_what_was_kept_is_read_again_as_it_was(environment: str) -> None:
    was = configuration_of(shop("TITLE: Shop", 'TITLE: "Ла́вка {environment}"'), environment)
    assert read_configuration(was.data, was.digest) == was


def test_of_a_secret_only_where_it_lies_is_kept() -> None:
    assert configuration_of(shop(), "production").variables == {"TITLE": "Shop", "KEY": "env://KEY"}


def test_what_is_not_what_its_name_says_is_not_believed() -> None:
    was, other = (configuration_of(shop("TITLE: Shop", f"TITLE: {title}"), "production") for title in ("A", "B"))
    with pytest.raises(UnreadableRecord, match="not what its name says"):
        read_configuration(other.data, was.digest)
    for data in (b"{}", b"half a rec", was.data.replace(b'"variables"', b'"newer": 1, "variables"')):
        with pytest.raises(UnreadableRecord, match="a newer version wrote it"):
            read_configuration(data, was.digest)


@pytest.mark.parametrize("environment", ["staging", "production"])
@pytest.mark.parametrize("edit", EDITS)
def test_whatever_was_written_since_a_release_is_placed_with_the_same_files(edit: str, environment: str) -> None:
    then, now = shop(), shop(*EDITS[edit])
    was = configuration_of(then, environment)
    judge_fit(replace(release("v1"), configuration=was.digest), was, configuration_of(now, environment))
    again = as_it_was(now, environment, was)
    assert placed(again, environment) == placed(then, environment)
    assert configuration_of(again, environment) == was


def test_the_rest_of_the_system_is_as_it_is_described_now() -> None:
    again = as_it_was(shop("health: /health", "health: /ready"), "production", configuration_of(shop(), "production"))
    assert again.services["web"].model_dump()["health"] == "/ready"
    assert again.at("staging") == shop().at("staging")


def test_what_is_described_no_more_is_not_gone_back_to() -> None:
    was = configuration_of(shop(*CRON), "production")
    with pytest.raises(Refused, match=r"services\.cron is part of it.*nobody would start it.*Nothing was changed"):
        fits(was, shop())


def test_ports_at_which_nobody_asks_any_more_are_not_gone_back_to() -> None:
    was = configuration_of(shop(), "production")
    with pytest.raises(Refused, match=r"services\.web had .*green 3002, and it is looked for with .*green 3003 now"):
        fits(was, shop("green: 3002", "green: 3003"))
    with pytest.raises(Refused, match=r"services\.bot had runtime supervisor .* runtime systemd"):
        fits(was, shop("node, bot.js]", "node, bot.js], runtime: systemd"))


def test_users_are_not_sent_where_a_release_has_nothing() -> None:
    whole = configuration_of(shop(), "production")
    with pytest.raises(Refused, match=r"services\.web is no part of it, and its users would find nothing there"):
        fits(whole.model_copy(update={"services": {"bot": whole.services["bot"]}}), shop())
