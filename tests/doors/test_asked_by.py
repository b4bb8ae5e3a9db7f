"""Who is put down for a run when its server cannot say: nobody, and never whoever the worker runs as."""

from edge import audits, machine
from edge.prefect_server import PrefectServer
from edge.telling import Teller
from mainstay.audit import who_and_where

NOBODY = PrefectServer("http://127.0.0.1:1/api", None, budget_seconds=0.5)


def test_a_run_whose_server_does_not_answer_is_somebody_s() -> None:
    asked = Teller(NOBODY, "00000000-0000-0000-0000-000000000000").asked_by()
    assert asked is not None
    assert who_and_where(asked) == ("somebody", "Prefect, whose server could not be asked")


def test_a_story_without_a_server_is_whoever_runs_it() -> None:
    assert Teller(None, "a run of its own").asked_by() is None
    assert audits.whoever_runs_this().startswith(machine.user())
