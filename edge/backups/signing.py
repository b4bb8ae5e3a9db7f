"""What a set says of itself is signed as ssh-keygen signs files, so anybody checks it by hand with that.

The format is OpenSSH's (PROTOCOL.sshsig); its program itself is not needed, and is not on every machine.
"""

import base64
import struct
from collections.abc import Iterator
from hashlib import sha512
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edge import private
from mainstay.errors import BadInput, MainstayError, Refused

NAMESPACE = "mainstay-set"
WRITER = "mainstay"  # as whom a key is known in the list of those who may sign
_MAGIC, _VERSION, _HASH, _KEY = b"SSHSIG", 1, b"sha512", b"ssh-ed25519"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_COLUMNS = 70


class NotOurs(MainstayError):
    """Somebody else wrote it, or changed it since."""


def make_key(file: Path) -> None:
    """The private half, as ssh-keygen writes one."""
    key = Ed25519PrivateKey.generate()
    openssh, plain = serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    private.write_bytes(file, key.private_bytes(serialization.Encoding.PEM, openssh, plain))


def write_public_half(file: Path) -> None:
    """Beside it."""
    private.write(file.with_name(f"{file.name}.pub"), f"{_written(_private(file).public_key())} {WRITER}\n")


def sign(key: Path, data: bytes) -> bytes:
    ours = _private(key)
    signature = _packed(_KEY, ours.sign(_what_is_signed(data)))
    public = _packed(_KEY, _raw(ours.public_key()))
    blob = _MAGIC + struct.pack(">I", _VERSION) + _packed(public, NAMESPACE.encode(), b"", _HASH, signature)
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
    return "\n".join([_BEGIN, *lines, _END, ""]).encode()


def check(public: str, data: bytes, signature: bytes) -> None:
    """``NotOurs`` unless the private half of one of these keys, a line each, signed these very bytes."""
    keys = {_packed(_KEY, _raw(key)): key for key in map(_read, public.strip().splitlines())}
    try:
        lines = signature.decode().split()
        blob = base64.b64decode("".join(lines[3:-3]), validate=True)
        if [" ".join(lines[:3]), " ".join(lines[-3:])] != [_BEGIN, _END] or blob[:10] != _MAGIC + struct.pack(
            ">I", _VERSION
        ):
            raise ValueError("it is no signature of ssh-keygen's")
        by, namespace, _reserved, hash, packed = _unpacked(blob[10:])
        kind, signed = _unpacked(packed)
        if by not in keys or (namespace, hash, kind) != (NAMESPACE.encode(), _HASH, _KEY):
            raise ValueError("it is another's, or for something else")
        keys[by].verify(signed, _what_is_signed(data))
    except (ValueError, struct.error, InvalidSignature) as reason:
        why = str(reason) or "what was signed is not this"
        raise NotOurs(f"its signature is of nobody who may sign ({why})") from reason


def same_key(one: str, other: str) -> bool:
    """Whatever is said behind it."""
    return _raw(_read(one)) == _raw(_read(other))


def _private(key: Path) -> Ed25519PrivateKey:
    try:
        ours = serialization.load_ssh_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as reason:  # TypeError: it wants a password
        raise Refused(
            f"Nothing can be signed with {key}: {reason}. Bring that key back. If it is lost, move {key} and {key}.pub"
            " away: a new pair is made then, and older sets are not trusted any more."
        ) from reason
    if not isinstance(ours, Ed25519PrivateKey):
        raise Refused(
            f"{key} is no ed25519 key, and this version signs with no other. Bring the one that was made here back."
        )
    return ours


def _what_is_signed(data: bytes) -> bytes:
    return _MAGIC + _packed(NAMESPACE.encode(), b"", _HASH, sha512(data).digest())


def _read(line: str) -> Ed25519PublicKey:
    try:
        key = serialization.load_ssh_public_key(line.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput(f'"{line.strip()[:40]}…" is no public half of an ed25519 key, so nothing is checked with it.')
    return key


def _written(key: Ed25519PublicKey) -> str:
    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _packed(*words: bytes) -> bytes:
    """Each behind its length."""
    return b"".join(struct.pack(">I", len(word)) + word for word in words)


def _unpacked(data: bytes) -> tuple[bytes, ...]:
    return tuple(_words(data))


def _words(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if (end := at + 4 + length) > len(data):
            raise ValueError("it breaks off")
        yield data[at + 4 : end]
        at = end
