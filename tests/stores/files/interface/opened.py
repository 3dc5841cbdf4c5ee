"""A store as files, for tests that also look beneath."""

from __future__ import annotations

from stores.files import Files
from stores.flavors.base import Backend
from tests.support.memory import MemoryBackend

MIB = 1024 * 1024


class Opened:
    """A store as files, with its root, and the backend beneath it to prepare and to look."""

    def __init__(self, backend: Backend, root: str, schemes: tuple[str, ...]) -> None:
        self.backend = backend
        self.root = root
        self.files = Files(backend, root, schemes)

    def put(self, *names: str, data: bytes = b"x") -> None:
        for name in names:
            self.backend.write(name, [data], size=len(data))

    def names(self) -> list[str]:
        return sorted(artifact.name for artifact in self.backend.list())

    def bytes_of(self, name: str) -> bytes:
        return b"".join(self.backend.read(name))


def in_memory() -> Opened:
    return Opened(MemoryBackend(), "memory://store/team", ("memory",))
