"""Where the proofs of sets lie: of those that are there, among all there ever were."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence

from edge.store.port import Store
from mainstay.backups import sets

LEAP = 1000  # keys that a bucket tells at once


def proof_keys(store: Store, system: str, environment: str, of: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """By set, oldest first, where the proofs of these lie. Those of sets that are gone stay for good, and in years
    they are far more: where as many of them follow each other as a bucket tells at once, they are leapt over.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    folder = sets.proofs_folder(system, environment)
    left = deque(sorted(f"{folder}/{id}/" for id in of))
    while left:
        _gather_proofs(store, folder, left, found)
    return {of_set.removeprefix(f"{folder}/").rstrip("/"): proofs for of_set, proofs in found.items()}


def _gather_proofs(store: Store, folder: str, left: deque[str], found: defaultdict[str, list[str]]) -> None:
    """Up to the next leap, behind which the first of those that are left begins; or all."""
    others = 0
    for entry in store.listing(folder, after=left[0]):
        while left and left[0] < entry.key and not entry.key.startswith(left[0]):
            left.popleft()
        if not left or others == LEAP:
            return
        if entry.key.startswith(left[0]):
            found[left[0]].append(entry.key)
            others = 0
        else:
            others += 1
    left.clear()
