"""A set is brought back into a place where nothing is: beside what users have, never over it."""

from typing import Any

from prefect.client.schemas.objects import State

from flows.endings import done
from flows.story import story
from mainstay.backups.restores import NEWEST
from mainstay.errors import BadInput
from tasks.restores import lay_out_set, observe_restore
from tasks.turns import before_any_turn


@story("restore {set} of {system} {environment} into {into}")
def restore(
    system: str, environment: str, into: str, set: str = NEWEST, only: str = "", database: str = ""
) -> State[Any]:
    """Bring a set back into a fresh place. What users have is not touched; nothing stands there before it is whole.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Of which environment the set is.
        into: An absolute path that is not there yet; each of the set's folders becomes one in it.
        set: Its id, as `mainstay backups` lists it; otherwise the newest.
        only: One of its folders, by the name it has in the descriptor; otherwise all, and the database.
        database: Where the address of an empty database lies, such as file:///root/address; the dump goes into it.
            Otherwise it lies beside the folders, as database.dump, for pg_restore.
    """
    with before_any_turn(system, environment):
        if not into.startswith("/"):
            raise BadInput(f"Restore into an absolute path: {into!a} is none. Nothing was done.")
        found = observe_restore(system, environment, set, only)
        brought = lay_out_set(found, into, database)
    return done("; ".join(filter(None, (f"{found.id} is in {into}: {brought}", found.without))))
