"""The header of a tar's member: one block."""

BLOCK = 512


def member_name(block: bytes) -> bytes:
    name, prefix = block[:100].partition(b"\0")[0], block[345:500].partition(b"\0")[0]
    return prefix + b"/" + name if prefix else name


def number(field: bytes) -> int:
    if field[0] & 0x80:  # too large for octal digits
        return int.from_bytes(field[1:], "big")
    return int(field.strip(b" \0") or b"0", 8)


def is_whole(block: bytes) -> bool:
    """By the sum of all bytes, with spaces where the sum itself stands."""
    return sum(block) - sum(block[148:156]) + 8 * ord(" ") == number(block[148:156])
