"""Bytes as a person reads them."""


def shown_bytes(count: int) -> str:
    """In powers of ten, as disks are sold and buckets are billed."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
