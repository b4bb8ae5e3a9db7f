"""Whether a set is as large as those before it, and people's word that a smaller one is as it should be."""

from collections.abc import Iterator

from edge import clock
from edge.backups import catalogue
from edge.backups.catalogue import Kept
from edge.backups.keyring import keyring
from edge.settings import Settings, read_settings
from edge.store import open_backups, open_store
from edge.systems import read_system
from mainstay.backups.news import set_is_suspect
from mainstay.backups.sets import NEEDS_A_PARENT, BackupSet, Proof
from mainstay.backups.sizes import Size, judge_size
from tasks.policies import converges, once
from tasks.telling import tell_all_of


@converges("whether {made.id} is as large as it should be")
def look_at_size(made: BackupSet) -> Size:
    """Before anybody may rely on it. What was found stands in a proof beside the set."""
    settings = read_settings()
    last = next(_earlier(settings, made), None)
    trusted = last
    if last is not None and last.suspect and made.kind != NEEDS_A_PARENT:
        trusted = next((each for each in _earlier(settings, made) if not each.suspect), None)
    size = judge_size(made, last.set if last else None, trusted.set if trusted else None)
    if size.drops:
        proof = Proof(made.id, 0, True, size.sentence, clock.now(), size.numbers, suspect=True)
        catalogue.record_proof(open_backups(settings), made.system, made.environment, proof)
    return size


@once("people hear that {made.id} is far smaller")
def tell_shrunk(made: BackupSet, size: Size) -> None:
    settings = read_settings()
    notice = set_is_suspect(made.system, made.environment, made.id, size.sentence)
    tell_all_of(read_system(settings, made.system), open_store(settings), notice)


def _earlier(settings: Settings, made: BackupSet) -> Iterator[Kept]:
    """Of its kind and good, newest first; of an increment its parent."""
    store, keys = open_backups(settings), read_system(settings, made.system).at(made.environment).backups.keys
    public = keyring(settings.home).may_sign(keys)
    if made.parent is not None:
        parent = catalogue.read_set(store, public, made.system, made.environment, made.parent)
        yield Kept(parent, catalogue.read_proofs(store, made.system, made.environment, made.parent))
        return
    for each in catalogue.newest_first(store, public, made.system, made.environment, made.kind):
        if isinstance(each, Kept) and each.set.id < made.id and each.level is not None:
            yield each
