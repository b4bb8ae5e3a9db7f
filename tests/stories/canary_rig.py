"""Secrets that are easily known again, and a search for them wherever they could have come."""

import os
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote, quote_plus

import psycopg


def canary(name: str) -> str:
    """With characters that base64, addresses and JSON write differently."""
    return f"kan-{name}/{token_hex(8)}+"


def dresses(secret: str) -> frozenset[bytes]:
    """Plain, as an address and as base64 at whatever place of a longer text."""
    raw = secret.encode()
    found = {raw, quote(secret).encode(), quote(secret, safe="").encode(), quote_plus(secret).encode()}
    for before in range(3):
        encoded = b64encode(b"\0" * before + raw)
        found.add(encoded[(0, 2, 3)[before] : -4])
    return frozenset(found)


@dataclass
class Search:
    """Where it looked and found something, for each secret that is to be nowhere."""

    secrets: dict[str, str] = field(default_factory=dict)  # by name
    said: list[bytes] = field(default_factory=list)  # console, notices, arguments: whatever is no file and no row

    def in_bytes(self, place: str, data: bytes) -> list[str]:
        found = (name for name, secret in self.secrets.items() if any(each in data for each in dresses(secret)))
        return [f"{name} in {place}" for name in found]

    def in_what_was_said(self) -> list[str]:
        return [found for said in self.said for found in self.in_bytes(f"«{said[:80]!r}»", said)]

    def in_files(self, folder: Path, *, spared: frozenset[Path] = frozenset()) -> list[str]:
        """The folder may be in use: what is gone before it was read is nowhere any more."""
        found, read = list[str](), 0
        for file in _files(folder):
            if file not in spared:
                with suppress(FileNotFoundError):
                    found += self.in_bytes(str(file), file.read_bytes())
                    read += 1
        assert read
        return found

    def in_rows(self, address: str) -> list[str]:
        tables = dict(rows(address))
        assert {"log", "flow_run", "flow_run_state", "task_run", "artifact", "events"} <= tables.keys()
        return [found for table, data in tables.items() for found in self.in_bytes(f"table {table}", data)]


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):  # unlike rglob it passes over folders that are gone
        yield from (file for name in names if (file := Path(place, name)).is_file())


def rows(address: str) -> Iterator[tuple[str, bytes]]:
    """Every table of the database, as text."""
    with psycopg.connect(address) as connection:
        names = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        for (name,) in names:
            with connection.cursor().copy(f'copy "{name}" to stdout') as taken:
                yield str(name), b"".join(bytes(block) for block in taken)


@contextmanager
def arguments_of_all() -> Iterator[set[bytes]]:
    """The words of every process that was seen while we were inside."""
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    seen.add((process / "cmdline").read_bytes())
                except OSError:
                    continue  # it ended meanwhile

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()
