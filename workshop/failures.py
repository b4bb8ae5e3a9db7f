"""What pip's words mean for the person who waits for it, and what to do."""

import re
from pathlib import Path

MEANINGS = (
    (
        r"DO NOT MATCH THE HASHES",
        "The package index sent other files than the lock names, so nothing of them was installed. "
        "Ask who runs the index (or the proxy before it) before you try again.",
    ),
    (r"No space left on device|Errno 28", "The disk is full. Make room and start again."),
    (
        r"resolution|Connection|ConnectTimeout|ReadTimeout|timed out|ProxyError|SSLError|CERTIFICATE",
        "The package index cannot be reached from here. Check the network and pip's settings (pip config list: "
        "index-url, proxy, cert), then start again.",
    ),
    (
        r"No matching distribution|Could not find a version",
        "The package index has no file of the lock that fits this machine. If it is a mirror, see that it is complete "
        "(pip config list: index-url).",
    ),
    (
        r"Permission denied|Errno 13",
        "This folder may not be written. Give it to the user who starts this, and start again.",
    ),
)


def explain(log: str, where: Path) -> str:
    """The first meaning that fits, the last lines of the log, and where the rest of it is."""
    meaning = next((says for pattern, says in MEANINGS if re.search(pattern, log)), "The installation failed.")
    last = "\n".join(f"    {line}" for line in log.strip().splitlines()[-6:])
    return f"{meaning}\n{last}\n  All of it: {where}"
