"""A place in a file as it was written, right or wrong: asked gently, it answers nothing where nothing fits.

So the rules about what belongs together also find their faults in a file that has others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mainstay.faults import Path
from mainstay.yaml_document import Value

Found = tuple[Path, str]  # where, and what is wrong and what to write


@dataclass(frozen=True)
class Written:
    value: Value
    path: Path = ()

    def __getitem__(self, key: str) -> "Written":
        inside = self.value.get(key) if isinstance(self.value, Mapping) else None
        return Written(inside, (*self.path, key))

    def __contains__(self, key: str) -> bool:
        return self[key].value is not None

    def items(self) -> Iterator[tuple[str, "Written"]]:
        if isinstance(self.value, Mapping):
            yield from ((key, self[key]) for key in self.value)

    def each(self) -> Iterator["Written"]:
        if isinstance(self.value, tuple):
            yield from (Written(item, (*self.path, n)) for n, item in enumerate(self.value))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.items()]

    @property
    def text(self) -> str | None:
        return self.value if isinstance(self.value, str) else None

    @property
    def number(self) -> float | None:
        return self.value if isinstance(self.value, int | float) and not isinstance(self.value, bool) else None

    def texts(self) -> Iterator["Written"]:
        """Every text below, at any depth."""
        if self.text is not None:
            yield self
        for inside in (*(inner for _, inner in self.items()), *self.each()):
            yield from inside.texts()

    def wrong(self, sentence: str) -> Found:
        return self.path, sentence
