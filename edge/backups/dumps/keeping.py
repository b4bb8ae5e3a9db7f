"""A dump on its way into a set."""

from collections.abc import Sequence

from edge.backups.dumps.taking import Moment, dumping
from edge.backups.taking import Taking
from mainstay.backups.pg_versions import Tools
from mainstay.backups.sets import Dump


def keep_dump(
    taking: Taking, address: str, held: Moment, name: str, database: str = "", *, tools: Sequence[Tools] | None = None
) -> Dump:
    """Of a moment that is held; ``name``: of its piece; ``database``: another one than ``address`` names."""
    with dumping(address, database, snapshot=held.snapshot, tools=tools) as dump:
        piece, found = taking.keep(name, dump, dump.finish, packed=dump.packed, slow=True)
    return Dump(piece, found.server, found.tool, held.database, found.tables, held.lsn, found.notes)
