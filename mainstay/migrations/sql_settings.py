"""Settings that a migration makes for itself: which leave the meaning of all other words as it is."""

from collections.abc import Iterator

from mainstay.migrations.sql_reading import Finding, Reader

LONGEST_LOCK_SECONDS = 10.0  # users that wait longer behind a migration have given up
HARMLESS = {
    *("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "client_min_messages"),
    *("work_mem", "maintenance_work_mem", "application_name", "check_function_bodies", "xmloption"),
    *("default_tablespace", "default_table_access_method", "escape_string_warning", "timezone"),
}
SO_ANYWAY = {
    "standard_conforming_strings": ("on", "'on'", "true", "'true'", "1"),
    "client_encoding": ("utf8", "'utf8'", "'UTF8'", "'utf-8'", "'UTF-8'"),
}
_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "": 0.001}


def judge_setting(reader: Reader, _made: frozenset[str]) -> Iterator[Finding]:
    reader.take("session", "local")
    name, value = reader.word(), reader.rest[-1:]
    if name in HARMLESS:
        waits = name == "lock_timeout" and value not in ((), ("default",)) and _seconds(value[0]) > LONGEST_LOCK_SECONDS
        warning = f"sets lock_timeout to {value[0]}: users wait behind it that long. Leave it out" if waits else ""
        yield Finding("expand", "holds for the migration alone", warning=warning)
    elif value and value[0] in SO_ANYWAY.get(name, ()):
        yield Finding("expand", "says what is so anyway")
    else:
        yield Finding("untellable", f"sets {name or 'something'}, and with that the same words may mean another thing")


def _seconds(said: str) -> float:
    """Of a time as PostgreSQL writes it; 0 turns the limit off, and what cannot be read may be anything."""
    text = said.strip("'").replace(" ", "")
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = _UNITS.get(text[len(digits) :])
    if unit is None or not (digits.isascii() and digits.isdecimal()) or int(digits) == 0:
        return float("inf")
    return int(digits) * unit
