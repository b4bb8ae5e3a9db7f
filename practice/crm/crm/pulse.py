"""Whether the database answers at all, found out apart from the questions of users.

A question of a user may wait for seconds behind a migration that waits for a lock; that is no reason to turn the user
away. A database that does not answer the cheapest of questions is: so that one is asked twice a second on a
connection of its own, and everybody else goes by it.
"""

import time
from threading import Thread

import psycopg

EVERY_SECONDS = 0.5
SILENCE_SECONDS = 2.0  # a question this old without an answer: the database is away
HAS_HAD = "select name from schema_migrations"


class Pulse:
    def __init__(self, address: str, needs: frozenset[str]) -> None:
        self._address, self._needs = address, needs
        self._answers = False
        self._asked_at: float | None = None
        self.missing = needs  # migrations that this release needs and the database has not had

    def start(self) -> None:
        Thread(target=self._go_on, name="pulse", daemon=True).start()

    @property
    def away(self) -> bool:
        """Counted from the question, not from the last answer: we may have been stopped ourselves in between."""
        asked = self._asked_at
        return not self._answers or (asked is not None and time.monotonic() - asked > SILENCE_SECONDS)

    def _go_on(self) -> None:
        while True:
            try:
                with psycopg.connect(self._address, autocommit=True, connect_timeout=2) as connection:
                    while True:
                        self._ask(connection)
                        time.sleep(EVERY_SECONDS)
            except psycopg.Error:
                self._answers, self._asked_at = False, None
            time.sleep(EVERY_SECONDS)

    def _ask(self, connection: "psycopg.Connection[tuple[str]]") -> None:
        self._asked_at = time.monotonic()
        try:
            had = {row[0] for row in connection.execute(HAS_HAD)}
        except psycopg.errors.UndefinedTable:
            had = set()
        self.missing = self._needs - had
        self._answers, self._asked_at = True, None
