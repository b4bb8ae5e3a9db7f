"""The house keeps its own rules, and each rule is shown to catch what it is for."""

import tomllib
from functools import cache

import pytest

from tests.knows import house_rulebook, house_shapes
from tests.knows.house import ROOMS, ROOT, House, Rule, Source, read_house
from tests.knows.house_rulebook import TASK
from tests.knows.house_rules import tasks_alone

RULES = (*house_rulebook.RULES, *house_shapes.RULES)


@cache
def the_house() -> House:
    return read_house()


def name(rule: Rule) -> str:
    return rule.find.__name__


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    broken = rule.broken(the_house())
    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_the_rule_catches_what_it_is_for(rule: Rule) -> None:
    missed = [bad for bad in rule.bad if not rule.broken((Source(*bad),))]
    assert not missed


@pytest.mark.parametrize("rule", RULES, ids=name)
def test_the_rule_lets_pass_what_is_right(rule: Rule) -> None:
    assert not [rule.broken((Source(*good),)) for good in rule.good if rule.broken((Source(*good),))]


def test_namesakes_among_the_tests_are_caught() -> None:
    house = (Source("tests/knows/test_a.py", ""), Source("tests/doors/test_a.py", ""))
    assert list(house_shapes.test_files(house[0], house))


def test_a_task_of_another_file_is_known_as_one() -> None:
    house = (Source("tasks/a.py", TASK), Source("tasks/b.py", "from tasks.a import look\ndef f(): look()"))
    assert list(tasks_alone(house[1], house))


def test_the_house_was_read() -> None:
    """A walk that found nothing would keep every rule."""
    found = {source.room for source in the_house()}
    assert {*ROOMS, "tests", "benchmarks", "workshop", "make.py", "requirements.lock"} <= found
    assert not [source.path for source in the_house() if ".venv" in source.path]


def test_every_package_is_installed() -> None:
    """A package missing from the list works here, where the tree is editable, and nowhere else."""
    written = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    files = (source.path for source in the_house() if source.in_house and source.path.endswith("/__init__.py"))
    assert sorted(written) == sorted(path.removesuffix("/__init__.py").replace("/", ".") for path in files)


def test_there_is_a_changelog() -> None:
    assert (ROOT / "CHANGELOG.md").read_text().startswith("# Changelog")
