"""The files that move the schema, and which of them a database has had. Reads; moves nothing."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

FOLDER = Path(__file__).with_name("migrations")
HEADER = re.compile(r"^-- kind: (expand|contract|data)$", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Migration:
    name: str
    sql: str

    @property
    def kind(self) -> str | None:
        found = HEADER.search(self.sql)
        return found.group(1) if found else None


def migrations(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """In the order they are run in."""
    return tuple(sorted(Migration(path.stem, path.read_text(encoding="utf-8")) for path in folder.glob("*.sql")))


def applied(connection: "Connection[Any]") -> frozenset[str]:
    """None at all in a database that was never moved."""
    found = connection.execute("select to_regclass('schema_migrations') is not null").fetchone()
    if found is None or not found[0]:
        return frozenset()
    return frozenset(row[0] for row in connection.execute("select name from schema_migrations"))


def head(names: frozenset[str]) -> str:
    return max(names, default="none")


def pending(names: frozenset[str]) -> tuple[Migration, ...]:
    return tuple(each for each in migrations() if each.name not in names)
