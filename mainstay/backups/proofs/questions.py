"""What is asked of a database that was restored for proof, and what follows from its answers.

A set whose rows refer to files that it lacks can be restored, and says so. One in which something does not hold that
its owner says must always hold was restored too, but nobody knows what was restored: it is doubted, and does not stand
for older sets.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mainstay.backups.proofs.references import Compared
from mainstay.descriptor.system import System

SHOWN = 3  # of the rows for which something does not hold


@dataclass(frozen=True)
class Questions:
    references: Mapping[str, str]  # by folder, the query that lists what rows refer to
    invariants: Mapping[str, str]  # by what must hold, the query that lists the rows for which it does not


@dataclass(frozen=True)
class Answers:
    compared: tuple[Compared, ...] = ()
    unasked: tuple[str, ...] = ()  # why references could not be compared: a sentence each
    held: int = 0  # invariants
    doubts: tuple[str, ...] = ()  # what does not hold, or could not be asked

    @property
    def said(self) -> tuple[str, ...]:
        held = f"{self.held} of {self.held + len(self.doubts)} invariants hold"
        return (*map(str, self.compared), *([held] if self.held or self.doubts else []))

    @property
    def gaps(self) -> tuple[str, ...]:
        return (*(gap for each in self.compared for gap in each.gaps), *self.unasked)

    @property
    def numbers(self) -> Mapping[str, float]:
        if not self.compared:
            return {}
        return {
            "references": sum(each.references for each in self.compared),
            "dangling": sum(len(each.dangling) for each in self.compared),
            "wrong": sum(len(each.wrong) for each in self.compared),
            "orphans": sum(each.orphans for each in self.compared),
        }


def questions(system: System) -> Questions:
    references = {name: files.references for name, files in system.files.items() if files.references is not None}
    return Questions(references, system.database.invariants if system.database else {})


def broken(claim: str, rows: Iterable[Sequence[object]], *, more: bool) -> str:
    """``rows``: the first of those for which it does not hold."""
    shown = ", ".join(f"({', '.join(map(_shown, row))})" for row in rows)
    return f'"{claim}" does not hold, for {shown}{" and more" if more else ""}'


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else f"{text[:40]}…"
