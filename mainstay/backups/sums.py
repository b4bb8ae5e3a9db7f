"""A list of hashes as ``sha256sum --check`` reads it, so that a person needs nothing of ours to compare."""

from collections.abc import Iterable, Iterator

from mainstay.errors import MainstayError

_DASH, _ITS_PATH = b"-", b"./-"  # sha256sum takes the one for its own input, and no other name begins like the other


class UnreadableSums(MainstayError):
    """What is wrong, as the end of a sentence."""


def written(sums: Iterable[tuple[bytes, str]]) -> bytes:
    """A name with a backslash or a line break is written with both escaped, behind a backslash of its own."""
    return b"".join(_line(name, sha256) for name, sha256 in sums)


def read(text: bytes) -> Iterator[tuple[bytes, str]]:
    for line in text.splitlines():
        hash, between, name = line.lstrip(b"\\").partition(b"  ")
        if len(hash) != 64 or not between:
            raise UnreadableSums(f"{line[:80]!r} is no line of it")
        plain = _plain(name) if line.startswith(b"\\") else name
        yield _DASH if plain == _ITS_PATH else plain, hash.decode("ascii", "replace")


def _line(name: bytes, sha256: str) -> bytes:
    name = _ITS_PATH if name == _DASH else name
    if not any(sign in name for sign in (b"\\", b"\n", b"\r")):
        return sha256.encode() + b"  " + name + b"\n"
    escaped = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    return b"\\" + sha256.encode() + b"  " + escaped + b"\n"


def _plain(name: bytes) -> bytes:
    parts = [part.replace(b"\\n", b"\n").replace(b"\\r", b"\r") for part in name.split(b"\\\\")]
    return b"\\".join(parts)
