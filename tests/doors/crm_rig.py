"""The CRM as a site runs it: a release's tree, its own Python, real processes of one color and another."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx

from edge.ports import free_ports
from practice import releases, venv
from tests.doors.crm_database import Postgres, rows
from tests.waiting import until

SECRET = "a long random text"
NO_TLS = False  # or each request would first read every authority there is: 30 ms
LOGIN = {"name": "demo", "password": "practice"}


@cache
def python() -> Path:
    """Kept between the runs of the tests, like what pip has downloaded."""
    cached = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return venv.lay_out(cached / "mainstay-tests" / "crm-venv")


class Trees:
    """The trees of the releases, each exported once."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.repository = folder, folder / "practice.git"
        self.tags = releases.lay_out(self.repository)

    def of(self, tag: str) -> Path:
        tree = self.folder / tag
        if not tree.exists():
            tree.mkdir()
            words = [
                "--git-dir",
                str(self.repository),
                "--work-tree",
                str(tree),
                "checkout",
                "--force",
                tag,
                "--",
                ".",
            ]
            releases.git(words)
        return tree


@dataclass(frozen=True)
class Web:
    process: "subprocess.Popen[bytes]"
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **more: str) -> httpx.Response:
        return httpx.get(f"{self.address}{path}", headers=more, timeout=20, verify=NO_TLS)

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Logged in."""
        with httpx.Client(base_url=self.address, timeout=20, verify=NO_TLS) as made:
            made.post("/login", data=LOGIN)
            yield made

    def is_ready(self) -> bool:
        return self.status("/health") == 200

    def status(self, path: str) -> int | None:
        try:
            return self.get(path).status_code
        except httpx.TransportError:
            return None

    def leave(self) -> None:
        self.process.terminate()


@dataclass(frozen=True)
class Crm:
    """One database and one folder of attachments, for whatever colors and releases."""

    postgres: Postgres
    trees: Trees
    database: str
    folder: Path

    @classmethod
    @contextmanager
    def on(cls, postgres: Postgres, trees: Trees) -> Iterator["Crm"]:
        folder = Path(tempfile.mkdtemp(dir=trees.folder))
        with postgres.database() as address:
            yield cls(postgres, trees, address, folder)

    @property
    def environment(self) -> dict[str, str]:
        words = {"DATABASE_URL": self.database, "SECRET_KEY": SECRET, "UPLOADS": str(self.folder / "uploads")}
        return {"PATH": os.defpath, "MAINSTAY_RELEASE": "r-1", **words}

    def run(self, *words: str, tag: str = "v1", **more: str) -> "subprocess.CompletedProcess[str]":
        argv = [str(python()), *words]
        environment = {**self.environment, **more}
        return subprocess.run(argv, cwd=self.trees.of(tag), env=environment, capture_output=True, text=True, timeout=60)

    def migrate(self, *words: str, tag: str = "v1", **more: str) -> str:
        told = self.run("-m", "crm.migrate", *words, tag=tag, **more)
        assert told.returncode == 0, told.stderr
        return told.stdout

    @contextmanager
    def web(self, color: str = "blue", tag: str = "v1", *, ready: bool = True) -> Iterator[Web]:
        (port,) = free_ports(1)
        with self.started(["-m", "crm.web", "--port", str(port), "--color", color], tag) as process:
            made = Web(process, port)
            if ready:
                until(made.is_ready, seconds=15)
            yield made

    @contextmanager
    def worker(self, color: str = "blue", tag: str = "v1") -> Iterator["subprocess.Popen[bytes]"]:
        words = ["-m", "crm.worker", "--color", color, "--heartbeat", str(self.heartbeat(color))]
        with self.started(words, tag) as process:
            yield process

    @contextmanager
    def started(self, words: Sequence[str], tag: str) -> Iterator["subprocess.Popen[bytes]"]:
        with (
            (self.folder / "log").open("ab") as log,
            subprocess.Popen(
                [str(python()), *words], cwd=self.trees.of(tag), env=self.environment, stdout=log, stderr=log
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def heartbeat(self, color: str) -> Path:
        return self.folder / f"worker-{color}.alive"

    def enqueue(self, count: int, seconds: float) -> None:
        rows(
            self.database, f"insert into jobs (kind, seconds) select 'mail', {seconds} from generate_series(1, {count})"
        )

    def runs(self) -> list[tuple[object, ...]]:
        """Which job was done by which color, in the order they ended."""
        return rows(self.database, "select job, color from job_runs order by ended_at")

    def waiting(self) -> int:
        return len(rows(self.database, "select 1 from jobs where done_at is null"))


def seconds_of(web: Web, path: str) -> tuple[int | None, float]:
    began = time.monotonic()
    return web.status(path), time.monotonic() - began
