"""One schema or one table out of a dump, with what it cannot be without and what hangs on it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mainstay.backups.pg_archive import Contents, Entry
from mainstay.errors import BadInput

HANGING = {  # on a table: it is not the same without them
    *("TABLE DATA", "DEFAULT", "CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT", "INDEX", "INDEX ATTACH", "TRIGGER"),
    *("RULE", "POLICY", "ROW SECURITY", "STATISTICS", "STATISTICS DATA", "COMMENT", "ACL", "SECURITY LABEL"),
    *("SEQUENCE", "SEQUENCE OWNED BY", "SEQUENCE SET"),
}
FOUNDATIONS = {  # what something else may be made of; of a table only its form, not its rows
    *("SCHEMA", "EXTENSION", "TYPE", "SHELL TYPE", "DOMAIN", "COLLATION", "FUNCTION", "AGGREGATE", "OPERATOR"),
    *("OPERATOR CLASS", "OPERATOR FAMILY", "CAST", "SEQUENCE", "TABLE", "VIEW"),
}
REFERENCE = "FK CONSTRAINT"


@dataclass(frozen=True)
class Selection:
    ids: tuple[int, ...]  # of the entries, in the order of the dump
    left_out: tuple[str, ...]  # references to tables that are not among them


def select(contents: Contents, schema: str, table: str | None = None) -> Selection:
    by_id = {each.id: each for each in contents.entries}
    wanted = {each.id for each in _core(contents, schema, table)}
    while more := {*_hanging(contents, wanted, schema), *_foundations(by_id, wanted)} - wanted:
        wanted |= more
    broken = {each for each in wanted if _leads_out(by_id, by_id[each], wanted)}
    return Selection(
        tuple(each.id for each in contents.entries if each.id in wanted - broken),
        tuple(sorted(f"{by_id[each].schema}.{by_id[each].name}" for each in broken)),
    )


def _core(contents: Contents, schema: str, table: str | None) -> list[Entry]:
    if schema not in contents.schemas:
        raise BadInput(
            f"The dump of {contents.database} holds no schema {schema!r}, so nothing was restored. It holds: "
            f"{', '.join(contents.schemas) or 'none'}."
        )
    if table is None:
        return [each for each in contents.entries if each.schema == schema]
    found = [each for each in contents.entries if (each.kind, each.schema, each.name) == ("TABLE", schema, table)]
    if not found:
        raise BadInput(
            f"The dump of {contents.database} holds no table {table!r} in {schema!r}, so nothing was restored. It "
            f"holds: {', '.join(each.name for each in contents.of(schema)) or 'none'}."
        )
    return found


def _hanging(contents: Contents, wanted: set[int], schema: str) -> Iterator[int]:
    """Not on what is only a foundation: the rows of another schema's table are nobody's here."""
    ours = {each.id: each for each in contents.entries if each.id in wanted and each.schema == schema}
    tables = tuple(f"{each.name} " for each in ours.values() if each.kind == "TABLE")
    for each in contents.entries:
        if each.kind in HANGING and ours.keys() & each.needs:
            theirs = each.schema != schema or not each.name.startswith(tables)  # another table's, to one of ours
            if each.kind != REFERENCE or not theirs:
                yield each.id


def _foundations(by_id: dict[int, Entry], wanted: Iterable[int]) -> Iterator[int]:
    for each in wanted:
        if by_id[each].kind != REFERENCE:
            yield from (need for need in by_id[each].needs if need in by_id and by_id[need].kind in FOUNDATIONS)


def _leads_out(by_id: dict[int, Entry], entry: Entry, wanted: set[int]) -> bool:
    """A reference to a table whose rows do not come along would refuse every row."""
    if entry.kind != REFERENCE:
        return False
    filled = {need for each in wanted if by_id[each].kind == "TABLE DATA" for need in by_id[each].needs}
    return any(need in by_id and by_id[need].kind == "TABLE" and need not in filled for need in entry.needs)
