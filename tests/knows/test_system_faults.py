"""Every fault is one line: where, what is wrong, what to write."""
# ruff: noqa: E501  a message is compared whole

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mainstay.descriptor import faults_in, judge
from mainstay.faults import Path
from mainstay.model_faults import OTHERWISE
from mainstay.yaml_document import Value, read_yaml

GOOD = """\
name: shop
source:
  repository: https://example.com/shop.git
  branches: {main: production}
build:
  stages:
    test: [npm, test]
  images:
    bot: {repository: registry.example.com/bot, login: {user: env://U, password: env://P}}
services:
  web:
    start: [node, server.js]
    ports:
      blue: 3001
      green: 3002
    health: /health
    smoke:
      - {path: /login, status: 200, contains: Password}
  bot:
    runtime: docker
    image: bot
    start: [node, bot.js]
    heartbeat: {argv: [node, alive.js], max_age_seconds: 20}
configuration: {TITLE: Shop}
database:
  address: env://SHOP_DATABASE
  migration: {argv: [npm, run, migrate], kind: expand, lock_timeout_seconds: 3}
  tenants: {each: schema, query: select 1}
redis: {address: env://SHOP_REDIS}
buckets: {papers: {address: s3://shop, endpoint: "https://s3.example.com"}}
files: {uploads: {path: /srv/shop, excludes: ["*.tmp"]}}
environments:
  production:
    hosts: {main: {address: "ssh://deploy@shop.example.com", key: env://KEY, runs: [web, bot]}}
    proxy: {kind: nginx, address: "http://127.0.0.1:80", access_log: /var/log/shop.log}
    ports: {web: {blue: 4001, green: 4002}}
    configuration: {TITLE: Shop}
    approval: none
    watch: {longest_minutes: 30, latency_factor: 2, minimum_errors: 5}
    backups: {full: nightly, database: hourly}
    drills: {restore: daily-drill}
notices:
  language: ru
  webhooks: [env://HOOK]
  mail: {to: [ops@example.com], sender: m@example.com, server: "mail.example.com:587"}
"""
LINE = re.compile(r"systems/shop\.yaml:(\d+): [^ ]+: \S.* \S.*\.", re.S)
PYDANTIC = re.compile(r"Input|Field required|should be|valid |Extra inputs|Traceback|None|<class|\bdict\b|\btuple\b")


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
        ("a: 1\n---\nb: 2\n", '2: yaml: begins a second document; one file describes one system, delete the "---".'),
        ("a: 1\nb: \x07\n", "2: yaml: holds a control character; delete it."),
        ("", '1: yaml: holds no keys; begin with "name: …" and see systems/practice.yaml.'),
        ("- a\n", '1: yaml: holds no keys; begin with "name: …" and see systems/practice.yaml.'),
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


WRONG: tuple[Value, ...] = (None, "a b:\x1b", "", 5, -1, 0.5, True, ("a", 1), (), {"a": 1}, {})


def test_no_place_and_no_wrong_value_is_without_a_sentence_of_our_own() -> None:
    document = read_yaml(GOOD, "systems/shop.yaml")
    cases = [(path, WRONG[(n + k) % len(WRONG)]) for n, path in enumerate(document.lines) for k in range(4)]
    for path, wrong in cases:
        _, faults = judge(replace(document, value=changed(document.value, path, wrong)))
        for fault in faults:
            assert LINE.fullmatch(str(fault)), fault
            assert not PYDANTIC.search(fault.sentence), fault
            assert OTHERWISE not in fault.sentence, fault
            assert "\x1b" not in str(fault), fault
    assert len(cases) > 400


def test_a_missing_key_anywhere_is_no_crash() -> None:
    document = read_yaml(GOOD, "systems/shop.yaml")
    for path in document.lines:
        if path and isinstance(path[-1], str):
            _, faults = judge(replace(document, value=changed(document.value, path, ABSENT)))
            assert all(LINE.fullmatch(str(fault)) for fault in faults), faults


ABSENT: Value = "take this key away"


def changed(value: Value, path: Path, new: Value) -> Value:
    """The same document with another value at one place."""
    if not path:
        return new
    first, rest = path[0], path[1:]
    if isinstance(value, tuple) and isinstance(first, int):
        return (*value[:first], changed(value[first], rest, new), *value[first + 1 :])
    assert isinstance(value, dict) and isinstance(first, str)
    if not rest and new is ABSENT:
        return {key: inner for key, inner in value.items() if key != first}
    return {**value, first: changed(value[first], rest, new)}


SECRETS = [
    "postgres://shop:hunter2hunter2@db/shop",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "https://hooks.slack.com/services/T000/B000/XXXX",
    "https://api.telegram.org/bot12345:abcdef/sendMessage",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
]


def places() -> Iterator[Path]:
    yield from (path for path in read_yaml(GOOD, "x").lines if path)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_written_anywhere_is_a_fault_and_is_never_shown(secret: str) -> None:
    document = read_yaml(GOOD, "systems/shop.yaml")
    for path in [path for path in places()][::5]:
        _, faults = judge(replace(document, value=changed(document.value, path, secret)))
        assert any("holds a secret in plain words" in fault.sentence for fault in faults), path
        assert not any(secret[:12] in str(fault) for fault in faults), path


@pytest.mark.parametrize(
    "path",
    [("database", "address"), ("redis", "address"), ("environments", "production", "hosts", "main", "key"),
     ("notices", "webhooks", 0), ("build", "images", "bot", "login", "password")],
)  # fmt: skip
@pytest.mark.parametrize("secret", ["hunter2", 99887766, ("hunter2",), {"hunter": "hunter2"}, "env://hunter2 x"])
def test_what_stands_where_a_reference_belongs_is_never_shown(path: Path, secret: Value) -> None:
    document = read_yaml(GOOD, "systems/shop.yaml")
    system, faults = judge(replace(document, value=changed(document.value, path, secret)))
    assert system is None
    assert not any(word in str(fault) for fault in faults for word in ("hunter2", "99887766"))
