"""A real repository, the descriptor of what is built from it, and an installation that builds."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from edge.builds import Work
from edge.repositories import Repository, repository
from edge.settings import Settings, read_settings
from edge.store import open_place
from edge.store.port import Door
from mainstay.descriptor.parsing import parse_system
from mainstay.descriptor.system import System
from tests.doors.store_rig import ROOT

WHO = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Anna",
    "GIT_AUTHOR_EMAIL": "anna@example.com",
    "GIT_AUTHOR_DATE": "2026-11-20T00:00:00Z",
    "GIT_COMMITTER_NAME": "Anna",
    "GIT_COMMITTER_EMAIL": "anna@example.com",
    "GIT_COMMITTER_DATE": "2026-11-20T00:00:00Z",
    "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin",
}
DESCRIPTOR = """\
name: shop
source:
  repository: {repository}
  branches: {{main: production}}
build:
  stages: {stages}
  artifact: {artifact}
  deadline_seconds: {deadline_seconds}
services:
  bot: {{start: [node, bot.js], heartbeat: {{file: /run/bot}}}}
configuration: {configuration}
environments:
  production: {{hosts: {{main: {{address: local}}}}}}
"""


@dataclass(frozen=True)
class Source:
    """What somebody works in and pushes from."""

    folder: Path

    def git(self, *words: str) -> str:
        argv = ["git", "-C", str(self.folder), *words]
        return subprocess.run(argv, env=WHO, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, **files: str) -> str:
        """The sha; a name with two underscores lies in a folder."""
        for name, text in files.items():
            path = self.folder / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD")


def source(folder: Path) -> Source:
    folder.mkdir(parents=True)
    made = Source(folder)
    made.git("init", "--quiet", "--initial-branch=main")
    return made


def installation(folder: Path) -> Settings:
    return read_settings({"MAINSTAY_HOME": str(folder / "home")})


def shop(
    source: Source,
    *,
    stages: str = "{}",
    artifact: str = "[.]",
    deadline_seconds: float = 60,
    configuration: str = "{}",
) -> System:
    text = DESCRIPTOR.format(
        repository=source.folder,
        stages=stages,
        artifact=artifact,
        deadline_seconds=deadline_seconds,
        configuration=configuration,
    )
    return parse_system(text, "shop.yaml")


def mirrored(source: Source, folder: Path) -> Repository:
    return repository(installation(folder), shop(source))


def kill(rounds: int, step_seconds: float, *words: str) -> list[str]:
    """Do it and be killed in it, ever later; what was found each time."""
    argv = [sys.executable, "-m", "tests.doors.builders", "kill", str(rounds), str(step_seconds), *words]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def work(settings: Settings, system: System, commit: str, store: Door | None = None) -> Work:
    found = repository(settings, system)
    return Work(settings, store or open_place(settings.store), found, system, "production", commit)
