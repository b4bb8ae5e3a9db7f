"""The door to time and chance. Everything else is told what time it is."""

import secrets
import time
import uuid
from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that no clock change can bend; they mean nothing to another process."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def new_nonce() -> str:
    return secrets.token_hex(8)


def new_uuid() -> str:
    return str(uuid.uuid4())


def new_change_id(story: str) -> str:
    """Sorts by time, says what it is, and is never given twice."""
    return f"{now():%Y%m%dT%H%M%SZ}-{story}-{secrets.token_hex(3)}"
