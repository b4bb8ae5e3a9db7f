"""A log that tells nothing is said to tell nothing: silence, a closed door and an empty place are no peace."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from edge import clock
from edge.access_logs import SILENT_SECONDS, AccessLog
from edge.hosts import LocalHost
from edge.probing import probing
from edge.witnesses import Witness
from mainstay.colors import CHOOSE, SHOWS
from mainstay.sights import Target
from tests.doors.caddy_rig import Site, site
from tests.waiting import until

LINE = {"ts": 1795183586.9, "request": {"uri": "/"}, "duration": 0.01, "status": 200, "color": "green"}
LONG = "x" * 8_000  # a few hundred of such lines fill a small log


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Site]:
    """Green is live, behind a Caddy that begins a new log after a mebibyte."""
    with site(tmp_path / "site", roll="1MiB") as made:
        made.switch("green")
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "access.log"


def log_in(file: Path, *, past_bytes: int = 0) -> AccessLog:
    return AccessLog(LocalHost(file.parent / "gate", "main"), str(file), past_bytes=past_bytes)


def log_of(shown: Site) -> AccessLog:
    return log_in(Path(str(shown.front.access_log)))


def written(file: Path, lines: int = 1) -> None:
    with file.open("a") as out:
        out.write(f"{json.dumps(LINE)}\n" * lines)


def moved_away(file: Path) -> None:
    """As a logrotate without copytruncate does it: the proxy writes on into what is not called so any more."""
    file.rename(file.with_suffix(".1"))
    file.touch()


def seconds_ago(seconds: float) -> float:
    return clock.now().timestamp() - seconds


def test_a_proxy_that_writes_its_log_is_heard_at_its_trial(shown: Site) -> None:
    shown.get()
    assert log_of(shown).trial(shown.get) == ""


def test_a_log_that_was_moved_away_is_found_out_before_anything_changes(shown: Site) -> None:
    file = Path(str(shown.front.access_log))
    shown.get()
    until(lambda: file.stat().st_size > 0)  # it opens its log when it has something to say
    moved_away(file)
    assert "gets no line of what the proxy answers" in log_of(shown).trial(shown.get)


def test_a_log_that_is_moved_away_in_the_middle_of_a_watch_makes_blind(shown: Site, tmp_path: Path) -> None:
    page = f"{shown.front.address}/"
    target = Target(page, None, None, {}, SHOWS, CHOOSE)
    with probing(target, tmp_path / "probes") as prober:
        witness = Witness([log_of(shown)], prober)

        def blind() -> tuple[str, ...]:
            witness.look()
            return witness.blind

        until(lambda: prober.count().asked > 4)
        blind()
        until(lambda: not blind())  # it has been heard
        moved_away(Path(str(shown.front.access_log)))
        took = until(lambda: "gets no line of what the proxy answers" in "".join(blind()), seconds=SILENT_SECONDS + 10)
    assert took > SILENT_SECONDS - 1


def test_a_log_that_caddy_itself_begins_anew_goes_on_being_read(shown: Site) -> None:
    file, log, found = Path(str(shown.front.access_log)), log_of(shown), 0
    log.news()
    with httpx.Client(base_url=shown.front.address, trust_env=False) as user:
        while not list(file.parent.glob("access-*.log*")):
            user.get(f"/{LONG}")
            found += len(log.news([seconds_ago(0)]))
            assert found < 1_000
        user.get("/after")
    until(lambda: any(request.route == "/after" for request in log.news([seconds_ago(0)])))
    assert log.blind == "" and log_of(shown).trial(shown.get) == ""
    assert found > 100 and file.stat().st_mode & 0o777 == 0o640


def test_a_log_in_another_format_is_found_out_before_anything_changes(file: Path) -> None:
    written(file)

    def ask() -> None:
        with file.open("a") as out:
            out.write("INFO handled request GET /\n")

    assert "are not what Caddy writes" in log_in(file).trial(ask)


def test_the_rest_of_a_line_whose_beginning_was_missed_is_no_fault_of_the_log(file: Path) -> None:
    file.write_text("beginning, ")
    answers = iter(["and end\n"])

    def ask() -> None:
        with file.open("a") as out:
            out.write(next(answers, f"{json.dumps(LINE)}\n"))

    assert log_in(file).trial(ask) == ""


def test_a_log_that_may_not_be_read_makes_blind_and_raises_nothing(file: Path) -> None:
    """A folder in its place: it is there, and cannot be read, whoever we are."""
    file.mkdir()
    log = log_in(file)
    assert log.trial(lambda: None).startswith(f"{file} on main cannot be read (Is a directory)")
    assert log.news([seconds_ago(60)]) == () and "cannot be read" in log.blind
    file.rmdir()
    written(file, 3)
    assert len(log.news()) == 3 and log.blind == ""


def test_a_log_that_is_not_there_is_named_at_once(file: Path) -> None:
    log = log_in(file)
    assert log.trial(lambda: pytest.fail("nobody need be asked")).startswith(f"{file} on main is not there")
    assert log.news([seconds_ago(60)]) == () and "is not there" in log.blind


def test_the_past_is_read_and_is_no_proof_that_it_speaks_now(file: Path) -> None:
    written(file, 5)
    log = log_in(file, past_bytes=1_000_000)
    assert len(log.news([seconds_ago(60)])) == 5 and log.blind == ""
    assert log.news([seconds_ago(0.1)]) == () and "gets no line" in log.blind
    written(file)
    assert len(log.news([seconds_ago(0.1)])) == 1 and log.blind == ""


def test_a_proxy_that_was_heard_may_be_late_but_not_for_long(file: Path) -> None:
    written(file)
    log = log_in(file)
    log.news()
    written(file)
    log.news()
    log.news([seconds_ago(SILENT_SECONDS - 2)])
    assert log.blind == ""
    written(file)
    log.news()
    log.news([seconds_ago(SILENT_SECONDS + 1)])
    assert "gets no line" in log.blind
    written(file)
    log.news([seconds_ago(0)])
    assert log.blind == ""


def test_where_nobody_was_answered_silence_says_nothing(file: Path) -> None:
    written(file)
    log = log_in(file)
    assert log.news() == log.news() == () and log.blind == ""
