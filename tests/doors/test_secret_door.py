import copy
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from edge.secrets import look_up, redaction, resolve
from mainstay.errors import SecretExposed, SecretUnusable

CANARY = "kanarienvogel-door-71"
ROOT = os.geteuid() == 0


def put(folder: Path, text: str | bytes, mode: int = 0o600) -> str:
    file = folder / "secret"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(mode)
    return f"file://{file}"


def test_a_secret_shows_itself_to_nobody_who_does_not_ask(tmp_path: Path) -> None:
    secret = resolve(put(tmp_path, f"{CANARY}\n"))
    assert secret.reveal() == CANARY
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", "%s" % secret, f"{[secret]}"]  # noqa: UP031
    assert not [text for text in shown if CANARY in text]
    assert copy.deepcopy({"it": secret})["it"] is secret
    with pytest.raises(SecretExposed):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_a_resolved_secret_is_hidden_before_anybody_has_it(tmp_path: Path) -> None:
    resolve(put(tmp_path, "kanarie-known-at-once"))
    assert redaction.redact("said kanarie-known-at-once!") == "said ***!"


def test_a_login_is_read_by_the_same_door_and_not_hidden(tmp_path: Path) -> None:
    assert look_up(put(tmp_path, "shop-user-kanarie\n")) == "shop-user-kanarie"
    assert redaction.redact("shop-user-kanarie") == "shop-user-kanarie"


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o620, 0o660, 0o601])
def test_what_others_may_read_or_change_is_not_used(tmp_path: Path, mode: int) -> None:
    reference = put(tmp_path, CANARY, mode)
    with pytest.raises(SecretUnusable) as refused:
        resolve(reference)
    assert "chmod 600" in str(refused.value) and reference in str(refused.value)
    assert CANARY not in str(refused.value)


def test_a_group_may_read_only_what_root_owns(tmp_path: Path) -> None:
    reference = put(tmp_path, CANARY, 0o640)
    if ROOT:
        assert resolve(reference).reveal() == CANARY
        os.chown(tmp_path / "secret", 65534, 65534)
    with pytest.raises(SecretUnusable, match="0640"):
        resolve(reference)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"abc\n", "shorter than 4"),
        (b"kanarie \n", "white space"),
        (b"kanarie\n\n", "white space"),
        (b"kanarie\xff\xfe", "not text"),
        (b"kanarie" * 10_000, "larger than"),
    ],
)
def test_a_file_that_holds_no_usable_secret_is_refused_in_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(SecretUnusable, match=said) as refused:
        resolve(put(tmp_path, content))
    assert "kanarie" not in str(refused.value).replace(str(tmp_path), "")
    assert refused.value.__context__ is None or "kanarie" not in repr(refused.value.__cause__)


def test_what_is_not_a_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(mode=0o700)
    for name in ("pipe", "folder", "absent"):
        with pytest.raises(SecretUnusable, match=r"not a plain file|cannot be read"):
            resolve(f"file://{tmp_path / name}")


def test_a_place_that_cannot_be_read_yet_says_so() -> None:
    with pytest.raises(SecretUnusable, match="cannot read them in this version"):
        resolve("vault://kv/crm#password")


def test_a_variable_is_a_secret_and_a_missing_or_empty_one_is_a_sentence() -> None:
    code = """
from edge.secrets import resolve
for name in ("HELD", "EMPTY", "ABSENT", "BROKEN"):
    try:
        print(resolve(f"env://{name}").reveal() == "kanarienvogel-env")
    except Exception as reason:
        print(type(reason).__name__, reason)
"""
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "HELD": "kanarienvogel-env", "EMPTY": "", "BROKEN": "kanarienvogel-env\n"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.splitlines()
    assert said[0] == "True"
    assert "env://EMPTY: the value is empty" in said[1]
    assert "has no ABSENT" in said[2] and "EnvironmentFile" in said[2]
    assert "line break" in said[3] and "kanarie" not in "".join(said)
