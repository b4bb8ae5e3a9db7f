"""What the rows of a restored database refer to, beside the files that were restored with it."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mainstay.errors import MainstayError

NAMED = 20  # so many are named; of the rest it is said how many they are
_SHA256 = re.compile(r"[0-9a-f]{64}")


class NoReference(MainstayError):
    """What a query answered does not tell of files; what is wrong, as the end of a sentence."""


@dataclass(frozen=True)
class Reference:
    path: bytes  # below its folder
    sha256: str | None  # None: nobody says what it should hold


@dataclass(frozen=True)
class Compared:
    """One folder, and what refers to it."""

    folder: str
    references: int
    dangling: tuple[bytes, ...]  # rows speak of it, and it is not there
    wrong: tuple[bytes, ...]  # it holds something else than rows say
    orphans: int  # no row speaks of it: that harms nobody

    @property
    def gaps(self) -> tuple[str, ...]:
        """What a person should know, a sentence each."""
        of = f"of {_counted(self.references)} from rows to files of {self.folder}"
        return tuple(_gaps(of, self.dangling, self.wrong))

    def __str__(self) -> str:
        if not self.dangling and not self.wrong:
            return f"{self.folder}: {_counted(self.references)} from rows, each to a file that is there"
        lost = f"{len(self.dangling)} lead to no file, {len(self.wrong)} to one with another hash"
        return f"{self.folder}: {_counted(self.references)} from rows, {lost}"


def read_references(rows: Iterable[Sequence[object]]) -> Iterator[Reference]:
    """From what the query of a descriptor answered. A row without a path refers to nothing."""
    for row in rows:
        path = _path(row[0])
        if path:
            yield Reference(path, _hash(row[1]) if len(row) > 1 else None)


def compare(
    folder: str, references: Iterable[Reference], files: Mapping[bytes, str], others: Collection[bytes] = ()
) -> Compared:
    """``files``: those that were laid out, each with its hash; ``others``: links and folders, which have none."""
    spoken_of, count = set[bytes](), 0
    dangling, wrong = dict[bytes, None](), dict[bytes, None]()
    for each in references:
        count += 1
        spoken_of.add(each.path)
        if each.path not in files and each.path not in others:
            dangling[each.path] = None
        elif each.sha256 is not None and files.get(each.path, each.sha256) != each.sha256:
            wrong[each.path] = None
    return Compared(folder, count, tuple(dangling), tuple(wrong), len(files.keys() - spoken_of))


def _path(said: object) -> bytes:
    if said is None:
        return b""
    if isinstance(said, str):
        return said.encode(errors="surrogateescape")
    if isinstance(said, bytes):
        return said
    raise NoReference(f"its first column must be a path below the folder, and it answered {said!r}")


def _hash(said: object) -> str | None:
    if said is None:
        return None
    text = said.hex() if isinstance(said, bytes) else str(said).lower()
    if not _SHA256.fullmatch(text):
        raise NoReference(f"its second column must be a sha256 in hexadecimal digits, and it answered {said!r}")
    return text


def _gaps(of: str, dangling: Sequence[bytes], wrong: Sequence[bytes]) -> Iterator[str]:
    if dangling:
        yield f"{len(dangling)} {of} lead to no file in the set: {_named(dangling)}"
    if wrong:
        yield f"{len(wrong)} {of} lead to a file that does not have the hash they say: {_named(wrong)}"


def _named(paths: Sequence[bytes]) -> str:
    shown = ", ".join(path.decode(errors="backslashreplace") for path in paths[:NAMED])
    return f"{shown} and {len(paths) - NAMED} more" if len(paths) > NAMED else shown


def _counted(references: int) -> str:
    return f"{references} reference{'' if references == 1 else 's'}"
