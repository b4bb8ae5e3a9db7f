"""One schema or one table out of a dump, with what it cannot be without and what hangs on it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mainstay.backups.dumps.archive import Contents, Entry
from mainstay.errors import BadInput

HANGING = {  # on a table: it is not the same without them
    *("TABLE DATA", "DEFAULT", "CONSTRAINT", "CHECK CONSTRAINT", "INDEX", "TRIGGER"),
    *("RULE", "POLICY", "ROW SECURITY", "STATISTICS", "STATISTICS DATA", "COMMENT", "ACL", "SECURITY LABEL"),
    *("SEQUENCE", "SEQUENCE OWNED BY", "SEQUENCE SET"),
}
FOUNDATIONS = {  # what something else may be made of; of a table only its form, not its rows
    *("SCHEMA", "EXTENSION", "TYPE", "SHELL TYPE", "DOMAIN", "COLLATION", "FUNCTION", "AGGREGATE", "OPERATOR"),
    *("OPERATOR CLASS", "OPERATOR FAMILY", "CAST", "SEQUENCE", "TABLE", "VIEW"),
}
ON_A_SCHEMA = {"COMMENT", "ACL", "SECURITY LABEL"}
REFERENCE, DIVIDED = "FK CONSTRAINT", "TABLE ATTACH"
LINKS = {REFERENCE, "INDEX ATTACH"}  # they need two, and bring neither


@dataclass(frozen=True)
class Part:
    """One schema (a tenant's), or one table of it, instead of everything."""

    schema: str
    table: str | None = None

    def __str__(self) -> str:
        return self.schema if self.table is None else f"{self.schema}.{self.table}"


@dataclass(frozen=True)
class Selection:
    ids: tuple[int, ...]  # of the entries, in the order of the dump
    left_out: tuple[str, ...]  # references to tables that are not among them


def read_part(text: str) -> Part | None:
    """A schema, or ``schema.table``; whose own name has a dot cannot be meant so. None: everything."""
    schema, _, table = text.partition(".")
    return Part(schema, table or None) if schema else None


def select(contents: Contents, part: Part) -> Selection:
    by_id = {each.id: each for each in contents.entries}
    kept = {each.id for each in _core(contents, part.schema, part.table)}  # with all that is theirs
    forms = set[int]()  # what that is made of
    size = 0
    while size != (size := len(kept) + len(forms)):
        kept |= set(_hanging(by_id, kept, forms))
        forms |= set(_foundations(by_id, kept | forms)) - kept
    wanted = kept | forms
    lonely = {each for each in wanted if not _holds(by_id, by_id[each], kept, wanted)}
    return Selection(
        tuple(each.id for each in contents.entries if each.id in wanted - lonely),
        tuple(sorted(_named(by_id[each]) for each in lonely if by_id[each].kind == REFERENCE)),
    )


def _core(contents: Contents, schema: str, table: str | None) -> list[Entry]:
    if schema not in contents.schemas:
        raise BadInput(
            f"The dump of {contents.database} holds no schema {schema!r}, so nothing was restored. It holds: "
            f"{', '.join(contents.schemas) or 'none'}."
        )
    if table is None:
        return [each for each in contents.entries if schema == (each.name if each.kind == "SCHEMA" else each.schema)]
    found = [each for each in contents.entries if (each.kind, each.schema, each.name) == ("TABLE", schema, table)]
    if not found:
        raise BadInput(
            f"The dump of {contents.database} holds no table {table!r} in {schema!r}, so nothing was restored. It "
            f"holds: {', '.join(each.name for each in contents.of(schema)) or 'none'}."
        )
    return _with_divisions(contents, found)


def _with_divisions(contents: Contents, tables: list[Entry]) -> list[Entry]:
    """The rows of a table that is divided lie in its divisions, which may be divided again."""
    found = {each.id: each for each in tables}
    by_id = {each.id: each for each in contents.entries}
    attached = [each for each in contents.entries if each.kind == DIVIDED]
    while more := [
        each
        for link in attached
        if link.id not in found and any(need in found and found[need].name != link.name for need in link.needs)
        for each in (link, *(by_id[need] for need in link.needs if need in by_id))
    ]:
        found.update({each.id: each for each in more})
    return list(found.values())


def _hanging(by_id: Mapping[int, Entry], kept: set[int], forms: set[int]) -> Iterator[int]:
    tables = {each.schema + "." + each.name for each in (by_id[id] for id in kept) if each.kind == "TABLE"}
    counted = {id for id in forms if by_id[id].kind == "SEQUENCE"}  # without its value it would begin anew
    schemas = {id for id in kept if by_id[id].kind == "SCHEMA"}
    for each in by_id.values():
        if each.kind == REFERENCE:  # it needs two tables, and is the first one's
            hangs = any(_named(each).startswith(f"{table} ") for table in tables)
        elif each.kind == "INDEX ATTACH":
            hangs = kept.issuperset(need for need in each.needs if need in by_id)
        else:
            bearing = kept if each.kind in ON_A_SCHEMA else kept - schemas
            hangs = each.kind in HANGING and not (bearing | counted).isdisjoint(each.needs)
        if hangs:
            yield each.id


def _foundations(by_id: Mapping[int, Entry], wanted: Iterable[int]) -> Iterator[int]:
    for each in wanted:
        if by_id[each].kind not in LINKS:
            yield from (need for need in by_id[each].needs if need in by_id and by_id[need].kind in FOUNDATIONS)


def _holds(by_id: Mapping[int, Entry], entry: Entry, kept: set[int], wanted: set[int]) -> bool:
    """Both ends of a link come along. A reference to a table whose rows do not come along would refuse every row."""
    if entry.kind not in LINKS:
        return True
    needs = [by_id[need] for need in entry.needs if need in by_id]
    if entry.kind == REFERENCE:
        return all(need.id in kept for need in needs if need.kind == "TABLE")
    return all(need.id in wanted for need in needs)


def _named(entry: Entry) -> str:
    return f"{entry.schema}.{entry.name}"
