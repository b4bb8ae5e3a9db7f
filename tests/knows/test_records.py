"""What lies in a store may be anybody's: it is read as what it claims to be, or not at all."""

from datetime import UTC, datetime

import pytest

from mainstay.backups.sets import Proof
from mainstay.records import UnreadableRecord, decode, encode

PROOF = Proof("a", 1, True, "as it should be", datetime(2026, 11, 20, 12, tzinfo=UTC))
WRITTEN = encode(PROOF, nonce="n")


def test_what_was_written_is_read_again() -> None:
    assert decode(Proof, WRITTEN) == PROOF


@pytest.mark.parametrize(
    "strange",
    [
        b"",
        b"null",
        b"\xff",
        b"[" * 200_000,
        WRITTEN.replace(b"Proof", b"Turn"),
        WRITTEN.replace(b'"level": 1', b'"level": 1, "depth": 2'),
        WRITTEN.replace(b'"level": 1', b'"level": ' + b"9" * 5000),
        WRITTEN.replace(b'12:00:00Z"', b'12:00:00"'),
    ],
    ids=["nothing", "null", "no text", "too deep", "another kind", "a newer one", "too long", "of no zone"],
)
def test_what_cannot_be_read_is_said_to_be_so(strange: bytes) -> None:
    """One of these under a key must hide nothing else: whoever lists goes on after it."""
    with pytest.raises(UnreadableRecord):
        decode(Proof, strange)
