"""Bytes on their way into a store: counted, hashed and held to the size that was promised."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from stores.flavors.base import Category, StoreError

MIB = 1024 * 1024


class Intake:
    """The pieces of one artifact, to be gone through once."""

    def __init__(self, name: str, pieces: Iterable[bytes], size: int) -> None:
        self._taken = 0
        self._name = name
        self._pieces = pieces
        self._size = size
        self._hash = hashlib.md5(usedforsecurity=False)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces. Raises `StoreError(INTEGRITY)` as soon as they exceed the size, and
        at their end when they fall short of it."""
        for piece in self._pieces:
            self._taken += len(piece)
            if self._taken > self._size:
                raise self._wrong_size("more")
            self._hash.update(piece)
            yield piece
        if self._taken < self._size:
            raise self._wrong_size(f"only {self._taken}")

    @property
    def md5(self) -> str:
        """The MD5 (hex) of what was gone through."""
        return self._hash.hexdigest()

    def _wrong_size(self, came: str) -> StoreError:
        return StoreError(
            Category.INTEGRITY,
            f"`{self._name}` was announced with {self._size} bytes, but {came} came."
            " Nothing was stored.",
            action="It changed while it was read: plan and copy it again.",
        )


def cut(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes, cut into pieces of `size` and a rest."""
    buffer = bytearray()
    for piece in pieces:
        buffer += piece
        while len(buffer) >= size:
            yield bytes(buffer[:size])
            del buffer[:size]
    if buffer:
        yield bytes(buffer)


def piece_size(size: int, least: int, most: int) -> int:
    """How many bytes each of `most` pieces at the most has to have, `least` or more: whole MiB."""
    return max(least, -(-size // most // MIB) * MIB)
