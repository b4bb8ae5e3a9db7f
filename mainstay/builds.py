"""What is built of a commit, and which release that makes."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from mainstay.configurations import configuration_of
from mainstay.descriptor.placeholders import filled
from mainstay.descriptor.system import System
from mainstay.errors import BadInput
from mainstay.releases import Release

LAST_LINES = 15  # of a stage that failed: enough for a test's name and its traceback
LONGEST_TAIL = 2000
RESERVE_BYTES = 64 * 1024 * 1024  # left free on a host beside what is unpacked there


@dataclass(frozen=True)
class Stage:
    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True)
class StageTime:
    name: str
    seconds: float


@dataclass(frozen=True)
class Artifact:
    digest: str  # the sha256 of the archive as it lies in the store
    size_bytes: int
    unpacked_bytes: int
    files: int


@dataclass(frozen=True)
class BuildRecord:
    """What stays in the store of one build: of every commit and section there is one."""

    commit: str
    section: str  # the sha256 of what the descriptor says of building
    artifact: Artifact
    stages: tuple[StageTime, ...]
    at: datetime

    @property
    def seconds(self) -> float:
        return sum(stage.seconds for stage in self.stages)


def stages(system: System, environment: str, home: str) -> tuple[Stage, ...]:
    words = {"home": home, "system": system.name, "environment": environment}
    return tuple(
        Stage(name, tuple(filled(word, **words) for word in argv)) for name, argv in system.build.stages.items()
    )


def section_of(system: System, environment: str, home: str) -> str:
    """Environments whose stages say the same share what is built."""
    said = [[stage.name, *stage.argv] for stage in stages(system, environment, home)]
    return _digest({"stages": said, "artifact": list(system.build.artifact)})


def judge_buildable(system: System) -> None:
    if system.build.images:
        raise BadInput(
            f"{system.name} describes container images (build.images: {', '.join(system.build.images)}), and this "
            "version builds only plain archives. Take them out of its descriptor, with the services that run them."
        )


def release_of(system: System, environment: str, commit: str, artifact: str) -> Release:
    return Release(commit, artifact, configuration_of(system, environment).digest)


def last_lines(output: str) -> str:
    """The end of what a stage said; where it went wrong is mostly there."""
    return "\n".join(output.rstrip().splitlines()[-LAST_LINES:])[-LONGEST_TAIL:] or "(it said nothing)"


def needed_bytes(artifact: Artifact | None) -> int:
    """What must be free on a host before this is unpacked there; its blocks take more room than its bytes."""
    return RESERVE_BYTES + (artifact.unpacked_bytes + 4096 * artifact.files if artifact else 0)


def _digest(said: object) -> str:
    return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
