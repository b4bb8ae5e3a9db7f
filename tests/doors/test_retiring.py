"""What the keeper has retired: real hosts with real gates, and nobody who really starts a run."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from edge import clock, practice_site
from edge.openings import hosts_of
from edge.settings import Settings, read_settings
from edge.stories import Started
from edge.systems import read_system
from mainstay.colors import WARM, loaded, on
from mainstay.errors import NotFinished
from mainstay.gate import CLAIM, Call, set_flag
from mainstay.places import Places
from residents.retiring import Retiring

HOUR = timedelta(hours=1)


@dataclass
class Asked:
    """Writes down what is to be retired instead of starting it."""

    places: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def __call__(self, system: str, environment: str, key: str) -> Started:
        self.places.append(f"{system} {environment}")
        self.keys.append(key)
        return Started("child", "1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = read_settings({"MAINSTAY_HOME": str(tmp_path)})
    practice_site.lay_out_descriptor(made)
    return made


def stands(settings: Settings, environment: str, *, warm: timedelta) -> None:
    """Green is live, and blue is kept warm until so long from now."""
    site = read_system(settings, "practice")
    places, hosts = Places(site, environment, str(settings.home)), hosts_of(settings, site, environment)
    until = (clock.now() + warm).isoformat(timespec="seconds")
    flags = {on("blue"): "r1", loaded("blue"): "r1", on("green"): "r2", loaded("green"): "r2", WARM: until}
    acts = [set_flag(places.flags("main"), name, text) for name, text in flags.items()]
    for verb in (CLAIM, *acts):
        hosts["main"].gate(Call("practice", environment, 1, "c1", verb))


def asked(settings: Settings) -> Asked:
    found = Asked()
    Retiring(settings, found)()
    return found


def test_only_where_the_time_is_over_something_is_retired(settings: Settings) -> None:
    stands(settings, "production", warm=HOUR)
    assert asked(settings).places == []
    stands(settings, "staging", warm=-HOUR)
    assert asked(settings).places == ["practice staging"]


def test_looked_at_again_it_is_the_same_question(settings: Settings) -> None:
    stands(settings, "staging", warm=timedelta(seconds=-2))
    assert asked(settings).keys == asked(settings).keys != []


def test_where_nothing_was_ever_live_there_is_nothing_to_do(settings: Settings) -> None:
    assert asked(settings).places == []


def test_a_host_that_this_version_cannot_reach_is_no_trouble(settings: Settings) -> None:
    described = settings.systems / "practice.yaml"
    first, rest = described.read_text().split("  production:\n", 1)
    described.write_text(f"{first}  production:\n{rest.replace('address: local', 'address: ssh://me@there', 1)}")
    stands(settings, "staging", warm=-HOUR)
    assert asked(settings).places == ["practice staging"]


def test_one_that_cannot_be_looked_at_is_told_and_keeps_none_of_the_others(settings: Settings) -> None:
    for environment in ("production", "staging"):
        stands(settings, environment, warm=-HOUR)
    (settings.home / "flags" / "practice" / "production" / WARM).write_text("tomorrow")
    found = Asked()
    with pytest.raises(NotFinished, match=r"practice production: .* says 'tomorrow'"):
        Retiring(settings, found)()
    assert found.places == ["practice staging"]
