"""Which keys of a Redis a restore brings back, and what it tells of them by their prefixes."""

from collections import Counter
from collections.abc import Sequence

_LISTED = 10  # prefixes; the rest are told together
_BETWEEN = b":"  # as everybody writes it: what stands before it says what kind of thing a key is


class Sorted:
    """Counts keys as they come. ``flush``: prefixes whose keys are left out."""

    def __init__(self, flush: Sequence[str]) -> None:
        self._flush = tuple(each.encode() for each in flush)
        self._flushed: Counter[bytes] = Counter(dict.fromkeys(self._flush, 0))
        self._kept: Counter[bytes] = Counter()

    def keep(self, key: bytes) -> bool:
        prefix = next((each for each in self._flush if key.startswith(each)), None)
        if prefix is None:
            before, between, _ = key.partition(_BETWEEN)
            self._kept[before + between if between else b""] += 1
            return True
        self._flushed[prefix] += 1
        return False

    @property
    def kept(self) -> int:
        return self._kept.total()

    def __str__(self) -> str:
        flushed = [f"{_shown(prefix)} {count}" for prefix, count in self._flushed.items()]
        common = sorted(self._kept.items(), key=lambda each: (-each[1], each[0]))
        kept = [f"{_shown(prefix)} {count}" for prefix, count in common[:_LISTED]]
        if rest := common[_LISTED:]:
            kept.append(f"{len(rest)} other prefixes {sum(count for _, count in rest)}")
        said = f"{self.kept} keys of Redis were kept" + (f" ({', '.join(kept)})" if kept else "")
        return f"{said}, {self._flushed.total()} flushed" + (f" ({', '.join(flushed)})" if flushed else "")


def _shown(prefix: bytes) -> str:
    return ascii(prefix.decode(errors="backslashreplace"))[1:-1] if prefix else "without a prefix"
