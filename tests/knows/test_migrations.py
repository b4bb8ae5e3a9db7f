"""Every statement has its kind, whatever clothes it wears; and only what both says and is expand goes by itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.descriptor.kept import MigrationKind
from mainstay.descriptor.parsing import parse_system
from mainstay.descriptor.system import System
from mainstay.migrations import Judged, judge_migration, not_yet, read_migrations, strategy_of
from mainstay.migrations.sql import read_statements
from mainstay.migrations.sql_reading import Kind
from mainstay.migrations.statement_kinds import RULES, judge_statement
from tests.knows.statements import CONTRACT, DATA, EXPAND, FELT, LOSES, NOT_FELT, OF_NEW_TABLES, UNTELLABLE

ALL: list[tuple[str, Kind]] = [
    *((text, "expand") for text in EXPAND),
    *((text, "data") for text in DATA),
    *((text, "contract") for text in CONTRACT),
    *((text, "untellable") for text in UNTELLABLE),
]
WORDS = [*RULES, "(", ")", ",", ".", "table", "column", "add", "on", "x", "index", "view", "only", "as", "not", "null"]
IN_BETWEEN = (" ", "\n", "\t", " /* drop; ' $$ */ ", " -- it's; \n", " /* a /* b */ ; */ ", "\r\n")


def kind_of(text: str) -> Kind:
    (migration,) = read_migrations(text, "expand")
    return migration.read


def judged(text: str, accepted: MigrationKind | None = None, declared: MigrationKind = "expand") -> Judged:
    return judge_migration(read_migrations(text, declared), "blue_green", accepted)


@pytest.mark.parametrize(("text", "kind"), ALL)
def test_each_statement_has_its_kind(text: str, kind: Kind) -> None:
    assert kind_of(text) == kind


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ALL), st.data())
def test_comments_case_and_white_space_never_change_the_kind(one: tuple[str, Kind], data: st.DataObject) -> None:
    text, kind = one
    if '"' in text or "'" in text or "$" in text or "--" in text:
        return  # between the words of a quoted text white space is meant
    words = [data.draw(st.sampled_from((word, word.upper(), word.title()))) for word in text.split(" ")]
    between = [data.draw(st.sampled_from(IN_BETWEEN)) for _ in words]
    dressed = "".join(word for pair in zip(between, words, strict=True) for word in pair)
    assert kind_of(dressed) == kind


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS)))
def test_no_heap_of_words_makes_the_reader_stumble(words: list[str]) -> None:
    for statement in read_statements(" ".join(words)):
        assert judge_statement(statement, frozenset())


@pytest.mark.parametrize("text", OF_NEW_TABLES)
def test_to_a_table_that_is_made_in_the_same_run_anything_may_be_done(text: str) -> None:
    assert kind_of(f"create table fresh (id int, old_id int); {text}") == "expand"
    assert kind_of(f"create table if not exists fresh (id int); {text}") != "expand" or text in FELT


@pytest.mark.parametrize("text", FELT)
def test_what_users_feel_is_said_with_its_cure(text: str) -> None:
    assert any(". " in reason or "old release" in reason for reason in judged(text).reasons), judged(text)


@pytest.mark.parametrize("text", NOT_FELT)
def test_what_nobody_feels_is_not_warned_of(text: str) -> None:
    assert judged(text) == Judged(
        "expand", True, "The migration is expand: the old release can live with every statement of it."
    )


@pytest.mark.parametrize("text", CONTRACT)
def test_what_is_gone_for_good_is_known(text: str) -> None:
    assert judged(text).loses == (text in LOSES)


def test_declared_expand_and_found_contract_is_refused_with_the_statement_and_its_line() -> None:
    text = "-- kind: expand\ncreate table a (id int);\nalter table customers\n  drop column phone;\n"
    told = judged(f"-- migration: 0007_tidy\n{text}")
    assert (told.kind, told.goes, told.loses) == ("contract", False, True)
    assert "0007_tidy line 3: 'alter table customers drop column phone'" in told.sentence
    assert "though it is declared expand" in told.sentence and "nothing was changed" in told.sentence
    assert "accept=contract" in told.sentence


def test_what_is_declared_stricter_than_it_reads_is_as_declared() -> None:
    told = judged("-- kind: contract\ncreate table a (id int)")
    assert (told.kind, told.goes) == ("contract", False)


def test_the_descriptor_declares_for_what_has_no_header() -> None:
    assert judged("create table a (id int)", declared="data").kind == "data"
    assert judged("-- kind: expand\ncreate table a (id int)", declared="data").kind == "expand"


def test_each_migration_has_its_own_header() -> None:
    text = "-- migration: a\n-- kind: contract\nselect 1;\n-- migration: b\nselect 2;\n"
    assert [(one.name, one.declared) for one in read_migrations(text, "expand")] == [("a", "contract"), ("b", "expand")]


def test_a_header_in_a_string_or_a_long_comment_declares_nothing() -> None:
    assert judged("/*\n-- kind: expand\n*/ comment on table a is '\n-- kind: expand\n'", declared="data").kind == "data"


def test_a_misspelt_kind_is_refused() -> None:
    told = judged("-- kind: expnad\nselect 1")
    assert not told.goes and "Write expand, contract or data" in told.sentence


@pytest.mark.parametrize(
    ("text", "accepted", "goes"),
    [
        ("update a set b = 1", None, False),
        ("update a set b = 1", "data", True),
        ("update a set b = 1", "contract", True),
        ("drop table a", "expand", False),
        ("drop table a", "data", False),
        ("drop table a", "contract", True),
        ("do $$ begin end $$", "data", False),
        ("do $$ begin end $$", "contract", True),
        ("select 'a", None, False),
    ],
)
def test_only_a_price_that_was_accepted_is_paid(text: str, accepted: MigrationKind | None, goes: bool) -> None:
    assert judged(text, accepted).goes == goes


def test_what_cannot_be_told_and_is_accepted_counts_as_the_worst() -> None:
    told = judged("do $$ begin end $$", "contract")
    assert (told.kind, told.loses) == ("contract", True)


def test_where_everything_is_stopped_first_only_what_cannot_be_told_is_refused() -> None:
    for text, goes in (("drop table a", True), ("update a set b = 1", True), ("call a()", False)):
        assert judge_migration(read_migrations(text, "expand"), "recreate").goes == goes


def _service(number: int, strategy: str) -> str:
    ports = f"blue: {8000 + number}" + (f", green: {9000 + number}" if strategy == "blue_green" else "")
    return f"s{number}: {{start: [a], strategy: {strategy}, health: /, ports: {{{ports}}}}}"


def system(strategies: tuple[str, ...], database: str = "") -> System:
    services = ", ".join(_service(n, strategy) for n, strategy in enumerate(strategies))
    text = f"""
name: shop
source: {{repository: https://example.com/shop.git, branches: {{main: production}}}}
services: {{{services}, mailer: {{start: [b], heartbeat: {{file: /run/mailer.alive}}}}}}
environments: {{production: {{hosts: {{one: {{address: local}}}}, proxy: {{kind: caddy, address: "http://127.0.0.1:1"}}}}}}
{database}"""
    return parse_system(text, "shop.yaml", called="shop")


@pytest.mark.parametrize(
    ("strategies", "strategy"),
    [
        (("recreate",), "recreate"),
        (("recreate", "recreate"), "recreate"),
        (("recreate", "blue_green"), "blue_green"),
        (("rolling",), "blue_green"),
    ],
)
def test_only_where_all_is_stopped_first_no_old_release_is_there(strategies: tuple[str, ...], strategy: str) -> None:
    assert strategy_of(system(strategies)) == strategy


def test_tenants_are_not_left_behind_unsaid() -> None:
    address = "database: {address: 'env://A_{environment}', tenants: {each: schema, query: select 1}"
    with_tenants = system(("recreate",), f"{address}, migration: {{argv: [a]}}}}").database
    assert with_tenants is not None and "leave the tenants behind" in (not_yet(with_tenants) or "")
    unmoved = system(("recreate",), f"{address}}}").database
    assert unmoved is not None and not_yet(unmoved) is None


def test_nothing_printed_is_nothing_pending() -> None:
    for text in ("", "\n -- nothing to do\n", "/* done */ ;"):
        assert judged(text) == Judged(None, True, "No migration is pending.")


def test_a_migration_that_cannot_be_printed_cannot_be_told() -> None:
    told = judge_migration(read_migrations(None, "expand"), "blue_green")
    assert not told.goes and "database.migration.sql" in told.sentence
    django = "-- migration: 0002\n--\n-- Raw Python operation\n-- THIS OPERATION CANNOT BE WRITTEN AS SQL\n"
    assert not judged(django).goes


def test_what_redaction_hid_cannot_be_told() -> None:
    assert not judged("create table a (id int);\n-- ***\n").goes


def test_statements_are_shown_short() -> None:
    assert len(judged(f"alter table a drop column {'b' * 5000}").sentence) < 900
