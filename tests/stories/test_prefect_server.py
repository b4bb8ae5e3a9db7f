import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from deployments.bootstrap import AUTOMATIONS, bootstrap
from edge import clock
from edge.prefect_api import PrefectApi
from edge.prefect_server import PrefectServer, Run
from mainstay.errors import ServerLost, ServerRefused
from mainstay.installation import Installation
from tests.office import CHANGE, HEAD, UNDO
from tests.waiting import until


@pytest.fixture(scope="module")
def server(platform: Installation, tmp_path_factory: pytest.TempPathFactory) -> PrefectServer:
    manifest = tmp_path_factory.mktemp("declared") / "prefect.yaml"
    manifest.write_text(HEAD + UNDO + CHANGE)
    bootstrap(platform, "UTC", manifest=manifest, events=AUTOMATIONS)
    return PrefectServer(platform.api, platform.login, budget_seconds=10)  # these are claims about words, not speed


@pytest.fixture(scope="module")
def api(platform: Installation) -> PrefectApi:
    return PrefectApi(platform.api, platform.login, budget_seconds=10)


def started(server: PrefectServer, tags: tuple[str, ...] = ()) -> Run:
    return server.start("maintenance/main", {"system": "shop"}, key=clock.new_nonce(), queue="urgent", tags=tags)


def mine(server: PrefectServer) -> list[str]:
    return [run.id for run in server.in_progress() if "mine" in run.tags]


def undone(api: PrefectApi, run: Run) -> bool:
    """Whether an undo of it lies ready; nobody works here, so all that was ever planned is still planned."""
    planned = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}, "flows": {"name": {"any_": ["undo"]}}}
    return any(each["parameters"] == {"run": run.id} for each in api.call("POST", "/flow_runs/filter", planned))


def test_the_same_key_is_the_same_run_with_what_it_was_first_given(server: PrefectServer, api: PrefectApi) -> None:
    first = server.start("maintenance/main", {"system": "shop"}, key="one")
    second = server.start("maintenance/main", {"system": "other"}, key="one")
    given = api.call("GET", f"/flow_runs/{first.id}")["parameters"]
    assert (second.id, given) == (first.id, {"system": "shop", "on": False})


def test_a_deployment_that_is_not_there_is_a_sentence(server: PrefectServer) -> None:
    assert server.deployment("nothing/main") is None
    with pytest.raises(ServerRefused, match="Prefect has no deployment nothing/main"):
        server.start("nothing/main", {}, key="x")


def test_a_parameter_of_the_wrong_kind_is_refused(server: PrefectServer) -> None:
    with pytest.raises(ServerRefused):
        server.start("maintenance/main", {"system": "shop", "on": "perhaps"}, key=clock.new_nonce())


def test_a_run_is_in_progress_from_its_beginning_to_its_end(server: PrefectServer) -> None:
    run = started(server, ("mine",))
    assert mine(server) == []
    assert server.set_state(run.id, "RUNNING", "Running", force=True)
    assert mine(server) == [run.id]
    assert server.set_state(run.id, "COMPLETED", "NothingToDo", force=True)
    ended = server.run(run.id)
    assert ended is not None and ended.ended and ended.state == "NothingToDo"
    assert mine(server) == []


def test_a_run_that_nobody_knows_is_none(server: PrefectServer) -> None:
    assert server.run("00000000-0000-0000-0000-000000000000") is None


@pytest.mark.parametrize(
    ("type", "name"),
    [("FAILED", "Failed"), ("CRASHED", "Crashed"), ("CANCELLED", "Cancelled"), ("FAILED", "TimedOut")],
)
def test_a_change_that_ends_badly_is_undone(server: PrefectServer, api: PrefectApi, type: str, name: str) -> None:
    run = started(server)
    server.set_state(run.id, type, name, force=True)
    until(lambda: undone(api, run), seconds=20)


def test_a_change_that_undid_itself_is_left_alone(server: PrefectServer, api: PrefectApi) -> None:
    alone, beaten = started(server), started(server)
    server.set_state(alone.id, "FAILED", "RolledBack", force=True)
    server.set_state(beaten.id, "FAILED", "Failed", force=True)
    until(lambda: undone(api, beaten), seconds=20)  # events are heard in their order
    assert not undone(api, alone)


def test_artifacts_and_events_are_taken(server: PrefectServer) -> None:
    run = started(server)
    progress = server.show_progress("switch", 10.0, run=run.id)
    server.update_progress(progress, 100.0, "switched")
    server.show_markdown("report", "# done", run=run.id)
    server.emit("mainstay.told", resource="mainstay.system.shop", name="shop", payload={"n": 1}, run=run.id)


def test_a_wrong_login_is_refused_and_not_shown(platform: Installation, server: PrefectServer) -> None:
    stranger = PrefectServer(platform.api, "mainstay:wrong-word", budget_seconds=10)
    with pytest.raises(ServerRefused, match="refused the login") as refused:
        stranger.run("00000000-0000-0000-0000-000000000000")
    assert "wrong-word" not in str(refused.value)


@contextmanager
def answering(how: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that takes one connection and does this with it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):  # nobody came, and it was shut
                taken, _ = listening.accept()
                with taken:
                    how(taken)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/api"
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def silence(taken: socket.socket) -> None:
    while taken.recv(1000):
        pass


def drops(taken: socket.socket) -> None:
    taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    try:
        while True:
            taken.sendall(b" ")
            clock.sleep(0.1)
    except OSError:
        pass


@pytest.mark.parametrize("how", [silence, drops])
def test_a_server_that_does_not_answer_costs_no_more_than_the_budget(how: Callable[[socket.socket], None]) -> None:
    with answering(how) as api:
        began = clock.monotonic()
        with pytest.raises(ServerLost, match="gave no answer"):
            PrefectServer(api, None, budget_seconds=1.0).run("x")
        assert clock.monotonic() - began < 5  # connect and wait take 1.75 at their longest; the answer never ends


def test_a_server_that_is_not_there_is_lost_and_not_healthy() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        api = f"http://127.0.0.1:{nobody.getsockname()[1]}/api"
        assert not PrefectServer(api, None).healthy()
        with pytest.raises(ServerLost):
            PrefectServer(api, None).pause("main")


def test_somebody_else_on_the_port_is_not_taken_for_prefect(tmp_path: Path) -> None:
    def page(taken: socket.socket) -> None:
        taken.recv(1000)
        taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")

    with answering(page) as api, pytest.raises(ServerRefused, match="is not Prefect"):
        PrefectServer(api, None).run("x")
