"""The manual becomes a site of this installation: other ports, and not a word besides."""

import re
from pathlib import Path

import pytest

from edge import practice_site
from edge.settings import Settings, read_settings
from edge.systems import read_system


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"MAINSTAY_HOME": str(tmp_path)})


def ports(text: str) -> list[str]:
    return re.findall(r"(?:127\.0\.0\.1|blue|green): ?(\d+)", text)


def test_only_its_ports_are_other_than_in_the_manual(settings: Settings) -> None:
    manual, ours = practice_site.MANUAL.read_text(), practice_site.lay_out_descriptor(settings).read_text()
    assert len(ports(manual)) == len(ports(ours)) > 8
    assert not set(ports(manual)) & set(ports(ours))
    for mine in set(ports(ours)):
        ours = ours.replace(mine, "PORT")
    for its in set(ports(manual)):
        manual = re.sub(rf"(127\.0\.0\.1:|blue: |green: ){its}\b", r"\1PORT", manual)
    assert ours == manual


def test_what_merely_looks_like_a_port_stays(settings: Settings) -> None:
    moved = {"8101": "20001"}
    assert practice_site._moved("memory_megabytes: 8192\n", moved) == "memory_megabytes: 8192\n"
    assert practice_site._moved("blue: 8101 # not blue: 8101\n", moved) == "blue: 20001 # not blue: 8101\n"
    assert practice_site._moved("  #green: 8101\n", moved) == "  #green: 8101\n"


def test_one_port_of_the_manual_is_one_port_of_ours(settings: Settings) -> None:
    practice_site.lay_out_descriptor(settings)
    system = read_system(settings, "practice")
    place = system.environments["production"]
    assert place.proxy is not None and place.proxy.public_url == place.proxy.address
