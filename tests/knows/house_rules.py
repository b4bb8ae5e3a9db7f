"""Who may import what, and what may be called where: each rule finds the lines that break it."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from tests.knows.house import ROOMS, House, Source, decorators, dotted, within

MAY_IMPORT = {
    "mainstay": set[str](),
    "edge": {"mainstay"},
    "tasks": {"edge", "mainstay"},
    "flows": {"tasks", "mainstay"},
    "deployments": {"flows", "edge", "mainstay"},
    "residents": {"edge", "mainstay"},
    "practice": set[str](),
    "workshop": set[str](),
}
DOORS = {
    *("subprocess", "socket", "ssl", "pty", "multiprocessing", "urllib.request", "http.client", "smtplib", "ftplib"),
    *("httpx", "requests", "boto3", "botocore", "psycopg", "asyncpg", "sqlite3", "psutil", "paramiko", "docker"),
}
ERRORS_OF_CLIENTS = {"httpx.HTTPStatusError", "httpx.TransportError"}  # Prefect's client lets them through
STARTS_PROCESSES = re.compile(r"os\.(fork(pty)?|exec\w+|spawn\w+|posix_spawnp?|popen|system|startfile)")
LISTENERS = {"http.server", "socketserver", "uvicorn"}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv"}
READS_ENVIRONMENT = {"edge/settings.py", "edge/processes.py", "edge/secrets/__init__.py"}
SHELLS = {"sh", "bash", "dash", "ash", "zsh", "/bin/sh", "/bin/bash"}
SHELL_CALLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
IMPURE_MODULES = {"os", "time", "random", "secrets", "logging", "tempfile", "shutil"}
IMPURE_CALLS = {"open", "input", "print", "uuid.uuid1", "uuid.uuid4", "uuid4"}
CLOCKS = {"now", "utcnow", "today"}
DISK = {"read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "unlink", "iterdir", "glob", "exists", "stat"}
MOCKS = {"unittest.mock", "mock", "pytest_mock", "responses", "freezegun"}
FAKING = {"monkeypatch", "mocker"}
POLICIES = {"observes", "converges", "once"}
REPEATS = {"retries", "retry_delay_seconds", "retry_condition_fn", "retry_jitter_factor"}
TYPED_FORMS = ("flows", "tasks", "deployments")


def rooms(source: Source, _: House) -> Iterator[tuple[int, str]]:
    if source.room in MAY_IMPORT:
        forbidden = {*ROOMS, "benchmarks", "tests"} - MAY_IMPORT[source.room] - {source.room}
        yield from ((n, f"{source.room} imports {name}") for n, name in source.imports if within(name, forbidden))


def doors(source: Source, _: House) -> Iterator[tuple[int, str]]:
    if source.in_house and source.room not in ("edge", "practice"):
        closed = DOORS if source.room == "residents" else DOORS | LISTENERS
        imports = (one for one in source.imports if one[1] not in ERRORS_OF_CLIENTS)
        yield from ((n, f"imports {name}") for n, name in imports if within(name, closed))
        starts = (call for call in source.calls if STARTS_PROCESSES.fullmatch(dotted(call.func)))
        yield from ((call.lineno, f"calls {dotted(call.func)}") for call in starts)


def prefect(source: Source, _: House) -> Iterator[tuple[int, str]]:
    if source.room in ("mainstay", "edge", "residents", "practice", "workshop"):
        yield from ((n, f"imports {name}") for n, name in source.imports if re.match(r"prefect(_\w+)?(\.|$)", name))


def environment(source: Source, _: House) -> Iterator[tuple[int, str]]:
    if source.room not in (*ROOMS, "workshop") or source.room == "practice" or source.path in READS_ENVIRONMENT:
        return
    yield from ((n, f"imports {name}") for n, name in source.imports if name in ENVIRONMENT)
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and dotted(node) in ENVIRONMENT:
            yield node.lineno, f"reads {dotted(node)}"


def policies(source: Source, _: House) -> Iterator[tuple[int, str]]:
    if source.in_house and source.room != "edge" and source.path != "tasks/policies.py":
        wrong = {"prefect.task", "prefect.tasks.task", "prefect.Task", "prefect.tasks.Task"}
        yield from ((n, f"imports {name}") for n, name in source.imports if name in wrong)
        yield from ((c.lineno, "calls prefect.task") for c in source.calls if dotted(c.func) == "prefect.task")
        for function in source.functions:
            if decorators(function) & {"task", "prefect.task"}:
                yield function.lineno, f"{function.name} is a bare task"
        for call in source.calls:
            never = REPEATS | ({"timeout_seconds"} if dotted(call.func) in ("flow", "prefect.flow") else set())
            yield from ((call.lineno, f"says {k.arg}=") for k in call.keywords if k.arg in never)


def shell(source: Source, _: House) -> Iterator[tuple[int, str]]:
    for call in source.calls:
        if dotted(call.func) in SHELL_CALLS:
            yield call.lineno, f"calls {dotted(call.func)}"
        said = [keyword.value for keyword in call.keywords if keyword.arg == "shell"]
        starts = dotted(call.func).startswith("subprocess.")
        if any(_is(value, True) or (starts and not _is(value, False)) for value in said):
            yield call.lineno, "says shell="
    for node in source.nodes if source.in_house else ():
        if isinstance(node, ast.List | ast.Tuple):
            words = [item.value if isinstance(item, ast.Constant) else None for item in node.elts]
            if any(a in SHELLS and b in ("-c", "-ec", "-lc") for a, b in pairwise(words)):
                yield node.lineno, "hands a line to a shell"


def pure(source: Source, _: House) -> Iterator[tuple[int, str]]:
    if source.room != "mainstay":
        return
    yield from ((n, f"imports {name}") for n, name in source.imports if within(name, IMPURE_MODULES))
    for call in source.calls:
        name = dotted(call.func)
        last = name.rpartition(".")[2]
        clock = last in CLOCKS and re.match(r"(datetime|date)\.", name) is not None
        if name in IMPURE_CALLS or clock or (isinstance(call.func, ast.Attribute) and last in DISK):
            yield call.lineno, f"calls {name}"


def mocks(source: Source, _: House) -> Iterator[tuple[int, str]]:
    if source.room == "tests":
        yield from ((n, f"imports {name}") for n, name in source.imports if within(name, MOCKS))
        for function in source.functions:
            asked = {argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]}
            yield from ((function.lineno, f"asks for {name}") for name in sorted(asked & FAKING))


def typed_forms(source: Source, _: House) -> Iterator[tuple[int, str]]:
    if source.room in TYPED_FORMS:
        yield from ((n, "postpones annotations") for n, name in source.imports if name == "__future__.annotations")


def tasks_alone(source: Source, house: House) -> Iterator[tuple[int, str]]:
    """Tasks are known by their policy; a plain function between two of them is no way out."""
    if source.room != "tasks":
        return
    tasks = {f"{s.path[:-3].replace('/', '.')}.{f.name}" for s in house for f in s.functions if _is_task(f, s)}
    own = {name.rpartition(".")[2]: name for name in tasks if name.startswith(f"{source.path[:-3].replace('/', '.')}.")}
    known = own | {name.rpartition(".")[2]: name for _, name in source.imports if name in tasks}
    for call in source.calls:
        called = dotted(call.func)
        name = known.get(called.split(".")[0], called)
        if name in tasks and not called.endswith(".fn"):
            yield call.lineno, f"calls the task {name}"


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _is_task(function: ast.FunctionDef | ast.AsyncFunctionDef, source: Source) -> bool:
    names = {name.rpartition(".")[2] for name in decorators(function)}
    return source.room in ("tasks", "flows") and bool(names & (POLICIES | {"flow"}))
