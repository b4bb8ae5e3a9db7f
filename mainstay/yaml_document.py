"""YAML as a person wrote it: plain values, and the line of every key.

Only true and false are truth values and only digits are numbers, as editors and the JSON Schema
have it; `no`, `on` and `22:30` stay the words they are. Anchors, tags and second documents are faults.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import yaml

from mainstay.faults import Fault, Path, dotted

Value = str | int | float | bool | None | tuple["Value", ...] | Mapping[str, "Value"]

_KNOWN = {"null", "bool", "int", "float", "str"}
_TOO_DEEP = 40  # no file of ours is deeper than ten


@dataclass(frozen=True)
class Document:
    """What could be read, and what could not."""

    file: str
    value: Value
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """The line of the key itself; of the nearest written key around it, if it is not written."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: Path, sentence: str) -> Fault:
        return Fault(self.file, self.line_of(path), dotted(path) or "yaml", sentence)


class _Loader(yaml.SafeLoader):
    """Composes trees only; its own way to see what is a number, and nothing that stands for something else."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  PyYAML's way; add_implicit_resolver below fills our own copy

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "alias", self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)


for _tag, _pattern, _first in (
    ("null", r"(~|null|Null|NULL|)", ["~", "n", "N", ""]),
    ("bool", r"(true|True|TRUE|false|False|FALSE)", list("tTfF")),
    ("int", r"[-+]?[0-9]{1,18}", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^{_pattern}$"), _first)


def read_yaml(text: str, file: str) -> Document:
    """Everything that can be read of it; a fault of syntax leaves nothing to read."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        return Document(file, None, faults=[_syntax(error, text, file)])
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1 if isinstance(error.position, int) else 1
        return Document(file, None, faults=[Fault(file, line, "yaml", "holds a control character; delete it.")])
    except RecursionError:
        return Document(file, None, faults=[Fault(file, 1, "yaml", "is nested without end; write what is meant.")])
    document = Document(file, None)
    read = replace(document, value=_Reader(document).value(root, ()))
    if not isinstance(read.value, Mapping) and not read.faults:
        read.faults.append(Fault(file, 1, "yaml", 'holds no keys; write lines of the form "key: value".'))
    return read


@dataclass(frozen=True)
class _Reader:
    """Walks the tree once, noting lines and faults in the document."""

    into: Document

    def value(self, node: yaml.Node | None, path: Path) -> Value:
        if node is None:
            return None
        self.into.lines.setdefault(path, node.start_mark.line + 1)
        if len(path) > _TOO_DEEP:
            self._wrong(path, "is nested too deep; write what is meant.")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.value(item, (*path, n)) for n, item in enumerate(node.value))
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for key, value in node.value:
            line, place = key.start_mark.line + 1, (*path, key.value)
            if not isinstance(key, yaml.ScalarNode) or not key.value:
                self._wrong(path, "has a key that is no word; write a name.", line)
            elif key.value in found:
                first = self.into.lines[place]
                self._wrong(place, f"is written twice, first in line {first}; keep one of them.", line)
            else:
                self.into.lines[place] = line
                found[key.value] = self.value(value, place)
        return found

    def _scalar(self, node: yaml.Node, path: Path) -> Value:
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        try:
            if kind in _KNOWN:
                return _read_as(kind, node.value)
        except ValueError:  # only an explicit tag can say that a word is a number
            pass
        self._wrong(path, "carries a tag; write the plain value.")
        return None

    def _wrong(self, path: Path, sentence: str, line: int | None = None) -> None:
        line = line or self.into.line_of(path)
        self.into.faults.append(Fault(self.into.file, line, dotted(path) or "yaml", sentence))


def _read_as(kind: str, text: str) -> Value:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    return int(text) if kind == "int" else float(text) if kind == "float" else text


_SENTENCES = (
    ("alias", 'stands for another place ("*"); write the value itself.'),
    (
        "mapping values are not allowed",
        'has a ":" that does not belong here; put the text in quotes or mend the indent.',
    ),
    ("could not find expected ':'", 'is a key without ":"; write "key: value", or indent it under the text above.'),
    ("unexpected end of stream", "begins a quote that is never closed; close it."),
    ("expected ',' or", 'begins a bracket that is never closed; write a "," between values and close it.'),
    ("expected <block end>", "is indented unlike the lines around it; use the same number of spaces."),
    ("expected a single document", 'begins a second document, but a file holds one; delete the "---".'),
    ("unknown escape", 'has a "\\" in double quotes; write it in single quotes.'),
    ("cannot start any token", "begins with a sign that means something else in YAML; put the text in quotes."),
)
_OPENED_EARLIER = ("unexpected end of stream", "expected ',' or")  # the mark of the end helps nobody


def _syntax(error: yaml.MarkedYAMLError, text: str, file: str) -> Fault:
    problem = f"{error.context or ''} {error.problem or ''}"
    opened = any(sign in problem for sign in _OPENED_EARLIER)
    mark = (error.context_mark if opened else None) or error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    written = text.splitlines()[line - 1 : line]
    if written and "\t" in re.match(r"\s*", written[0]).group():  # type: ignore[union-attr]  # \s* matches anything
        return Fault(file, line, "yaml", "is indented with a tab; write spaces.")
    if "'\\t'" in problem:
        return Fault(file, line, "yaml", "holds a tab where a value begins; write a space.")
    otherwise = "is not YAML from here on; look for a missing quote, bracket or indent."
    return Fault(file, line, "yaml", next((say for sign, say in _SENTENCES if sign in problem), otherwise))
