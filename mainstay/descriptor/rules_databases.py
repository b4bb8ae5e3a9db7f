"""What a database cannot have at once."""

from collections.abc import Iterator

from mainstay.descriptor.written import Found, Written


def database_rules(system: Written) -> Iterator[Found]:
    database = system["database"]
    if "snapshots" in database and "stream" in database:
        yield database["stream"].wrong(
            "cannot be had of a managed server: RDS gives its log to nobody. Delete it, or snapshots:."
        )
    if "pgbackrest" in database and "stream" in database:
        yield database["stream"].wrong(
            "would receive the log a second time: pgbackrest: keeps it already. Delete one of the two."
        )
    if "pgbackrest" in database and "snapshots" in database:
        yield database["pgbackrest"].wrong(
            "does not run on a managed server, and snapshots: are of one. Delete one of the two."
        )
