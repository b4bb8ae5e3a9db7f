"""Whether a set is as large as those before it, and a word to people when it is not."""

from edge.backups import sizes
from edge.backups.signers import signers_of
from edge.settings import read_settings
from edge.store import open_backups, open_store
from edge.systems import read_system
from mainstay.backups.news import set_is_suspect
from mainstay.backups.sets import BackupSet
from mainstay.backups.sizes import Size
from tasks.policies import observes, once
from tasks.telling import tell_all_of


@observes("whether {made.id} is as large as it should be")
def look_at_size(made: BackupSet) -> Size:
    """As it was judged when it was published."""
    settings = read_settings()
    public = signers_of(settings, made.system, made.environment)
    return sizes.look_at_size(open_backups(settings), public, made)


@once("people hear that {made.id} is far smaller")
def tell_shrunk(made: BackupSet, size: Size) -> None:
    settings = read_settings()
    notice = set_is_suspect(made.system, made.environment, made.id, size.sentence)
    tell_all_of(read_system(settings, made.system), open_store(settings), notice)
