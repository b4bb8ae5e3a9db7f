import traceback
from dataclasses import dataclass

import pytest
from pydantic import TypeAdapter, ValidationError

from edge.secrets import redaction
from edge.secrets.raised import Unrepeatable, cleaned, leaves_clean
from mainstay.errors import BadDescriptor, Transient
from mainstay.faults import Fault

CANARY = "kanarienvogel-raised-17"


@pytest.fixture(autouse=True)
def learned() -> None:
    redaction.learn(CANARY)


@dataclass(frozen=True)
class Frozen(Exception):
    password: str


def whole(reason: BaseException) -> str:
    """Everything that any handler could show of it, and of all it came from."""
    seen = "".join(traceback.format_exception(reason)) + repr(reason) + repr(reason.args) + repr(vars(reason))
    return "\n".join(line for line in seen.splitlines() if not line.startswith("    "))  # source lines name no values


@leaves_clean
def fail(reason: BaseException) -> None:
    raise reason


def caught(reason: BaseException) -> BaseException:
    with pytest.raises(BaseException) as found:
        fail(reason)
    return found.value


@pytest.mark.parametrize(
    "reason",
    [
        ValueError(CANARY),
        KeyError(CANARY),
        RuntimeError("words", {"password": CANARY}, 7),
        Transient(f"not yet, said {CANARY}"),
        Frozen(CANARY),
        SystemExit(f"dying of {CANARY}"),
    ],
    ids=lambda reason: type(reason).__name__,
)
def test_an_exception_leaves_as_the_same_exception_without_the_secret(reason: BaseException) -> None:
    found = caught(reason)
    assert found is reason
    assert CANARY not in whole(found)
    assert CANARY not in str(getattr(found, "code", ""))


def test_the_faults_of_a_descriptor_stay_lines_when_a_secret_stands_in_one() -> None:
    faults = [Fault("shop.yaml", 1, "name", "is missing."), Fault("shop.yaml", 2, "key", f"is {CANARY}.")]
    found = str(caught(BadDescriptor(faults)))
    assert CANARY not in found
    assert [line.partition(": ")[0] for line in found.splitlines()] == ["shop.yaml:1", "shop.yaml:2"]


def test_what_cannot_be_said_otherwise_is_replaced_by_what_it_was() -> None:
    refused = FileNotFoundError(2, "No such file", f"/run/{CANARY}")
    with pytest.raises(ValidationError) as invalid:
        TypeAdapter(int).validate_python(CANARY)
    for reason, name in ((refused, "FileNotFoundError"), (invalid.value, "ValidationError")):
        found = caught(reason)
        assert isinstance(found, Unrepeatable)
        assert name in str(found) and "***" in str(found) and CANARY not in whole(found)


def test_its_causes_its_context_and_its_notes_are_cleaned_as_well() -> None:
    def chain() -> None:
        try:
            try:
                raise FileNotFoundError(2, "gone", CANARY)
            except OSError:
                raise KeyError(CANARY)  # noqa: B904
        except KeyError as reason:
            outer = RuntimeError("outer")
            outer.add_note(f"note {CANARY}")
            raise outer from reason

    with pytest.raises(RuntimeError, match="outer") as found:
        leaves_clean(chain)()
    assert CANARY not in whole(found.value)
    assert isinstance(found.value.__cause__, KeyError)
    assert isinstance(found.value.__cause__.__context__, Unrepeatable)


def test_a_group_and_a_circle_are_cleaned() -> None:
    group = ExceptionGroup("several", [ValueError(CANARY), ExceptionGroup("inner", [KeyError(CANARY)])])
    assert caught(group) is group
    assert CANARY not in whole(group)
    named = ExceptionGroup(CANARY, [ValueError("innocent")])
    assert CANARY not in whole(caught(named))
    one, two = ValueError(CANARY), ValueError("two")
    one.__context__, two.__context__ = two, one
    assert CANARY not in str(cleaned(one))


class Speechless(Exception):
    def __repr__(self) -> str:
        raise ValueError(CANARY)


def test_an_exception_whose_own_words_fail_is_still_raised() -> None:
    found = caught(Speechless(CANARY))
    assert "Speechless" in str(found) and CANARY not in whole(found)


def test_an_innocent_exception_is_not_touched() -> None:
    reason = OSError(2, "No such file", "/srv/shop")
    assert caught(reason) is reason
    assert reason.args == (2, "No such file") and reason.filename == "/srv/shop"
