"""The house as text: every file with its room, what it imports and what it calls. Knows no rule."""

import ast
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_OURS = {"__pycache__", "node_modules", "build"}  # and whatever begins with a dot or ends with .egg-info
ROOMS = ("mainstay", "edge", "tasks", "flows", "deployments", "residents", "practice")


@dataclass(frozen=True)
class Source:
    path: str  # from the root of the house, with /
    text: str

    @property
    def room(self) -> str:
        return self.path.split("/")[0]

    @property
    def in_house(self) -> bool:
        return self.room in ROOMS

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(ast.parse(self.text, self.path))) if self.path.endswith(".py") else ()

    @cached_property
    def imports(self) -> tuple[tuple[int, str], ...]:
        """Line and full dotted name; ``from a import b`` is a.b, since b may be a module."""
        return tuple(_imports(self.nodes))

    @cached_property
    def functions(self) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
        return tuple(node for node in self.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    @cached_property
    def calls(self) -> tuple[ast.Call, ...]:
        return tuple(node for node in self.nodes if isinstance(node, ast.Call))


House = tuple[Source, ...]


@dataclass(frozen=True)
class Rule:
    find: Callable[[Source, House], Iterator[tuple[int, str]]]
    says: str  # why it is a rule, and what to do instead
    bad: tuple[tuple[str, str], ...]  # path and text: each must be caught
    good: tuple[tuple[str, str], ...] = ()  # none of them may be

    def broken(self, house: House) -> list[str]:
        faults = ((source, fault) for source in house for fault in self.find(source, house))
        return [f"{source.path}:{line}: {what}. {self.says}" for source, (line, what) in faults]


def read_house() -> House:
    """Every text file that is ours, in the order of paths."""
    return tuple(sorted(_files(), key=lambda source: source.path))


def dotted(node: ast.AST) -> str:
    """``os.path.join`` for such an expression; what is not made of names alone begins with a dot."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def within(name: str, modules: set[str]) -> bool:
    """Whether a dotted name is one of the modules or lies in it."""
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def decorators(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    return {dotted(one.func if isinstance(one, ast.Call) else one) for one in function.decorator_list}


def _imports(nodes: tuple[ast.AST, ...]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _files() -> Iterator[Source]:
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if _is_ours(name)]
        for path in (Path(folder, name) for name in names if _is_ours(name)):
            try:
                yield Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
            except UnicodeDecodeError:
                continue  # a picture or an archive has no lines to judge


def _is_ours(name: str) -> bool:
    dotted = name.startswith(".") and name not in (".ci", ".github", ".gitignore")
    return not dotted and name not in NOT_OURS and not name.endswith(".egg-info")
