"""Every fault is one line: where, what is wrong, what to write."""
# ruff: noqa: E501  a message is compared whole

import re

import pytest

from mainstay.descriptor.parsing import faults_in
from tests.knows.whole_system import GOOD

LINE = re.compile(r"systems/shop\.yaml:(\d+): [^ ]+: \S.* \S.*\.", re.S)


def says(text: str) -> list[str]:
    return [str(fault) for fault in faults_in(text, "systems/shop.yaml")]


def with_line(number: int, written: str) -> str:
    lines = GOOD.splitlines()
    lines[number - 1] = written
    return "\n".join(lines) + "\n"


def test_the_good_one_is_good() -> None:
    assert says(GOOD) == []


@pytest.mark.parametrize(
    ("line", "written", "expected"),
    [
        (16, "    health: health", 'services.web.health: must start with "/" and hold no space; you wrote "health". Write "/health".'),
        (1, "name: My Shop", 'name: must be a word of small letters, digits and dashes that begins with a letter and has at most 40 of them; you wrote "My Shop". Write "my-shop".'),
        (15, '      green: "3002"', 'services.web.ports.green: must be a whole number; you wrote "3002". Write 3002.'),
        (15, "      green: 70000", "services.web.ports.green: must be at most 65535; you wrote 70000. Write 65535."),
        (12, "    start: npm start", 'services.web.start: must be a list; you wrote "npm start". Write ["npm", "start"].'),
        (12, "    start: [node, 8080]", 'services.web.start[1]: must be text; you wrote 8080. Write "8080".'),
        (20, "    runtime: dockr", 'services.bot.runtime: must be one of docker, pm2, supervisor, systemd; you wrote "dockr". Write "docker".'),
        (16, "    helth: /health", 'services.web.helth: is not a known key; did you mean "health"? Write "health".'),
        (38, "    approvl: none", 'environments.production.approvl: is not a known key; did you mean "approval"? Write "approval".'),
        (26, "  address: 12345", "database.address: must be text. Write it in quotes."),
        (31, "files: {uploads: {path: /srv/../etc}}", 'files.uploads.path: leads out of its folder with ".."; write the path without it.'),
        (43, "  language: russian", "notices.language: must be one of en, ru; you wrote \"russian\". Write one of them."),
        (29, "redis: here", "redis: must hold keys of its own, not a text. Write them indented below it."),
        (7, "    test:", "build.stages.test: must be a list; you wrote nothing. Write […], or one value a line with a dash before it."),
    ],
)  # fmt: skip
def test_a_fault_says_where_what_and_what_to_write(line: int, written: str, expected: str) -> None:
    assert f"systems/shop.yaml:{line}: {expected}" in says(with_line(line, written))


def test_a_missing_key_is_reported_at_the_line_of_its_parent() -> None:
    text = GOOD.replace("    health: /health\n", "")
    assert says(text) == [
        "systems/shop.yaml:11: services.web.health: is missing: answers 200 once it is ready for traffic, "
        '503 while it is not. Write health: "/health".'
    ]


def test_a_key_in_the_wrong_place_is_told_its_own() -> None:
    assert says("pool: main\n" + GOOD) == [
        "systems/shop.yaml:1: pool: is not a known key here; write it as environments.….pool, or delete it."
    ]


def test_a_key_nobody_knows_is_told_the_known_ones() -> None:
    (fault,) = says(GOOD + "zzz: 1\n")
    assert fault.startswith("systems/shop.yaml:46: zzz: is not a known key; delete it. Known here: name, contacts, ")


def test_a_key_written_twice_names_both_lines() -> None:
    twice = "systems/shop.yaml:15: services.web.ports.blue: is written twice, first in line 14; keep one of them."
    assert twice in says(with_line(15, "      blue: 3002"))


def test_all_faults_come_at_once_in_the_order_of_the_lines() -> None:
    text = (
        GOOD.replace("/health", "health").replace("3002", "3001").replace("nginx", "apache").replace("env://HOOK", "x")
    )
    text = text.replace("main: production", "main: prod").replace("language", "langauge") + "redis: {}\n"
    found = says(text)
    lines = [int(LINE.fullmatch(fault)[1]) for fault in found]  # type: ignore[index]  # every one has the form
    assert lines == sorted(lines) == [4, 15, 16, 35, 43, 44, 46]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: shop\n\tservices: 1\n", "2: yaml: is indented with a tab; write spaces."),
        ("name:\tshop\n", "1: yaml: holds a tab where a value begins; write a space."),
        ("name: 'shop\nsource: 1\n", "1: yaml: begins a quote that is never closed; close it."),
        ("name: [shop\nsource: 1\n", '1: yaml: begins a bracket that is never closed; write a "," between values and close it.'),
        ("a: b: c\n", '1: yaml: has a ":" that does not belong here; put the text in quotes or mend the indent.'),
        ("a:\n  b: 1\n c: 2\n", "3: yaml: is indented unlike the lines around it; use the same number of spaces."),
        ("a: &x 1\nb: *x\n", '2: yaml: stands for another place ("*"); write the value itself.'),
        ("a: @b\n", "1: yaml: begins with a sign that means something else in YAML; put the text in quotes."),
        ("a: 1\n---\nb: 2\n", '2: yaml: begins a second document, but a file holds one; delete the "---".'),
        ("a: 1\nb: \x07\n", "2: yaml: holds a control character; delete it."),
        ("", '1: yaml: holds no keys; write lines of the form "key: value".'),
        ("- a\n", '1: yaml: holds no keys; write lines of the form "key: value".'),
        ("[" * 1000, "1: yaml: is nested without end; write what is meant."),
    ],
)  # fmt: skip
def test_what_is_not_yaml_is_one_fault_with_its_line(text: str, expected: str) -> None:
    assert says(text) == [f"systems/shop.yaml:{expected}"]


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system [x]", "!env X", "!!int x", "!!binary eA=="])
def test_tags_make_nothing_of_a_descriptor(tag: str) -> None:
    assert "systems/shop.yaml:1: name: carries a tag; write the plain value." in says(with_line(1, f"name: {tag}")) or (
        tag.endswith("]") and "must be one text" in says(with_line(1, f"name: {tag}"))[0]
    )
