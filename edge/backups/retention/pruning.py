"""A pruning that goes on: it looks again before each set that goes."""

from datetime import datetime, timedelta

from edge.backups.log.removal import log_going
from edge.backups.retention import pruner, removal
from edge.backups.stock import Stock
from edge.store.port import Door
from mainstay.backups.judgement import Judgement, Rules, agreement, judge
from mainstay.backups.log.kept import log_needed
from mainstay.backups.retention.pruner import PruningRecord, done
from mainstay.backups.retention.pruning import UNFINISHED_FOR
from mainstay.backups.retention.refusals import Agreement
from mainstay.backups.sets import sets_folder
from mainstay.errors import Refused


class Pruning:
    """``found``: what stood there of earlier prunings, and that it is we who prune now.

    No dataclass, on purpose: Prefect walks through those.
    """

    def __init__(self, stock: Stock, rules: Rules, found: PruningRecord, version: str) -> None:
        self.stock, self.rules, self.found = stock, rules, found
        self.system, self.environment = stock.tombstones.system, stock.tombstones.environment
        self._version = version
        self._store_ahead = timedelta(0)
        self._judged: Judgement | None = None
        self._agreed: Agreement | None = None
        self._acted: datetime | None = None
        self._deleted: datetime | None = None

    def ask_the_store(self) -> None:
        """What time it has, and whether it lets us delete: ``NotFromHere`` if not."""
        self._store_ahead = pruner.store_time(self.stock.store, self.system, self.environment) - self.stock.now()

    def look(self, agree: str = "", by: str = "") -> Judgement:
        """``agree``: a person's word for just what would go now. It holds for the rest of this pruning."""
        facts = self.stock.look(last_pruning=self.found.last, store_ahead=self._store_ahead)
        self._agreed = self._agreed or (agreement(facts, self.rules, agree, by) if agree else None)
        self._judged = judge(facts, self.rules, self._agreed)
        return self._judged

    def condemn(self) -> None:
        """As of the last look. Whoever was faster, to hold a set or to read it, is left in the right."""
        found = self._judged or self.look()
        for each in found.condemned:
            self.stock.tombstones.put(each, self.stock.standing(each.set))
        self.stock.tombstones.spare(each.set for each in found.pardoned)
        if found.believed:
            self._acted = self.stock.now()

    def delete(self, id: str, elsewhere: removal.Elsewhere | None = None) -> None:
        """``Refused`` if what was seen meanwhile speaks against it. Safe to do again; what goes already goes on."""
        if not self._goes(id):
            self._let_go(id)
        removal.remove(self.stock.tombstones, id, elsewhere)
        self._deleted = self.stock.now()

    def forget_log(self) -> int:
        """What no set that is there needs of the log, and no moment that one can still go back to. How many objects."""
        found = self.look()
        if not found.log_may_go:
            return 0
        window = self.stock.now() - timedelta(hours=self.rules.keep.all_for_hours)
        proven = [each.set.id for each in found.plan.decisions if each.proven]
        needed = log_needed(self.stock.sets, proven, window)
        going = list(log_going(self.stock.store, self.system, self.environment, needed, window))
        for key in going:
            self.stock.store.delete(key)
        return len(going)

    def forget_uploads(self) -> None:
        """Parts of long objects that were never completed; nobody sees them, and they take room."""
        store = self.stock.store
        if isinstance(store, Door):
            folder = sets_folder(self.system, self.environment)
            store.sweep(folder, older_than_seconds=UNFINISHED_FOR.total_seconds())

    def leave(self) -> None:
        record = done(self.found, acted=self._acted, deleted=self._deleted)
        pruner.leave(self.stock.store, self.system, self.environment, record, self._version)

    def _let_go(self, id: str) -> None:
        judgement = self.look()
        standing = self.stock.standing(id)
        if judgement.sweep.refusals:
            raise Refused(" ".join(judgement.sweep.refusals))
        if id not in judgement.may_go or standing is None or not removal.let_go(self.stock.tombstones, standing):
            raise Refused(
                f"{id} stays: somebody held it, builds on it, reads it, or proved a newer one to be bad since the list"
                " was made. What else may go is judged anew by the next pruning."
            )

    def _goes(self, id: str) -> bool:
        found = self.stock.tombstones.of(id)
        return found is not None and found.tombstone.state == "going"
