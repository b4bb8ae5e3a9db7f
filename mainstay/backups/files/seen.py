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
        self._went: set[bytes] = set()  # of the parent's names; some came again

    def less_turned(self, now: Marks) -> Marks:
        """Without what was a folder when this set was first looked at, and is none any more. No archive can lay out a
        file where an earlier one laid out a folder with something in it: what was there stays, and the rest is for
        the next set.
        """
        gone = self.marks.keys() - now.keys() if self._looked else set()
        turned = {folder for folder in scan.above(gone) if folder in now and not scan.is_folder(now[folder])}
        return {name: mark for name, mark in now.items() if name not in turned} if turned else now

    def took(self, now: Marks, at: float, marks: Marks, sums: Mapping[bytes, str]) -> None:
        """``now``: all there is, as of ``at``. ``marks``: of those that were read then. Until this, nothing was."""
        known = {name: mark for name, mark in now.items() if self.marks.get(name) == mark}
        gone = scan.compare(now, self.marks).gone if self._looked else ()  # they may have been there at the moment
        self.read.update(sums)
        self.marks = {**known, **dict.fromkeys(gone, UNTRUSTED), **scan.trusted(marks, marks, at)}
        self._looked = True
        self._went |= self._parent.keys() - self.marks.keys()

    def changed(self, now: Marks) -> tuple[bytes, ...]:
        return scan.compare(now, self.marks).changed

    def gone(self) -> tuple[bytes, ...]:
        """What must be removed of the parent before this is laid out over it. Also what came again, for something else
        may have stood there meanwhile; but no folder in which something stays.
        """
        staying = scan.above(self._parent.keys() - self._went) if self._went else ()
        return tuple(sorted(self._went.difference(staying)))

    def sums(self) -> dict[bytes, str]:
        """What each name holds, whenever that was read."""
        hashes = {**self._known, **self.read}
        return {name: hashes[name] for name in self.marks if name in hashes}
