"""What is known of the names in one place while it is read twice, before the moment of a set and after it."""

from collections.abc import Mapping

from mainstay.backups.files import scan
from mainstay.backups.files.scan import UNTRUSTED, Marks


class Seen:
    """Begins with what the parent held. No dataclass, on purpose: it may have a million names."""

    def __init__(self, marks: Marks, sums: Mapping[bytes, str]) -> None:
        self._parent, self._known = marks, sums
        self.marks: Marks = dict(marks)
        self.read: dict[bytes, str] = {}  # what each holds that was read for this set
        self._looked = False

    def took(self, now: Marks, at: float, marks: Marks, sums: Mapping[bytes, str]) -> None:
        """``now``: all there is, as of ``at``. ``marks``: of those that were read then. Until this, nothing was."""
        known = {name: mark for name, mark in now.items() if self.marks.get(name) == mark}
        gone = scan.compare(now, self.marks).gone if self._looked else ()  # they may have been there at the moment
        self.read.update(sums)
        self.marks = {**known, **dict.fromkeys(gone, UNTRUSTED), **scan.trusted(marks, marks, at)}
        self._looked = True

    def changed(self, now: Marks) -> tuple[bytes, ...]:
        return scan.compare(now, self.marks).changed

    def gone(self) -> tuple[bytes, ...]:
        return tuple(sorted(self._parent.keys() - self.marks.keys()))

    def sums(self) -> dict[bytes, str]:
        """What each name holds, whenever that was read."""
        hashes = {**self._known, **self.read}
        return {name: hashes[name] for name in self.marks if name in hashes}
