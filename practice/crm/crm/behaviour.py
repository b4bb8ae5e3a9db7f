"""How well this release behaves. A good one as it stands; each bad release of the practice site changes one line."""

import random
from itertools import count

DIES_AT_BOOT = False  # neither program comes up
NEVER_READY = False  # /health never says yes
ERROR_SHARE = 0.0  # of the pages and API answers; liveness and readiness stay well
GOOD_AT_FIRST = 6  # pages answered well before the first error: such a fault passes a smoke test and meets users
SLOWNESS = 1.0  # how many times as long as it should a page takes
WORKER_DIES = False  # when it takes a job, or a second after its start

USUAL_SECONDS = (0.004, 0.014)  # what a page takes beside its questions to the database

_pages = count(1)


def boot() -> None:
    if DIES_AT_BOOT:
        raise SystemExit("This release dies at boot: that is what it is for.")


def fails() -> bool:
    """Whether the next page is answered with an error."""
    return next(_pages) > GOOD_AT_FIRST and random.random() < ERROR_SHARE


def usual_seconds() -> float:
    return random.uniform(*USUAL_SECONDS)


def lost_seconds(took_seconds: float) -> float:
    """What a slow release adds to a page that took so long."""
    return took_seconds * (SLOWNESS - 1)
