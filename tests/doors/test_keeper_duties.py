"""What the keeper does beside looking after programs, each duty with what it really talks to."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

from edge import installed, logs, processes
from edge.ports import free_ports
from edge.settings import Settings, read_settings
from edge.store import open_store
from mainstay.errors import BadDescriptor, CommandFailed, StoreLost, Transient
from mainstay.keeper import Condition, Report, Trouble
from residents import dead_man
from residents.bootstrapping import Bootstrapping
from residents.chores import Chore
from residents.dead_man import DeadMan
from residents.news import News, read_descriptors
from tests.waiting import until

NOW = datetime(2026, 11, 20, tzinfo=UTC)
READY = Condition("server", "ready", NOW, "ready")


@dataclass
class Outsider:
    address: str
    heard: list[str] = field(default_factory=list)


@contextmanager
def outsider() -> Iterator[Outsider]:
    """Somebody who waits for pings."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Outsider(f"http://127.0.0.1:{server.server_port}/ping/installation", heard)
        finally:
            server.shutdown()
            thread.join()


def report(*programs: Condition, troubles: tuple[Trouble, ...] = ()) -> Report:
    return Report(1, "boot+1", NOW, programs, troubles)


def test_while_all_is_well_the_outsider_hears_it() -> None:
    with outsider() as there:
        DeadMan(there.address, lambda: report(READY))()
        assert there.heard == ["/ping/installation"]


@pytest.mark.parametrize(
    "bad",
    [
        report(),
        report(Condition("server", "waiting", NOW, "it ended")),
        report(READY, troubles=(Trouble("settling open changes", NOW, "away"),)),
    ],
    ids=["nothing was seen yet", "a program is down", "a duty fails"],
)
def test_while_anything_is_not_well_it_hears_nothing(bad: Report) -> None:
    with outsider() as there:
        DeadMan(there.address, lambda: bad)()
        assert there.heard == []


def test_one_failed_ping_does_not_silence_the_next() -> None:
    with outsider() as there:
        DeadMan(there.address, lambda: report(READY, troubles=(Trouble(dead_man.NAME, NOW, "no way out"),)))()
        assert len(there.heard) == 1


def test_an_outsider_who_cannot_be_reached_is_told_of() -> None:
    with pytest.raises(Transient, match="MAINSTAY_DEAD_MAN"):
        DeadMan(f"http://127.0.0.1:{free_ports(1)[0]}/ping", lambda: report(READY))()


def bootstrapping(home: Path, digest: str, code: str, *, ready: bool = True) -> Bootstrapping:
    return Bootstrapping(home, lambda: digest, lambda: ready, argv=(sys.executable, "-c", code))


def test_the_server_is_told_once_of_each_version(tmp_path: Path) -> None:
    tells = f"open({str(tmp_path / 'told')!r}, 'a').write('x')"
    for digest, times in (("one", "x"), ("one", "x"), ("two", "xx"), ("one", "xxx")):
        telling = bootstrapping(tmp_path, digest, tells)
        telling()
        assert telling.done and (tmp_path / "told").read_text() == times


def test_a_server_that_is_not_ready_is_told_nothing(tmp_path: Path) -> None:
    telling = bootstrapping(tmp_path, "one", f"open({str(tmp_path / 'told')!r}, 'w')", ready=False)
    telling()
    assert not telling.done and not (tmp_path / "told").exists()


def test_a_failed_telling_is_said_and_tried_again(tmp_path: Path) -> None:
    telling = bootstrapping(tmp_path, "one", "raise SystemExit('prefect.yaml:3: typo')")
    with pytest.raises(CommandFailed, match="typo"):
        telling()
    assert not telling.done
    assert "typo" in (tmp_path / "logs" / "bootstrap.log").read_text()
    again = bootstrapping(tmp_path, "one", "")
    again()
    assert again.done


def test_the_digest_follows_what_the_server_is_told_from(tmp_path: Path) -> None:
    for room in ("deployments", "flows"):
        (tmp_path / room).mkdir()
    (tmp_path / "prefect.yaml").write_text("one")
    settings = read_settings({"MAINSTAY_HOME": "/h"})
    seen = {installed.digest(settings, tmp_path)}
    (tmp_path / "prefect.yaml").write_text("two")
    seen.add(installed.digest(settings, tmp_path))
    (tmp_path / "flows" / "deploy.py").write_text("pass")
    seen.add(installed.digest(settings, tmp_path))
    seen.add(installed.digest(read_settings({"MAINSTAY_HOME": "/h", "MAINSTAY_TIMEZONE": "Europe/Berlin"}), tmp_path))
    assert len(seen) == 4
    (tmp_path / "flows" / "notes.txt").write_text("nothing the server is told")
    assert installed.digest(settings, tmp_path) in seen


def test_a_failing_chore_is_trouble_until_it_succeeds() -> None:
    fails = True

    def work() -> None:
        if fails:
            raise Transient("the store is away")

    chore = Chore("settling", work, every_seconds=0)
    chore.once()
    first = chore.trouble
    chore.once()
    assert first is not None and chore.trouble is not None
    assert (chore.trouble.why, chore.trouble.since) == ("the store is away", first.since)
    fails = False
    chore.once()
    assert chore.trouble is None


def finish(chore: Chore) -> None:
    """Wait for what is under way."""
    for thread in threading.enumerate():
        if thread.name == chore.name:
            thread.join()


def test_a_slow_chore_is_not_begun_twice_and_nobody_waits_for_it(tmp_path: Path) -> None:
    begun: list[int] = []

    def work() -> None:
        begun.append(1)
        until((tmp_path / "go").exists)

    chore = Chore("slow", work, every_seconds=0)
    for _ in range(10):
        chore.turn()
    until(lambda: bool(begun))
    assert begun == [1]
    (tmp_path / "go").touch()
    finish(chore)
    chore.turn()
    finish(chore)
    assert begun == [1, 1]


def test_a_chore_that_hangs_is_trouble_until_it_ends(tmp_path: Path) -> None:
    chore = Chore("asking the store", lambda: until_there(tmp_path / "go"), every_seconds=0, limit_seconds=0.2)
    assert chore.trouble is None
    chore.turn()
    until(lambda: chore.trouble is not None)
    said = chore.trouble
    assert said is not None and "it hangs" in said.why
    assert chore.trouble == said  # the same words as long as it lasts: nothing new is written every second
    (tmp_path / "go").touch()
    finish(chore)
    assert chore.trouble is None


def until_there(path: Path) -> None:
    until(path.exists)


def test_a_log_beyond_its_limit_begins_anew_and_three_older_ones_stay(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with log.open("a") as program:
        for number in range(6):
            program.write(f"{number}" * 11)
            program.flush()
            logs.trim(log, limit_bytes=10)
        program.write("the end")
    assert log.read_text() == "the end"
    assert [(tmp_path / f"server.log.{number}").read_text()[0] for number in (1, 2, 3)] == ["5", "4", "3"]
    assert not (tmp_path / "server.log.4").exists()
    assert oct((tmp_path / "server.log.1").stat().st_mode & 0o777) == "0o600"


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "server.log").write_text("12345")
    logs.trim(tmp_path / "server.log", limit_bytes=10)
    assert [path.name for path in tmp_path.iterdir()] == ["server.log"]


def test_the_gateway_says_that_it_is_there_and_nothing_else(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    argv = [sys.executable, "-m", "residents.gateway", "--port", str(port)]
    gateway = processes.start(argv, log=tmp_path / "gateway.log")
    try:
        until(lambda: answers(port))
        health = httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False)
        said = json.loads(health.content)
        assert health.status_code == 200 and set(said) == {"version", "uptime_seconds"}
        assert httpx.get(f"http://127.0.0.1:{port}/elsewhere", trust_env=False).status_code == 404
        assert httpx.post(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 501
        assert (tmp_path / "gateway.log").read_text() == ""
    finally:
        processes.end(gateway, grace_seconds=5)
        processes.reap()


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).is_success
    except httpx.HTTPError:
        return False


def test_what_is_not_well_for_a_minute_is_told_once_to_everybody_the_descriptors_name(tmp_path: Path) -> None:
    with outsider() as there:
        settings = home_with_a_hook(tmp_path, there.address)
        down = Condition("worker", "waiting", datetime.now(UTC) - timedelta(seconds=61), "it ends with exit 1")
        slow = Condition("server", "starting", datetime.now(UTC), "not ready for 3 s")
        told = News(settings, partial(open_store, settings), lambda: report(down, slow))
        told()
        told()
        assert len(there.heard) == 1


def test_one_bad_descriptor_does_not_keep_those_of_the_others_from_hearing(tmp_path: Path) -> None:
    with outsider() as there:
        settings = home_with_a_hook(tmp_path, there.address)
        (settings.systems / "shop.yaml").write_text("nonsense: [")
        down = Condition("worker", "waiting", datetime.now(UTC) - timedelta(seconds=61), "it ends with exit 1")
        News(settings, partial(open_store, settings), lambda: report(down))()
        assert len(there.heard) == 1


def test_a_bad_descriptor_is_named_before_anybody_misses_what_stands_in_it(tmp_path: Path) -> None:
    settings = home_with_a_hook(tmp_path, "https://hooks.example.com/x")
    read_descriptors(settings)
    (settings.systems / "shop.yaml").write_text("nonsense: [")
    with pytest.raises(BadDescriptor, match=r"shop\.yaml:1"):
        read_descriptors(settings)


def test_a_store_that_is_lost_does_not_keep_people_from_hearing_of_it(tmp_path: Path) -> None:
    def lost() -> NoReturn:
        raise StoreLost("the disk is gone")

    with outsider() as there:
        settings = home_with_a_hook(tmp_path, there.address)
        trouble = Trouble("settling open changes", datetime.now(UTC) - timedelta(minutes=2), "the disk is gone")
        News(settings, lost, lambda: report(READY, troubles=(trouble,)))()
        assert len(there.heard) == 1


def home_with_a_hook(home: Path, address: str) -> Settings:
    settings = read_settings({"MAINSTAY_HOME": str(home)})
    settings.systems.mkdir()
    manual = (Path(installed.ROOT) / "systems" / "practice.yaml").read_text()
    hooked = manual.replace("#webhooks: [env://PRACTICE_WEBHOOK]", f"webhooks: [{address}]")
    (settings.systems / "practice.yaml").write_text(hooked)
    return settings
