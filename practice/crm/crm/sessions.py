"""Passwords and the cookies of those who gave the right one. Both colors read each other's: they share the key."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

LASTS_SECONDS = 12 * 3600


def cookie(name: str, secret: bytes, now: float) -> str:
    said = urlsafe_b64encode(f"{now + LASTS_SECONDS:.0f} {name}".encode()).decode()
    return f"{said}.{_signature(said, secret)}"


def who(cookie: str, secret: bytes, now: float) -> str | None:
    """Nobody, if we did not sign it or it is too old."""
    said, _, signature = cookie.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(said, secret).encode()):
        return None
    try:
        until, _, name = urlsafe_b64decode(said).decode().partition(" ")
    except (Error, UnicodeDecodeError):
        return None
    return name if float(until) > now else None


def hashed(password: str, salt: bytes) -> str:
    return f"{salt.hex()}:{hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()}"


def matches(password: str, kept: str) -> bool:
    salt = bytes.fromhex(kept.partition(":")[0])
    return hmac.compare_digest(hashed(password, salt), kept)


def _signature(said: str, secret: bytes) -> str:
    return hmac.new(secret, said.encode(errors="replace"), "sha256").hexdigest()
