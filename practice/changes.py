"""The releases of the CRM, good and bad: what each changes in the one before. ``releases`` makes commits of them."""

from dataclasses import dataclass, field

BEHAVIOUR, LOOK, CONTACTS = "crm/behaviour.py", "crm/look.py", "crm/contacts.py"


@dataclass(frozen=True)
class Change:
    tag: str
    after: str | None  # the tag it is built on
    says: str  # the message of the commit
    words: tuple[tuple[str, str, str], ...] = ()  # in which file, what was written, what is written now
    files: dict[str, str] = field(default_factory=dict)  # whole new ones


def visible(number: int, accent: str, greeting: str) -> tuple[tuple[str, str, str], ...]:
    """What a person sees; every version changes the same lines of the first one."""
    return (
        (LOOK, 'VERSION = "{}"', f'VERSION = "{number}"'),
        (LOOK, 'ACCENT = "{}"', f'ACCENT = "{accent}"'),
        (LOOK, 'GREETING = "{}"', f'GREETING = "{greeting}"'),
    )


def migration(name: str, kind: str, sql: str) -> dict[str, str]:
    return {f"crm/migrations/{name}.sql": f"-- kind: {kind}\n\n{sql}\n"}


def bad(name: str, says: str, was: str, now: str) -> Change:
    return Change(f"bad-{name}", "v3", says, ((BEHAVIOUR, was, now),))


def expand_migration(number: int) -> Change:
    """One of e1 to e5: each adds a column that nobody uses yet."""
    sql = f"alter table deals add column extra_{number} text;"
    files = migration(f"{number + 4:04}_extra_{number}", "expand", sql)
    return Change(f"e{number}", f"e{number - 1}" if number > 1 else "v3", f"Make room for extra {number}", files=files)


NEWSLETTER = ("COUNTED = (", 'COUNTED = (("who want the newsletter", "count(*) filter (where newsletter)"), ')
RENAME = "alter table contacts rename column phone to telephone;"
TELEPHONE = (
    (CONTACTS, "count(phone)", "count(telephone)"),
    (CONTACTS, 'company, phone, email"', 'company, telephone as phone, email"'),
)

GOOD = (
    Change("v1", None, "Begin a small CRM"),
    Change(
        "v2",
        "v1",
        "Ask who wants the newsletter",
        (*visible(2, "#0f766e", "Now with a newsletter."), (CONTACTS, *NEWSLETTER)),
        migration("0004_newsletter", "expand", "alter table contacts add column newsletter boolean;"),
    ),
    Change("v3", "v2", "Greet in purple", visible(3, "#6d28d9", "Good to see you.")),
    Change("v4", "v3", "Greet in orange", visible(4, "#c2410c", "Welcome back.")),
    Change("v5", "v4", "Greet in red", visible(5, "#be123c", "What shall we sell today?")),
    Change("v6", "v5", "Greet in blue again", visible(6, "#1d4ed8", "Everything at hand.")),
)
BAD = (
    bad("boot", "Die at boot", "DIES_AT_BOOT = False", "DIES_AT_BOOT = True"),
    bad("never-ready", "Never be ready", "NEVER_READY = False", "NEVER_READY = True"),
    bad("errors-100", "Answer every page with an error", "ERROR_SHARE = 0.0", "ERROR_SHARE = 1.0"),
    bad("errors-20", "Answer every fifth page with an error", "ERROR_SHARE = 0.0", "ERROR_SHARE = 0.2"),
    bad("errors-5", "Answer every twentieth page with an error", "ERROR_SHARE = 0.0", "ERROR_SHARE = 0.05"),
    bad("slow", "Take three times as long", "SLOWNESS = 1.0", "SLOWNESS = 3.0"),
    bad("worker", "Let the worker die", "WORKER_DIES = False", "WORKER_DIES = True"),
    Change(
        "bad-migration",
        "v3",
        "Add a column to a table that is not there",
        files=migration("0005_fails", "expand", "create table labels (name text);\nalter table lables add color text;"),
    ),
    Change(
        "bad-non-expand",
        "v3",
        "Rename a column that the version before uses, and say so",
        TELEPHONE,
        migration("0005_telephone", "contract", RENAME),
    ),
    Change(
        "bad-lying",
        "v3",
        "Rename a column that the version before uses, and call it harmless",
        TELEPHONE,
        migration("0005_telephone", "expand", RENAME),
    ),
)
CHANGES = (*GOOD, *BAD, *(expand_migration(number) for number in range(1, 6)))
