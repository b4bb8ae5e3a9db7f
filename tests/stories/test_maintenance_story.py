import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from edge import audits
from edge.prefect_server import Run
from mainstay.colors import NOTHING, PAGE
from tests.whole import PROGRAMS, Whole


@pytest.fixture(autouse=True)
def open_site(whole: Whole) -> Iterator[None]:
    """Each claim begins and ends with the application shown."""
    yield
    if whole.closed():
        assert page(whole, "down").type == "COMPLETED"


def page(whole: Whole, page: str, words: str = "Back at nine", environment: str = "production") -> Run:
    asked = {"system": "practice", "environment": environment, "page": page, "words": words}
    return whole.ended(whole.start("maintenance", asked))


def artifacts(whole: Whole, run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = whole.ask_prefect(
        "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run.id]}}}
    )
    return found


def test_users_see_the_page_while_it_is_up_and_the_application_again_afterwards(whole: Whole) -> None:
    assert page(whole, "up", "Back at <nine>").state == "Completed"
    seen = whole.page()
    assert (seen.status, "Back at &lt;nine&gt;" in seen.text) == (503, True)
    assert page(whole, "down").state == "Completed"
    assert whole.page().shows == NOTHING


def test_one_environment_does_not_touch_the_other(whole: Whole) -> None:
    before = whole.page("staging").shows
    page(whole, "up")
    assert whole.page("staging").shows == before != PAGE


def test_a_run_is_called_what_it_does_and_leaves_a_report_and_full_progress(whole: Whole) -> None:
    run = page(whole, "up")
    assert run.name == "maintenance page up: practice production"
    found = {each["type"]: each["data"] for each in artifacts(whole, run)}
    said = {each["type"]: each["description"] for each in artifacts(whole, run)}
    assert (found["progress"], said["progress"]) == (100, "100 %: Completed")
    assert "page up on main" in found["markdown"]
    assert "main shows the application and is to show the page «Back at nine»" in found["markdown"]


def test_what_is_already_so_is_left_alone_and_said(whole: Whole) -> None:
    page(whole, "up")
    again = page(whole, "up")
    assert (again.type, again.state) == ("COMPLETED", "NothingToDo")
    assert again.message == "main already shows the page «Back at nine»"


def test_nothing_is_left_open_and_the_audit_chain_has_both_ends(whole: Whole) -> None:
    page(whole, "up")
    assert whole.open_changes() == []
    assert whole.holders() == []
    assert [entry.outcome for entry in audits.tail(whole.store, 2)] == ["began", "Completed"]
    assert audits.verify(whole.store) == []


@pytest.mark.parametrize(
    ("environment", "words", "sentence"),
    [
        ("nowhere", "Back at nine", "practice has no environment 'nowhere'. Known: production, staging."),
        ("production", "two\nlines", "must be one line"),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_changes_nothing(
    whole: Whole, environment: str, words: str, sentence: str
) -> None:
    before = len(audits.read_chain(whole.store))
    run = page(whole, "up", words, environment)
    assert (run.type, run.state) == ("FAILED", "Refused")
    assert sentence in run.message
    assert len(audits.read_chain(whole.store)) == before
    assert whole.page().shows == NOTHING


def test_an_undo_without_anything_open_says_so(whole: Whole) -> None:
    run = whole.ended(whole.start("undo", {"run": "20200101T000000Z-nothing-000000"}))
    assert (run.type, run.state) == ("COMPLETED", "NothingToUndo")


def test_the_same_story_runs_without_a_server(whole: Whole) -> None:
    said = whole.command("maintenance", "practice", "production", "up", "--words", "Here and now", "--without-server")
    assert said.exit == 0, said.text
    assert "Here and now" in whole.page().text


def test_the_status_is_well_and_names_what_is_up(whole: Whole) -> None:
    status = json.loads(whole.status("--json").text)
    assert set(status["programs"]) == set(PROGRAMS)
    assert status["faults"] == []


def test_every_parameter_of_every_deployment_has_a_type_and_a_help_text(whole: Whole) -> None:
    deployments = whole.ask_prefect("/deployments/filter", {})
    assert {each["name"] for each in deployments} == {"main"}
    for each in deployments:
        assert each["description"], each["entrypoint"]
        for name, parameter in each["parameter_openapi_schema"]["properties"].items():
            assert parameter.get("description"), f"{each['entrypoint']}: {name} has no help text"
            assert parameter.keys() & {"type", "enum", "anyOf", "allOf", "$ref"}, f"{name} has no type"


def test_the_ui_asks_the_server_it_came_from(whole: Whole) -> None:
    """With another address, as the server's own port is by default, every page of it stays empty."""
    settings = httpx.get(whole.server_address + "/ui-settings", trust_env=False).json()
    assert (settings["api_url"], settings["auth"]) == ("/api", "BASIC")
