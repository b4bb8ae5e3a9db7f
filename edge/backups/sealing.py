"""What leaves this machine for years: packed with zstd, sealed with age, counted and hashed on the way.

Whoever seals has only the public halves of keys, so what a machine has written it cannot read again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Protocol, cast

import pyrage
import zstandard

from mainstay.errors import BadInput, MainstayError

LEVEL = 1  # of zstd: more costs much time and saves few bytes
ONLY_A_FRAME = -50  # around what is packed already, four times as fast: so all that is sealed is opened in one way
CHUNK_BYTES = 1 << 20
GATHERED_BYTES = 1 << 18


class SealBroken(MainstayError):
    """It was not sealed to this key, or it is not whole; what is wrong, as the end of a sentence."""


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Sealed:
    """What was made of one stream."""

    bytes: int  # sealed, as it is stored
    sha256: str  # of these
    plain_bytes: int


class _Source:
    """Passes on what is read and knows how much it was. What its reader's callers swallow is kept."""

    def __init__(self, plain: Readable) -> None:
        self._plain = plain
        self.bytes = 0
        self.failure: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._plain.read(CHUNK_BYTES if size < 0 else size)
        except BaseException as reason:
            self.failure = self.failure or reason  # the library may come again, and fail of that
            raise
        self.bytes += len(data)
        return data


class _Sink:
    """pyrage forgets what went wrong with the very last write, so it is kept here."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self.bytes = 0
        self.failure: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            self._write(data)
        except BaseException as reason:
            self.failure = self.failure or reason  # the library may come again, and fail of that
            raise
        self.bytes += len(data)
        return len(data)

    def flush(self) -> None:
        """Whoever takes the bytes knows when they are safe."""


class _Gathering:
    """pyrage opens a few kilobytes at a time, and whoever takes them would be called a hundred times a megabyte."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write, self._held = write, bytearray()
        self.bytes = 0

    def write(self, data: bytes) -> None:
        self._held += data
        if len(self._held) >= GATHERED_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._held:
            self._write(bytes(self._held))
            self.bytes += len(self._held)
            self._held.clear()


def seal(
    plain: Readable,
    write: Callable[[bytes], object],
    recipients: Sequence[str],
    *,
    packed: bool = False,
    slow: bool = False,
) -> Sealed:
    """All of it, to every one of these keys (``age1…``). What goes wrong on either side is raised as it was.

    ``packed``: what comes was compressed by whoever made it. ``slow``: it comes more slowly than it is packed, so a
    thread for that would cost time and memory, and save none.
    """
    digest = sha256()

    def store(data: bytes) -> None:
        write(data)
        digest.update(data)

    source, sink = _Source(plain), _Sink(store)
    threads = 0 if packed or slow else 1
    how = zstandard.ZstdCompressor(ONLY_A_FRAME if packed else LEVEL, threads=threads)
    frame = how.stream_reader(cast(IO[bytes], source), read_size=CHUNK_BYTES)
    _through(lambda: pyrage.encrypt_io(frame, sink, [recipient(key) for key in recipients]), source, sink)
    return Sealed(sink.bytes, digest.hexdigest(), source.bytes)


def unseal(sealed: Readable, write: Callable[[bytes], object], identity: str) -> Sealed:
    """All of it, or ``SealBroken``: nobody may believe what was written before this returns."""
    source, unpacked = _Source(sealed), zstandard.ZstdDecompressor().decompressobj()
    plain = _Gathering(write)
    sink = _Sink(lambda data: plain.write(unpacked.decompress(data)))
    hashed = _Hashed(source)
    try:
        _through(lambda: pyrage.decrypt_io(hashed, sink, [_identity(identity)]), source, sink)
        plain.flush()
    except (pyrage.DecryptError, zstandard.ZstdError) as reason:
        raise SealBroken(f"it cannot be opened with this key, or was changed ({reason})") from reason
    if not unpacked.eof or unpacked.unused_data:
        raise SealBroken("what was sealed is not one whole zstd frame")
    return Sealed(source.bytes, hashed.sha256, plain.bytes)


def recipient(key: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(key.strip())
    except pyrage.RecipientError:
        raise BadInput(f'"{key.strip()[:20]}…" is not the public half of an age key; one begins with age1') from None


def public_half(key: str) -> str:
    """Of a key file's text: what is sealed to it, it opens. ``BadInput`` if it is none."""
    try:
        return str(_identity(key).to_public())
    except SealBroken as reason:
        raise BadInput(f"Nothing was opened: {reason}.") from reason


def _identity(key: str) -> pyrage.x25519.Identity:
    """From the text of a key file as ``age-keygen`` writes it: comments, and one key."""
    lines = [line.strip() for line in key.splitlines() if line.strip() and not line.startswith("#")]
    try:
        return pyrage.x25519.Identity.from_str(lines[0] if lines else "")
    except pyrage.IdentityError:
        raise SealBroken("the key is no age key: its file holds one line that begins with AGE-SECRET-KEY-1") from None


class _Hashed:
    def __init__(self, source: _Source) -> None:
        self._source, self._hash = source, sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._hash.update(data)
        return data

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def _through(work: Callable[[], object], source: _Source, sink: _Sink) -> None:
    """What our own reading or writing raised is the reason, whatever the library made of it."""
    try:
        work()
    except BaseException as reason:
        if (failure := source.failure or sink.failure) is not None:
            raise failure from None
        if isinstance(reason, OSError):  # so it calls what breaks off
            raise SealBroken(str(reason)) from reason
        raise
    if (failure := source.failure or sink.failure) is not None:
        raise failure
