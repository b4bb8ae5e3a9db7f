"""The words in braces that a descriptor leaves open, and what fills them."""

import re
from collections.abc import Mapping

EVERYWHERE = ("system", "environment")
KNOWN: Mapping[str, tuple[str, ...]] = {  # by the key they stand under; under any other only those of EVERYWHERE
    "start": ("home", "port", "color", "service", *EVERYWHERE),
    "stages": ("home", *EVERYWHERE),
    "migration": ("home", *EVERYWHERE),
    "configuration": ("home", *EVERYWHERE),  # references that lead into the home of a practice site
    "address": ("home", *EVERYWHERE),
    "heartbeat": ("home", "color", "service", *EVERYWHERE),
    "state_directory": ("home",),  # one gate for all systems of a host
    "flags_directory": ("home", *EVERYWHERE),
    "releases_directory": ("home", *EVERYWHERE),
    "access_log": ("home", *EVERYWHERE),
    "pgbackrest": ("home", *EVERYWHERE),
    "files": ("home", *EVERYWHERE),
    "repository": ("home", "system"),
}

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]+)\}")


def placeholders(text: str) -> list[str]:
    return _PLACEHOLDER.findall(text)


def filled(text: str, **words: str) -> str:
    """With every placeholder replaced once; one without its word is our own mistake (KeyError)."""
    return _PLACEHOLDER.sub(lambda found: words[found[1]], text)
