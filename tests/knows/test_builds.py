"""What is built anew, which release that makes, and what a stage that failed shows."""

import pytest

from mainstay import builds
from mainstay.builds import Artifact, last_lines, needed_bytes
from mainstay.descriptor.system import System
from mainstay.errors import BadInput
from tests.knows.small_shop import shop


def section(system: System, environment: str = "production") -> str:
    return builds.section_of(system, environment, "/h")


def test_environments_that_say_the_same_share_a_build() -> None:
    assert section(shop()) == section(shop(), "staging")


def test_a_stage_that_names_its_environment_is_built_for_each() -> None:
    system = shop("run, build]", 'run, "build:{environment}"]')
    assert builds.stages(system, "staging", "/h")[1].argv == ("npm", "run", "build:staging")
    assert section(system) != section(system, "staging")


@pytest.mark.parametrize(
    ("old", "new"),
    [("[npm, test]", "[npm, t]"), ("test: [npm, test]", "check: [npm, test]"), ("[dist]", "[dist, public]")],
)
def test_what_is_said_of_building_makes_another_build(old: str, new: str) -> None:
    assert section(shop(old, new)) != section(shop())


def test_the_order_of_the_stages_makes_another_build() -> None:
    turned = shop("test: [npm, test], pack: [npm, run, build]", "pack: [npm, run, build], test: [npm, test]")
    assert section(turned) != section(shop())


def test_the_rest_of_a_descriptor_makes_no_other_build() -> None:
    assert section(shop("TITLE: Shop", "TITLE: Sale")) == section(shop())


def test_an_environment_of_its_own_ports_is_another_release() -> None:
    system = shop()
    of = {
        environment: builds.release_of(system, environment, "c" * 40, "a" * 64) for environment in system.environments
    }
    assert of["staging"].id != of["production"].id
    assert of["production"].id == builds.release_of(shop(), "production", "c" * 40, "a" * 64).id


def test_images_are_refused_before_anything_is_built() -> None:
    images = "build:\n  images: {bot: {repository: registry.example.com/bot}}"
    with pytest.raises(BadInput, match=r"container images .*bot"):
        builds.judge_buildable(shop("build:", images))


def test_the_end_of_a_long_output_is_shown() -> None:
    assert last_lines("\n".join(map(str, range(100)))).splitlines()[0] == "85"
    assert len(last_lines("x" * 9999)) == 2000
    assert last_lines(" \n") == "(it said nothing)"


def test_room_is_asked_for_the_blocks_of_every_file() -> None:
    assert needed_bytes(Artifact("d", 10, 5_000_000, 1000)) > needed_bytes(None) + 9_000_000
