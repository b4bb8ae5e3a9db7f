"""A program that is to run as long as this installation is up."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Program:
    name: str  # "database", "server", "worker", "gateway", "site"
    argv: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # may hold secrets: never shown
    needs: tuple[str, ...] = ()  # started only when these are ready
    ready: str | None = None  # "http://127.0.0.1:4200/api/health" or "tcp://127.0.0.1:5432"; None: alive is enough
    hung_after_seconds: float = 60  # alive but not ready for so long: ended and started again
    stop_signal: Literal["TERM", "INT"] = "TERM"  # PostgreSQL's fast shutdown is INT
    stop_seconds: float = 10
