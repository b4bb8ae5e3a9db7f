"""What the files themselves must be like: each rule with examples it must catch and let pass."""

import ast
import re
from collections.abc import Iterator

from tests.knows.house import House, Rule, Source, decorators, dotted

NAMELESS = re.compile(r"(utils?|managers?|helpers?|common|misc)(\.py)?")
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_DECISION = 300, 60, 40
REGISTRY = re.compile(  # written so that it does not find itself
    r"(?:index-url|find-links|trusted-host)[ \t]*[= ][ \t]*[\"']?(?:\w+:/|/)"
    r"|(?<![-\w])registry[ \t]*=[ \t]*\w+:/"
    r"|://[^\s\"'/]*(?:py[p]i\.|pyth[o]nhosted|npm[j]s\.|art[i]factory)"
)


def one_story(source: Source, _: House) -> Iterator[tuple[int, str]]:
    if source.room == "flows":
        flows = [function for function in source.functions if decorators(function) & {"flow", "prefect.flow"}]
        yield from ((function.lineno, f"{function.name} is a second flow") for function in flows[1:])


def logged_away(source: Source, _: House) -> Iterator[tuple[int, str]]:
    if source.in_house and source.room != "residents":
        for handler in (node for node in source.nodes if isinstance(node, ast.ExceptHandler)):
            logs = any(isinstance(statement, ast.Expr) for statement in handler.body)
            if logs and all(_goes_on(statement) for statement in handler.body):
                yield handler.lineno, "catches only to log"


def names(source: Source, _: House) -> Iterator[tuple[int, str]]:
    for part in source.path.split("/"):
        if source.path.endswith(".py") and NAMELESS.fullmatch(part):
            yield 1, f"{part} says nothing"


def sizes(source: Source, _: House) -> Iterator[tuple[int, str]]:
    if source.path.endswith(".py"):
        if source.lines > LONGEST_FILE:
            yield 1, f"{source.lines} lines"
        for function in source.functions:
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            if length > LONGEST_FUNCTION:
                yield function.lineno, f"{function.name} has {length} lines"


def decisions(source: Source, _: House) -> Iterator[tuple[int, str]]:
    if source.path.startswith("docs/decisions/") and source.lines > LONGEST_DECISION:
        yield 1, f"{source.lines} lines"


def registries(source: Source, _: House) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if REGISTRY.search(line):
            yield number, f"names a package registry: {line.strip()[:80]}"


def test_files(source: Source, house: House) -> Iterator[tuple[int, str]]:
    if source.room == "tests":
        name = source.path.rpartition("/")[2]
        if name == "__init__.py":
            yield 1, "a package among the tests"
        namesakes = [other.path for other in house if other.room == "tests" and other.path.endswith(f"/{name}")]
        if name.startswith("test_") and namesakes[1:]:
            yield 1, f"{name} is there {len(namesakes)} times"


def _goes_on(statement: ast.stmt) -> bool:
    """Nothing but words for a log, or passing on."""
    if isinstance(statement, ast.Pass | ast.Continue):
        return True
    called = statement.value.func if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) else None
    return called is not None and re.match(r"_?(log|logger|logging)\b", dotted(called)) is not None


LONG = "def f() -> None:\n" + "    x = 1\n" * 60

RULES = (
    Rule(
        one_story,
        "Whoever opens a file of flows/ finds one story: give the second one a file of its own name.",
        bad=(("flows/a.py", "@flow\ndef a(): ...\n@flow(name='b')\ndef b(): ..."),),
        good=(("flows/a.py", "@flow\ndef a(): ...\ndef _b(): ..."),),
    ),
    Rule(
        logged_away,
        "What is caught only to be logged goes on as if nothing had happened: let it rise, or answer with a value that "
        "says what happened.",
        bad=(("tasks/a.py", "try: x()\nexcept OSError as e: log.error(e)"),),
        good=(
            ("tasks/a.py", "try: x()\nexcept OSError as e:\n    log.error(e)\n    raise"),
            ("residents/a.py", "try: x()\nexcept OSError as e: log.error(e)"),
        ),
    ),
    Rule(
        names,
        "A file with such a name collects whatever has no place: name it after the one thing it knows or touches.",
        bad=(("edge/utils.py", ""), ("tasks/common/a.py", ""), ("tests/doors/helpers.py", "")),
        good=(("edge/clock.py", ""),),
    ),
    Rule(
        sizes,
        f"Nobody reads more at once: files have at most {LONGEST_FILE} lines (better 200), functions at most "
        f"{LONGEST_FUNCTION} (better 40): look for the second idea and give it its own place.",
        bad=(("edge/a.py", "\n" * 301), ("tests/doors/a.py", LONG)),
        good=(("edge/a.py", "\n" * 300), ("requirements.lock", "\n" * 999)),
    ),
    Rule(
        decisions,
        f"A decision nobody reads decides nothing: at most {LONGEST_DECISION} lines, what forced it first.",
        bad=(("docs/decisions/0001-a.md", "\n" * 41),),
        good=(("docs/decisions/0001-a.md", "\n" * 40), ("docs/architecture.md", "\n" * 99)),
    ),
    Rule(
        registries,
        "Where packages come from is the user's own setting: leave the address out, pip and npm know it.",
        bad=(
            ("requirements.lock", "--extra-index" + "-url file:///srv/simple"),
            ("docs/a.md", "pip install --index" + "-url=https://example.org/simple"),
            ("practice/.npmrc", "registry" + "=https://example.org/"),
            ("requirements.lock", "a @ https://files.python" + "hosted.org/a.whl"),
        ),
        good=(("docs/a.md", "set pip's index-url, then start again"),),
    ),
    Rule(
        test_files,
        "With importlib's mode a package among the tests shadows ours and namesakes hide each other: no __init__.py "
        "there, and a name of its own for each file.",
        bad=(("tests/knows/__init__.py", ""),),
        good=(("tests/knows/test_a.py", ""), ("edge/__init__.py", "")),
    ),
)
