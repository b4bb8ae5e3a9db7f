"""Bytes and ages as a person reads them."""

from datetime import timedelta


def shown_bytes(count: int) -> str:
    """In powers of ten, as disks are sold and buckets are billed."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def shown_age(passed: timedelta) -> str:
    """In the largest unit of which there are two."""
    seconds = passed.total_seconds()
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
