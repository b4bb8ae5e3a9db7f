"""One environment of the practice site: releases are sent there, and what becomes of them is seen from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deployments.demo.lanes import Waiting, until
from deployments.demo.visitors import PAGE, Met, Visitors
from edge import clock, practice_site, release_records, sites
from edge.backups.dumps.scratch import scratch_database
from edge.journals import read_journal
from edge.prefect_server import PrefectServer, Run
from edge.settings import Settings
from edge.store import open_store
from edge.store.port import Store
from edge.turns import read_turn
from edge.unsettled import unsettled
from mainstay.colors import COLORS
from mainstay.descriptor.service import Color
from mainstay.errors import MainstayError, NotFinished
from mainstay.journal import Journal
from mainstay.platform import POOL
from mainstay.releases import ReleaseRecord
from mainstay.turn import Holder, Phase

TAKEN_SECONDS = 60.0  # by then a server that is started anew has taken a run
DEPLOYED_SECONDS = 240.0
KEPT_SECONDS = 120.0
NOW_SECONDS = 0.5  # what goes on is read from the store not more often


@dataclass(frozen=True)
class Sent:
    """A release that was sent out, and how that ended."""

    run: Run
    since: datetime
    seconds: float
    met: Met  # by visitors, from the asking to the end


class Site:
    def __init__(self, settings: Settings, environment: str, server: PrefectServer, visitors: Visitors) -> None:
        self._settings, self._server, self._visitors = settings, server, visitors
        self.environment = environment
        self.address = practice_site.addresses(settings)[environment]
        self._told, self._told_at = "", 0.0

    def deployed(self, version: str) -> Waiting[Sent]:
        """Through Prefect, as a person would from its UI; back when the run has ended, however."""
        since, begun = clock.now(), clock.monotonic()
        run = yield from self.started(version)
        ended = yield from until(
            lambda: self._ended(run.id), DEPLOYED_SECONDS, f"the run that deploys {version} had not ended",
            lambda: self.now(version),
        )  # fmt: skip
        return Sent(ended, since, clock.monotonic() - begun, self._visitors.met(since))

    def started(self, version: str) -> Waiting[Run]:
        return (yield from self._asked("deploy", version, version=version))

    def kept(self, story: str, **words: str) -> Waiting[Run]:
        """A story about what is kept here, to its end."""
        run = yield from self._asked(story, story, **words)
        return (
            yield from until(
                lambda: self._ended(run.id), KEPT_SECONDS, f"the run of {story} had not ended",
                lambda: f"{story}: {self._server.progress_of(run.id) or 'it begins'}",
            )
        )  # fmt: skip

    def _asked(self, story: str, what: str, **words: str) -> Waiting[Run]:
        key = clock.new_uuid()  # a server that took it and was not heard is asked for the same run again
        asked = {"system": practice_site.NAME, "environment": self.environment, **words}
        return (
            yield from until(
                lambda: self._server.start(f"{story}/{POOL}", asked, key=key),
                TAKEN_SECONDS, "Prefect had not taken the run", lambda: f"asks Prefect for {what}",
            )
        )  # fmt: skip

    @property
    def uploads(self) -> Path:
        """Where customers' files are."""
        return practice_site.folder(self._settings.home) / self.environment / "uploads"

    @property
    def database(self) -> str:
        """The reference of its address."""
        return f"file://{practice_site.folder(self._settings.home) / self.environment / 'database'}"

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """One beside it, to throw away; its reference."""
        with scratch_database(self._settings.home) as address:
            yield address

    def met(self, since: datetime) -> Met:
        if why := self._visitors.blind:
            raise NotFinished(f"Nobody can tell what visitors of {self.environment} met: {why}.")
        return self._visitors.met(since)

    @property
    def holder(self) -> Holder | None:
        return read_turn(self._store, practice_site.NAME, self.environment).holder

    @property
    def journal(self) -> Journal | None:
        """Of the change in progress."""
        holder = self.holder
        return read_journal(self._store, practice_site.NAME, self.environment, holder.change) if holder else None

    @property
    def settled(self) -> bool:
        """No change is open here."""
        return all(each.environment != self.environment for each in unsettled(self._store))

    @property
    def color(self) -> Color | None:
        """What users get, if it is well; as the proxy says it."""
        answer = sites.look(f"{self.address}{PAGE}")
        return next((color for color in COLORS if color == answer.shows and answer.status == 200), None)

    @property
    def record(self) -> ReleaseRecord:
        """Of the release that was sent out last."""
        return release_records.records(self._store, practice_site.NAME, self.environment, home=self._settings.home)[0]

    def now(self, version: str) -> str:
        """For a person who waits: what its journal says is being done."""
        if clock.monotonic() - self._told_at > NOW_SECONDS:
            self._told, self._told_at = self._step(), clock.monotonic()
        return f"{version}: {self._told}"

    def _step(self) -> str:
        try:
            turn = read_turn(self._store, practice_site.NAME, self.environment)
            journal = self.journal
        except MainstayError as reason:
            return str(reason)
        if journal is None or not journal.entries:
            return "it is built"
        if turn.phase is Phase.WATCHING:
            return "users have it, it is watched"
        last = journal.entries[-1]
        return (f"{last.kind} {last.step}" if last.kind != "step" else last.step).removesuffix(" on main")

    @property
    def _store(self) -> Store:
        return open_store(self._settings)

    def _ended(self, id: str) -> Run | None:
        found = self._server.run(id)
        return found if found and found.ended else None
