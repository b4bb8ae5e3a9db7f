"""The CRM's way to its database: a few threads, each with a connection of its own, and no long waits for a dead one."""

import asyncio
import select
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import local
from typing import Any, TypeVar

import psycopg

from crm.pulse import Pulse

T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]

CONNECTIONS = 4
LONGEST_SECONDS = 10.0  # longer than a migration may wait for a lock, since users wait behind it
LOOK_SECONDS = 0.25


class Away(Exception):
    """The database does not answer now. It is asked again with the next request."""


class Database:
    def __init__(self, address: str, pulse: Pulse) -> None:
        self._address, self._pulse = address, pulse
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="database")
        self._own = local()

    async def ask(self, question: Callable[[Connection], T]) -> T:
        """The answer, or ``Away``: at once if nobody answers there, and soon if that begins while we wait."""
        if self._pulse.away:
            raise Away
        answer = asyncio.get_running_loop().run_in_executor(self._threads, self._put, question)
        deadline = time.monotonic() + LONGEST_SECONDS
        while not (await asyncio.wait({answer}, timeout=LOOK_SECONDS))[0]:
            if self._pulse.away or time.monotonic() > deadline:
                answer.cancel()
                raise Away
        try:
            return answer.result()
        except psycopg.OperationalError as reason:
            raise Away from reason

    def _put(self, question: Callable[[Connection], T]) -> T:
        connection = self._connection()
        try:
            return question(connection)
        except BaseException:
            connection.close()  # whatever state it is in, the next question begins with a fresh one
            raise

    def _connection(self) -> Connection:
        held: Connection | None = getattr(self._own, "connection", None)
        if held is None or held.closed or hung_up(held):
            held = self._own.connection = connect(self._address)
        return held


def connect(address: str) -> Connection:
    """Prepares no statement behind our back: its plan would break when a migration changes the table."""
    limit = f"-c statement_timeout={LONGEST_SECONDS * 1000:.0f}"
    return psycopg.connect(address, autocommit=True, connect_timeout=2, prepare_threshold=None, options=limit)


def hung_up(connection: Connection) -> bool:
    """A server says nothing on an idle connection unless it is to end it."""
    return bool(select.select([connection.fileno()], [], [], 0)[0])
