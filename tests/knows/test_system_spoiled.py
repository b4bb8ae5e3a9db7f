"""Whatever stands anywhere in a descriptor: a sentence of ours, no secret, no crash."""

import re
from dataclasses import replace

import pytest

from mainstay.descriptor.model_faults import OTHERWISE
from mainstay.descriptor.parsing import judge
from mainstay.faults import Path
from mainstay.yaml_document import Value, read_yaml
from tests.knows.whole_system import ABSENT, GOOD, changed

LINE = re.compile(r"systems/shop\.yaml:(\d+): [^ ]+: \S.* \S.*\.", re.S)
PYDANTIC = re.compile(r"Input|Field required|should be|valid |Extra inputs|Traceback|None|<class|\bdict\b|\btuple\b")

WRONG: tuple[Value, ...] = (None, "a b:\x1b", "", 5, -1, 0.5, True, ("a", 1), (), {"a": 1}, {})


def test_no_place_and_no_wrong_value_is_without_a_sentence_of_our_own() -> None:
    document = read_yaml(GOOD, "systems/shop.yaml")
    cases = [(path, WRONG[(n + k) % len(WRONG)]) for n, path in enumerate(document.lines) for k in range(2)]
    for path, wrong in cases:
        _, faults = judge(replace(document, value=changed(document.value, path, wrong)))
        for fault in faults:
            assert LINE.fullmatch(str(fault)), fault
            assert not PYDANTIC.search(fault.sentence), fault
            assert OTHERWISE not in fault.sentence, fault
            assert "\x1b" not in str(fault), fault
    assert len(cases) > 200


def test_a_missing_key_anywhere_is_no_crash() -> None:
    document = read_yaml(GOOD, "systems/shop.yaml")
    for path in document.lines:
        if path and isinstance(path[-1], str):
            _, faults = judge(replace(document, value=changed(document.value, path, ABSENT)))
            assert all(LINE.fullmatch(str(fault)) for fault in faults), faults


SECRETS = [
    "postgres://shop:hunter2hunter2@db/shop",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "https://hooks.slack.com/services/T000/B000/XXXX",
    "https://api.telegram.org/bot12345:abcdef/sendMessage",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_written_anywhere_is_a_fault_and_is_never_shown(secret: str) -> None:
    document = read_yaml(GOOD, "systems/shop.yaml")
    for path in [path for path in document.lines if path][::5]:
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
