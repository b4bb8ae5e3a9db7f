"""From a commit to an artifact in the store: built once, in a scratch folder, by commands that see nothing of ours.

Nothing that runs changes with it. Killed in it, or failed, it leaves nothing; two builders at once each build,
and what the first one recorded is what counts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from edge import archives, artifacts, clock, marks, private, processes
from edge.archives import ArchiveRefused
from edge.durable import told
from edge.repositories import Repository
from edge.scratch import scratch
from edge.secrets.redaction import redact
from edge.settings import Settings
from edge.store.port import Store
from mainstay import builds
from mainstay.builds import Artifact, BuildRecord, Stage, StageTime
from mainstay.descriptor.system import System
from mainstay.errors import BuildFailed, CommandFailed

Progress = Callable[[int, int, str], None]  # how many steps are done, of how many, and what comes now


@dataclass(frozen=True)
class Work:
    """What is built, for what, and where it is told."""

    settings: Settings
    store: Store
    repository: Repository
    system: System
    environment: str
    commit: str
    progress: Progress = lambda _done, _of, _what: None

    @property
    def stages(self) -> tuple[Stage, ...]:
        return builds.stages(self.system, self.environment, str(self.settings.home))

    @property
    def section(self) -> str:
        return builds.section_of(self.system, self.environment, str(self.settings.home))

    @property
    def log(self) -> Path:
        return self.settings.logs / "builds" / f"{self.system.name}-{self.commit[:12]}-{self.section[:8]}.log"

    def tell(self, done: int, what: str) -> None:
        self.progress(done, len(self.stages) + 2, what)


def build(work: Work) -> BuildRecord:
    """What stands in the store of this commit and this section of the descriptor, built now if nothing does."""
    builds.judge_buildable(work.system)
    if (standing := artifacts.built(work.store, work.system.name, work.commit, work.section)) is not None:
        return standing
    builds_here = work.settings.home / "builds"
    try:
        with scratch(builds_here, f"{work.system.name}-{work.commit[:12]}") as place:
            return artifacts.record(work.store, work.system.name, _built(work, place))
    except OSError as reason:
        raise BuildFailed(
            f"{_what(work)} was not built, and nothing was changed: {told(reason, builds_here)}"
        ) from reason


def _built(work: Work, place: Path) -> BuildRecord:
    source, archive = place / "source", place / "artifact"
    work.tell(0, f"fetching {work.commit[:12]}")
    committed_at = work.repository.committed_at(work.commit)
    work.repository.export(work.commit, source)
    (place / "tmp").mkdir()
    home = private.folder(private.folder(work.settings.home / "builds" / "homes") / work.system.name)
    environment = {
        "HOME": str(home),  # caches stay in it; a person's own holds his keys
        "TMPDIR": str(place / "tmp"),
        "SOURCE_DATE_EPOCH": str(int(committed_at.timestamp())),
        marks.CHANGE: f"build-{work.commit[:12]}",  # so keeper ends what we leave if we are killed
        marks.CHANGE_BY: marks.signature(work.settings.home),
    }
    times = tuple(_staged(work, number, stage, source, environment) for number, stage in enumerate(work.stages, 1))
    work.tell(len(work.stages) + 1, "packing and keeping the artifact")
    with archive.open("wb") as out:
        artifact = _packed(work, source, out, committed_at)
    artifacts.keep(work.store, work.system.name, artifact, archive)
    return BuildRecord(work.commit, work.section, artifact, times, clock.now())


def _staged(work: Work, number: int, stage: Stage, source: Path, environment: dict[str, str]) -> StageTime:
    work.tell(number, f"stage {stage.name}")
    begun, limit = clock.monotonic(), work.system.build.deadline_seconds
    try:
        output = processes.run(
            stage.argv, cwd=source, environment=environment, deadline_seconds=limit, bare=True, leaves_nothing=True
        )
    except (CommandFailed, FileNotFoundError, PermissionError) as reason:
        raise _failed(work, stage, str(reason)) from reason
    seconds = round(clock.monotonic() - begun, 3)
    _log(
        work,
        f"## stage {stage.name}: {redact(' '.join(stage.argv))}\n{output.text}## exit {output.exit}, {seconds} s\n",
    )
    if output.exit != 0:
        raise _failed(work, stage, f"exit {output.exit}. It said last:\n{builds.last_lines(output.text)}\n")
    return StageTime(stage.name, seconds)


def _failed(work: Work, stage: Stage, why: str) -> BuildFailed:
    argv = redact(" ".join(stage.argv))
    return BuildFailed(
        f"{_what(work)} was not built, and nothing was changed: stage {stage.name} ({argv}) failed: {why} "
        f"All of its output: {work.log}. Mend the code or build.stages of {work.system.name}.yaml, then deploy again."
    )


def _packed(work: Work, source: Path, out: BinaryIO, committed_at: datetime) -> Artifact:
    try:
        return archives.pack(source, work.system.build.artifact, out, at=committed_at)
    except ArchiveRefused as reason:
        raise BuildFailed(f"{_what(work)} was not built, and nothing was changed: {reason}.") from reason


def _log(work: Work, text: str) -> None:
    private.folder(work.log.parent)
    before = work.log.read_text() if work.log.exists() else ""
    private.write(work.log, before + text, durable=False)


def _what(work: Work) -> str:
    return f"{work.system.name} {work.commit[:12]}"
