"""A stored object as a stream whose failures are ``StoreLost``, also those that happen while it is read."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO, cast

BUFFER_BYTES = 1 << 20


class _Reading(io.RawIOBase):
    def __init__(self, read: Callable[[int], bytes], losing: Callable[[], AbstractContextManager[None]]) -> None:
        self._read = read
        self._losing = losing

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed cannot name what io passes
        with self._losing():
            data = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def stream(read: Callable[[int], bytes], losing: Callable[[], AbstractContextManager[None]]) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Reading(read, losing), BUFFER_BYTES))
