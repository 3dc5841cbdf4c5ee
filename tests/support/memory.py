"""A store that lives in this process: what tests put in a real store's place."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from stores.flavors.base import (
    AlreadyExists,
    Artifact,
    Backend,
    Category,
    Changed,
    NotFound,
    StoreError,
)
from stores.flavors.intake import Intake


class MemoryBackend(Backend):
    """Artifacts in a dictionary. May be shared between threads.

    `keeps_md5=False` makes it a store that keeps no hashes. `piece_size` is how `read` cuts.
    """

    def __init__(self, *, keeps_md5: bool = True, piece_size: int = 1024 * 1024) -> None:
        self.keeps_md5 = keeps_md5
        self.piece_size = piece_size
        self.closed = False
        self._kept: dict[str, tuple[Artifact, bytes]] = {}
        self._lock = threading.Lock()

    def put(self, name: str, data: bytes) -> Artifact:
        """Put an artifact there in place of any other, as a test's preparation."""
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        artifact = Artifact(
            name,
            len(data),
            uuid.uuid4().hex,
            md5 if self.keeps_md5 else "",
            datetime.now(UTC),
        )
        self._kept[name] = (artifact, data)
        return artifact

    def resolve(self) -> str:
        return "Memory is where this process is."

    def connect(self) -> str:
        return "Memory answers."

    def list(self, prefix: str = "", *, page_size: int | None = None) -> Iterator[Artifact]:
        for name, (artifact, _) in sorted(self._kept.items()):
            if not prefix or name.startswith(f"{prefix}/"):
                yield artifact

    def stat(self, name: str) -> Artifact:
        return self._find(name)[0]

    def md5(self, name: str) -> str:
        return self.stat(name).md5

    def read(
        self, name: str, *, etag: str = "", offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        _, data = self._find(name, etag)
        end = len(data) if length is None else min(offset + length, len(data))
        for start in range(offset, end, self.piece_size):
            if etag:
                self._find_unchanged(name, etag)
            yield data[start : min(start + self.piece_size, end)]

    def write(
        self, name: str, pieces: Iterable[bytes], *, size: int, replaces: str = ""
    ) -> Artifact:
        _check(name)
        intake = Intake(name, pieces, size)
        data = b"".join(intake)
        with self._lock:
            if replaces:
                self._find_unchanged(name, replaces)
            elif name in self._kept:
                raise AlreadyExists(f"`{name}` is already there.")
            return replace(self.put(name, data), md5=intake.md5)

    def delete(self, name: str) -> None:
        with self._lock:
            self._find(name)
            del self._kept[name]

    def close(self) -> None:
        self.closed = True

    def _find(self, name: str, etag: str = "") -> tuple[Artifact, bytes]:
        _check(name)
        if name not in self._kept:
            raise NotFound(f"There is no `{name}`.")
        return self._find_unchanged(name, etag) if etag else self._kept[name]

    def _find_unchanged(self, name: str, etag: str) -> tuple[Artifact, bytes]:
        found = self._kept.get(name)
        if found is None or found[0].etag != etag:
            raise Changed(f"`{name}` is another version by now.")
        return found


def _check(name: str) -> None:
    if not name or any(part in (".", "..") for part in name.split("/")):
        raise StoreError(Category.NAME, f"Memory cannot keep {name!a} as a name.")
