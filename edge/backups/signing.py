"""The door to ssh-keygen, which signs what a set says of itself; anybody checks that with it by hand."""

import tempfile
from pathlib import Path

from edge import processes, streams
from mainstay.errors import CommandFailed, MainstayError

NAMESPACE = "mainstay-set"
WRITER = "mainstay"  # as whom a key is known in the list of those who may sign
DEADLINE_SECONDS = 20


class NotOurs(MainstayError):
    """Somebody else wrote it, or changed it since."""


def make_key(file: Path) -> None:
    """A pair: the private half in the file, the public one beside it."""
    words = ("-q", "-t", "ed25519", "-N", "", "-C", WRITER, "-f", str(file))
    processes.check(
        processes.run(["ssh-keygen", *words], deadline_seconds=DEADLINE_SECONDS), "making a key for signing"
    )


def sign(key: Path, data: bytes) -> bytes:
    with streams.producing(["ssh-keygen", "-Y", "sign", "-f", str(key), "-n", NAMESPACE], given=data) as signing:
        signature: bytes = signing.pipe.read()
        if signing.ended() != 0 or not signature:
            raise CommandFailed(f"Signing with {key} failed: {signing.said()}. Is it still there, and ours to read?")
    return signature


def check(public: str, data: bytes, signature: bytes) -> None:
    """``NotOurs`` unless the private half of this very key signed these very bytes."""
    with tempfile.TemporaryDirectory() as folder:
        signers, signed = Path(folder, "signers"), Path(folder, "signature")
        signers.write_text(f"{WRITER} {public.strip()}\n")  # as docs/hand-restore.md has a person do it
        signed.write_bytes(signature)
        words = ("-f", str(signers), "-I", WRITER, "-n", NAMESPACE, "-s", str(signed))
        argv = ["ssh-keygen", "-Y", "verify", *words]
        found = processes.run(argv, deadline_seconds=DEADLINE_SECONDS, stdin=data)
    if found.exit != 0:
        raise NotOurs(f"its signature is not that of this installation ({found.text.strip().splitlines()[-1:]})")
