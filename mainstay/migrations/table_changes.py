"""What an ALTER TABLE means for a release that still runs and knows nothing of it: one finding for each action."""

from collections.abc import Iterator

from mainstay.migrations.sql import depths
from mainstay.migrations.sql_reading import Finding, Reader, behind, calls, says

CONSTRAINTS = ("constraint", "check", "foreign", "unique", "primary", "exclude", "not")
MORE_OF_A_COLUMN = {"not", "null", "check", "unique", "primary", "references", "constraint", "collate", "generated"}
EACH_ITS_OWN = {"random", "gen_random_uuid", "uuid_generate_v4", "clock_timestamp", "nextval"}
COUNTED = {"serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"}
REWRITES = "the whole table is written anew, and nobody can even read it meanwhile"
READS_ALL = "every row is checked, and nobody can write meanwhile"
FILL_LATER = "Add the column without it, set the default for new rows, fill the old ones in portions"
VALIDATE_LATER = "Write NOT VALID, and VALIDATE CONSTRAINT in a later migration"


def judge_table_changes(reader: Reader, made: frozenset[str]) -> Iterator[Finding]:
    reader.take("if exists")
    reader.take("only")
    table = reader.name()
    reader.take("*")
    if table in made and reader.next not in ("inherit", "attach"):
        yield Finding("expand", "changes a table that was made just now")
        return
    for action in _parts(reader.rest):
        yield _action(Reader(action), table)


def _parts(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Between commas that stand outside of all brackets."""
    begin = 0
    for at, (word, depth) in enumerate(zip(words, depths(words), strict=False)):
        if (word, depth) == (",", 0):
            yield words[begin:at]
            begin = at + 1
    yield words[begin:]


def _action(action: Reader, table: str) -> Finding:
    if action.take("add column") or (action.next == "add" and action.words[1:2] and action.words[1] not in CONSTRAINTS):
        action.take("add")
        return _column(action, table)
    if action.take("add"):
        return _constraint(action, table)
    if action.take("alter"):
        return _altered_column(action, table)
    if action.take("validate constraint"):
        return Finding("expand", "checks the rows that are there, beside all work")
    if action.take("drop"):
        kept = action.next == "constraint" and "cascade" not in action.rest
        return Finding("contract", "takes away what the old release may still use", loses=not kept)
    if action.take("rename", "set schema"):
        return Finding("contract", "takes a name away that the old release may use")
    if action.take("enable row level security", "force row level security", "detach partition"):
        return Finding("contract", "hides rows from the old release")
    if action.take("set (", "reset ("):
        return Finding("expand", "changes how a table is kept, not what is in it")
    return Finding("untellable", f"changes {table} in a way that cannot be told by reading it")


def _column(action: Reader, table: str) -> Finding:
    action.take("if not exists")
    name = action.name()
    kind, rest = action.next, action.rest
    fills = kind in COUNTED or says(rest, "generated")
    default = _default(rest)
    if (says(rest, "not null") or says(rest, "primary key")) and not fills and default in ((), ("null",)):
        return Finding("contract", f"refuses every row that the old release writes, since it does not know {name}")
    return Finding("expand", f"adds {name} to {table}, and the old release need not know", warning=_felt(rest, default))


def _default(rest: tuple[str, ...]) -> tuple[str, ...]:
    """The words of the value that a new column is given, if it is given one."""
    value = behind(rest, "default") or ()
    levels = depths(value)
    ends = (at for at, word in enumerate(value) if at and levels[at] == 0 and word in MORE_OF_A_COLUMN)
    return value[: next(ends, len(value))]


def _felt(rest: tuple[str, ...], default: tuple[str, ...]) -> str:
    """What users feel while the column is added."""
    counted = bool(COUNTED & set(rest[:1])) or says(rest, "identity") or says(rest, "stored")
    if counted or calls(default) or EACH_ITS_OWN & set(default):
        return f"{REWRITES}. {FILL_LATER}"
    if says(rest, "unique") or says(rest, "check") or (says(rest, "references") and default):
        return f"{READS_ALL}. Add the column alone, then the rule: {VALIDATE_LATER}"
    return ""


def _constraint(action: Reader, table: str) -> Finding:
    if says(action.rest, "not valid"):
        note = f"from now on {table} refuses rows that break it: the old release must write none"
        return Finding("expand", "is not asked of the rows that are there", warning=note)
    locks = f"{READS_ALL}. {VALIDATE_LATER}"
    return Finding("contract", f"refuses rows that the old release may still write to {table}", warning=locks)


def _altered_column(action: Reader, table: str) -> Finding:
    action.take("column")
    name = action.name()
    if action.take("type", "set data type"):
        return Finding("contract", f"changes what {name} is for the old release", loses=True, warning=REWRITES)
    if action.take("set not null"):
        return Finding("contract", "refuses rows that the old release may still write", warning=READS_ALL)
    if action.take("drop not null"):
        note = f"the old release may read an empty {name} that the new one wrote to {table}"
        return Finding("expand", "refuses less than before", warning=note)
    if action.take("set default"):
        return Finding("expand", f"fills {name} where the old release leaves it out")
    if action.take("drop"):
        return Finding("contract", f"takes away what fills {name} for the old release")
    if action.take("set statistics", "set storage", "set compression", "set (", "reset ("):
        return Finding("expand", "changes how a column is kept, not what is in it")
    return Finding("untellable", f"changes {name} in a way that cannot be told by reading it")
