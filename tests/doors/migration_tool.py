"""A system's own migration tool, as small as one can be: python migration_tool.py move|head|print."""

import os
import sys
from pathlib import Path

import psycopg

HERE = Path(__file__).parent


def main(what: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
        done = _done(database)
        files = [file for file in sorted((HERE / "migrations").glob("*.sql")) if file.stem not in done]
        if what == "head":
            sys.stdout.write(max(done, default="none"))
        elif what == "print":
            sys.stdout.write("\n".join(f"-- migration: {file.stem}\n{file.read_text()}" for file in files))
        else:
            for file in files:
                _apply(database, file)


def _done(database: "psycopg.Connection[tuple[object, ...]]") -> set[str]:
    if database.execute("select to_regclass('schema_migrations')").fetchone() == (None,):
        return set()
    return {str(row[0]) for row in database.execute("select name from schema_migrations")}


def _apply(database: "psycopg.Connection[tuple[object, ...]]", file: Path) -> None:
    database.execute("create table if not exists schema_migrations (name text primary key)")
    with database.transaction():
        database.execute(file.read_bytes())
        database.execute("insert into schema_migrations values (%s)", [file.stem])


if __name__ == "__main__":
    main(sys.argv[1])
