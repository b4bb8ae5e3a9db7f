"""systems/practice.yaml is the manual: whole, true, and understood by editors too."""

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from edge.settings import read_settings
from edge.systems import check_all, read_system, write_schema
from mainstay.descriptor.parsing import parse_system
from mainstay.descriptor.schema import json_schema, places
from mainstay.descriptor.service import HttpService, WorkerService
from mainstay.yaml_document import read_yaml

SYSTEMS = Path(__file__).parents[2] / "systems"
MANUAL = (SYSTEMS / "practice.yaml").read_text()
WITH_EXAMPLES = re.sub(r"^(\s*)#(?=[a-zA-Z])", r"\1", MANUAL, flags=re.M)
ONE_OF_THESE = ("stream", "snapshots", "pgbackrest")  # a database has one of them
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def test_every_descriptor_of_the_house_can_be_used() -> None:
    assert check_all(SYSTEMS) == []


def test_the_practice_system_is_one_web_and_one_worker_in_two_environments_on_one_machine() -> None:
    system = read_system(read_settings({"MAINSTAY_SYSTEMS": str(SYSTEMS)}), "practice")
    assert isinstance(system.services["web"], HttpService) and isinstance(system.services["worker"], WorkerService)
    assert [service for service in system.services] == ["web", "worker"]
    assert list(system.environments) == ["staging", "production"]
    assert {host.address for place in system.environments.values() for host in place.hosts.values()} == {"local"}
    ports = system.ports("production", "web")
    assert ports is not None and (ports.blue, ports.green) == (8101, 8102)


@pytest.mark.parametrize("one", ONE_OF_THESE)
def test_the_commented_examples_can_be_used_too(one: str) -> None:
    assert WITH_EXAMPLES != MANUAL
    text = without(WITH_EXAMPLES, [each for each in ONE_OF_THESE if each != one])
    system = parse_system(text, "systems/practice.yaml", called="practice")
    assert system.database is not None and system.database.migration is not None and system.notices.mail is not None


def without(text: str, keys: list[str]) -> str:
    """Without these keys of the database, and all below them."""
    for key in keys:
        text, count = re.subn(rf"^  {key}:.*\n(?:   +.*\n)*", "", text, flags=re.M)
        assert count == 1, key
    return text


def test_every_key_there_is_stands_in_the_manual() -> None:
    written = {
        tuple("*" if named(path[:n]) else step for n, step in enumerate(path))
        for path in (tuple(s for s in line if isinstance(s, str)) for line in read_yaml(WITH_EXAMPLES, "x").lines)
    }
    assert {path for path, _ in places()} - written == set()


def named(path: tuple[str, ...]) -> bool:
    """Whether the names below are the writer's own."""
    maps = ("contacts", "branches", "stages", "images", "services", "configuration", "buckets", "files", "environments")
    own = (
        *((name,) for name in maps),
        ("source", "branches"),
        ("build", "stages"),
        ("build", "images"),
        ("database", "invariants"),
    )
    inner = len(path) == 3 and path[0] == "environments" and path[2] in ("hosts", "ports", "configuration")
    return path in own or inner


def test_every_key_has_a_description_and_every_needed_one_an_example() -> None:
    for path, node in places():
        assert node.get("description"), path
    for name, part in json_schema()["$defs"].items():
        for key in part.get("required", ()):
            assert part["properties"][key].get("examples"), (name, key)


def test_every_key_is_explained_beside_it_at_least_once() -> None:
    explained = set(re.findall(r"^\s*#?(?:- )?(\w+):.* # .", MANUAL, flags=re.M))
    assert {str(path[-1]) for path, _ in places()} - explained - {"*"} == set()


def test_the_shipped_schema_is_the_one_the_models_give(tmp_path: Path) -> None:
    write_schema(tmp_path)
    mend = "write it anew: python -c \"import edge.systems as s, pathlib as p; s.write_schema(p.Path('systems'))\""
    assert (tmp_path / "schema.json").read_text() == (SYSTEMS / "schema.json").read_text(), mend


def test_editors_find_the_schema_in_the_first_line() -> None:
    assert MANUAL.splitlines()[0] == "# yaml-language-server: $schema=schema.json"
    assert (SYSTEMS / "schema.json").exists()


@pytest.mark.parametrize("text", [MANUAL, WITH_EXAMPLES])
def test_the_manual_passes_the_schema(text: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    VALIDATOR.validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("name: practice", "nmae: practice"),
        ("name: practice", "name: Practice"),
        ("    liveness: /alive", "    liveliness: /alive"),
        ("    health: /health", "    health: health"),
        ("      blue: 8101", "      blue: 81010"),
        ("      max_age_seconds: 30", "      max_age: 30"),
        ("    approval: none", "    approval: never"),
        ("  web:", "  Web Site:"),
        ("      restore: daily-drill", "      restore: hourly"),
    ],
)
def test_what_we_refuse_an_editor_marks(good: str, bad: str) -> None:
    spoiled = re.sub(rf"^{re.escape(good)}", bad, MANUAL, count=1, flags=re.M)
    assert spoiled != MANUAL
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(yaml.safe_load(spoiled))
