"""How a file that was opened to be written gets into the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from stores.files.errors import translated
from stores.files.handles import Writer
from stores.flavors.base import AlreadyExists, Backend, Changed, NotFound

# How often a write that replaces whatever is there tries anew when somebody else is quicker.
TRIES = 5


def version_of(backend: Backend, name: str) -> str:
    """The etag of what has this name, "" where nothing has. Raises `StoreError`."""
    try:
        return backend.stat(name).etag
    except NotFound:
        return ""


def replace(backend: Backend, name: str, store: Callable[[str], object]) -> None:
    """Let `store` replace whatever has the name by then; it takes the etag of that. Raises
    `StoreError`."""
    for _ in range(TRIES - 1):
        with suppress(AlreadyExists, Changed):
            store(version_of(backend, name))
            return
    store(version_of(backend, name))


def open_writer(backend: Backend, name: str, path: str, action: str) -> Writer:
    """A writer for an artifact: "w" replaces, "x" creates, "a" appends. Raises `OSError`."""
    with translated(path):
        seen = "" if action == "w" else version_of(backend, name)
        if action == "x" and seen:
            raise AlreadyExists(f"`{name}` is already there.")

    def publish(pieces: Callable[[], Iterator[bytes]], size: int) -> None:
        def store(replaces: str) -> object:
            return backend.write(name, pieces(), size=size, replaces=replaces)

        if action == "w":
            replace(backend, name, store)
        else:
            store(seen)

    writer = Writer(publish, path)
    if seen:
        with translated(path):
            for piece in backend.read(name, etag=seen):
                writer.write(piece)
    return writer
