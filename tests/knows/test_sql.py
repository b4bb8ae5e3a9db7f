"""Statements are cut where PostgreSQL cuts them, and what could be read in two ways is said to be unclear."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.migrations.sql import hidden_line, read_comments, read_statements

INNOCENT = (  # the word stands where it is not obeyed, and nothing is unclear
    "select 'drop table a; drop table b'",
    "select 'it''s; drop table a'",
    "select E'it\\'s; drop table a'",
    "select E'\\\\', 'drop table a;'",
    "select $$ drop table a; $$",
    "select $a$ $$ ; drop table a; $b$ $a$",
    "select $_1$ drop table a; $_1$",
    'select "drop table a; x"',
    'select "a""; drop table b"',
    "select 1 -- ; drop table a",
    "select 1 /* ; drop table a; */",
    "select 1 /* /* */ ; drop table a; */",
    "select 1 /*/ ; drop table a; /**/ */ */",
    "select U&'\\0041; drop table a'",
    "select $ä$ ; drop table a; $ä$",
)
OBEYED = (  # the last statement is the drop
    "select '\\\\'; drop table a",
    "select 'a' -- it's\n; drop table a",
    "select 'a' -- it's\r; drop table a",
    "select $$ $a$ $$; drop table a",
    "select 1 /* ' */; drop table a",
    "select 1 /* $$ */; drop table a -- $$",
    "select a$$; drop table a -- $$",
    "select ä$$; drop table a -- $$",
    'select "\'"; drop table a',
    "select 1 /* /* */ */; drop table a /* */",
    "select 1 */* x */ 2; drop table a",
    "select 1 - -1; drop table a",
    ";;; ; drop table a",
    "select '--'; drop table a",
    "select '/*'; drop table a --*/",
    "select E'--'; drop table a",
)
UNCLEAR = (
    "select 'a\\'; drop table b; --'",
    "select E'a'\n'\\'; drop table b; --'",
    "select 1e5$$ /* $$; drop table b; --*/",
    "select 1a$$; drop table b; --$$",
    "select 1$$; drop table b; $$",
    "select 'a",
    'select "a',
    "select $$ a",
    "select 1 /* /* */",
    "\\i other.sql",
    "select :'name'",
    "drop table :name",
    "select $1",
    "create rule r as on insert to a do (delete from b; delete from c)",
    "select (1",
)


def last(text: str) -> tuple[str, ...]:
    return read_statements(text)[-1].words


@pytest.mark.parametrize("text", INNOCENT)
def test_what_stands_in_quotes_and_comments_is_no_statement(text: str) -> None:
    (statement,) = read_statements(text)
    assert statement.words[0] == "select" and "drop" not in statement.words
    assert statement.unclear is None


@pytest.mark.parametrize("text", OBEYED)
def test_what_stands_behind_quotes_and_comments_is_one(text: str) -> None:
    assert last(text) == ("drop", "table", "a")
    assert not any(statement.unclear for statement in read_statements(text))


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_can_be_read_in_two_ways_is_unclear(text: str) -> None:
    assert any(statement.unclear for statement in read_statements(text))


def test_words_are_small_where_postgresql_makes_them_small() -> None:
    assert last('DROP TaBLe Users, "Users", Ä, \u212a') == (
        *("drop", "table", "users", ",", '"Users"', ",", "Ä", ",", "\u212a"),
    )


def test_a_cast_and_a_slice_are_clear() -> None:
    assert all(one.unclear is None for one in read_statements("select a::int, b[1:2]; f(x := 1)"))


def test_a_letter_that_looks_like_a_space_is_a_letter() -> None:
    assert last("drop\u00a0table a") == ("drop\u00a0table", "a")


def test_a_statement_knows_its_line() -> None:
    assert [one.line for one in read_statements("\n-- a\nselect '\n\n'; select 1;\n\nselect 2")] == [3, 5, 7]


def test_comments_of_one_line_are_found_and_nothing_that_looks_like_one() -> None:
    text = "-- kind: expand\nselect '-- kind: a' /* \n-- kind: b\n*/ \"\n-- kind: c\" $$\n-- kind: d\n$$ --kind: e"
    assert [(one.line, one.text) for one in read_comments(text)] == [(1, "kind: expand"), (7, "kind: e")]


def test_what_redaction_took_out_is_noticed_and_decoration_is_not() -> None:
    assert hidden_line("select 1;\nselect '***'") == 2
    assert hidden_line("/*** adds a table ***/ -- ******\nselect 1") is None


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab'\"$\\/*-;:()E1 \n"))
def test_whatever_is_written_is_cut_and_nothing_is_added(text: str) -> None:
    at = 0
    for statement in read_statements(text):
        at = text.index(statement.text, at) + len(statement.text)
    assert not text[at:].strip(" \n;").replace("--", "/*").partition("/*")[0]
