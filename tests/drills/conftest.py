"""One list of all kills and faults, drawn by a seed, run until the time is up; the summary names what was left out.

Every drill test, and every parameter of one, is an entry of the list. The same seed gives the same order, so what a
machine drew and broke on can be drawn again: ``make drill SEED=<the seed it printed>``.
"""

import random
import secrets
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DEFAULT_SECONDS = 600.0


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("drills")
    group.addoption("--seconds", type=float, help=f"start no drill after this time ({DEFAULT_SECONDS:g})")
    group.addoption("--seed", help="the word that decides the order; chosen by chance and printed when not given")
    group.addoption("--all", action="store_true", help="run every drill, however long it takes")


def pytest_configure(config: pytest.Config) -> None:
    seconds = config.getoption("seconds", None)
    everything = config.getoption("all", False)
    if everything and seconds is not None:
        raise pytest.UsageError("--all runs every drill and --seconds some of them: write one of the two")
    if seconds is not None and not seconds > 0:
        raise pytest.UsageError(f"--seconds: must be more than 0; you wrote {seconds:g}")
    seed = config.getoption("seed", None) or secrets.token_hex(4)
    limit = float("inf") if everything else DEFAULT_SECONDS if seconds is None else seconds
    config.pluginmanager.register(Draw(seed, limit, config), "draw")


class Draw:
    """What was on the list, what was reached, and what became of it."""

    def __init__(self, seed: str, limit_seconds: float, config: pytest.Config) -> None:
        self._seed = seed
        self._limit_seconds = limit_seconds
        self._config = config
        self._listed: list[str] = []
        self._left_out: dict[str, str] = {}  # entry -> why
        self._covered: set[str] = set()
        self._began = self._ended = 0.0

    def pytest_report_header(self) -> str:
        return f"drills: seed {self._seed}, {self._limit()}"

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Only drills are shuffled; sorted first, so that the order depends on nothing but the seed."""
        drills = sorted((item for item in items if _is_drill(item)), key=lambda item: item.nodeid)
        random.Random(self._seed).shuffle(drills)
        items[:] = [item for item in items if not _is_drill(item)] + drills

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._listed = [item.nodeid for item in session.items if _is_drill(item)]
        self._began = self._ended = time.monotonic()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """True: this entry is not run, because the time is up. The first is always run."""
        if not _is_drill(item) or not self._covered or time.monotonic() - self._began < self._limit_seconds:
            return None
        self._left_out[item.nodeid] = "no time left"
        self._config.hook.pytest_deselected(items=[item])
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.outcome != "skipped":
            self._covered.add(report.nodeid)
        elif report.outcome != "passed":
            self._left_out[report.nodeid] = "skipped" if report.outcome == "skipped" else f"broke in its {report.when}"
        self._ended = time.monotonic()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A run that covered nothing has shown nothing."""
        nothing = self._listed and not self._covered and not self._config.option.collectonly
        if nothing and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._config.option.collectonly:
            return
        covered = [entry for entry in self._listed if entry in self._covered]
        terminalreporter.section("drills")
        terminalreporter.line(
            f"covered {len(covered)} of {len(self._listed)} kills and faults in {self._ended - self._began:.0f} s "
            f"(seed {self._seed}, {self._limit()})"
        )
        for entry in self._listed:
            if entry not in self._covered:
                terminalreporter.line(f"not covered: {entry} ({self._left_out.get(entry, 'not reached')})")

    def _limit(self) -> str:
        return (
            "all of them" if self._limit_seconds == float("inf") else f"as many as begin in {self._limit_seconds:g} s"
        )


def _is_drill(item: pytest.Item) -> bool:
    return HERE in item.path.parents
