import pytest

from mainstay.errors import BadInput
from mainstay.secrets import Later, SecretFile, Variable, judge_value, parse, without_last_break


def test_a_variable_and_a_file_are_references() -> None:
    assert parse("env://SHOP_PASSWORD") == Variable("SHOP_PASSWORD")
    assert str(parse("file:///run/secrets/shop")) == "file:///run/secrets/shop"
    assert isinstance(parse("file:///run/secrets/shop"), SecretFile)


@pytest.mark.parametrize("written", ["block://aws", "vault://kv/crm#password", "ssm:///crm/db", "awssm://x", "age://y"])
def test_what_will_be_read_later_is_known_by_name(written: str) -> None:
    assert isinstance(parse(written), Later)
    assert str(parse(written)) == written


@pytest.mark.parametrize(
    "written",
    [
        "kanarienvogel",
        "postgres://u:kanarienvogel@h/db",
        "env://kanarien-vogel",
        "file://kanarienvogel",
        "file:///k/",
        "",
    ],
)
def test_what_is_no_reference_is_refused_and_never_repeated(written: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(written)
    assert "kanarien" not in str(refused.value)
    assert "Write" in str(refused.value)


@pytest.mark.parametrize("value", ["", "  \n", " padded", "broken\n", "abc", "zero\0byte"])
def test_a_value_that_cannot_be_kept_secret_is_not_used(value: str) -> None:
    assert judge_value(value)


@pytest.mark.parametrize("value", ["four", "a phrase with spaces", "-----BEGIN-----\nkey\n-----END-----\n"])
def test_phrases_and_keys_are_secrets(value: str) -> None:
    assert judge_value(value) is None


def test_the_editors_line_break_is_not_part_of_the_secret_but_a_keys_last_one_is() -> None:
    assert without_last_break("password\n") == without_last_break("password\r\n") == "password"
    assert without_last_break("two\nlines\n") == "two\nlines\n"
