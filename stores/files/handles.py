"""Open files: one reads ranges of exactly one version, the other stores all that was written at
once when it is closed, or nothing."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from tempfile import SpooledTemporaryFile
from typing import Any

from stores.files.errors import translated
from stores.flavors.base import Artifact, Backend

MIB = 1024 * 1024
# What one request fetches where less is asked for, and how files are handed over.
PIECE = MIB
# What is written stays in memory up to this size, beyond it in a temporary file.
IN_MEMORY = 8 * MIB

# Stores what was written, given a function that goes through it from its beginning, and its size.
Publish = Callable[[Callable[[], Iterator[bytes]], int], object]


class RangeReader(io.RawIOBase):
    """The bytes of one version of an artifact, fetched range by range as they are asked for.

    Raises `OSError` (ESTALE) when the artifact is another version by now.
    """

    mode = "rb"

    def __init__(self, backend: Backend, artifact: Artifact, path: str) -> None:
        self.name = path
        self._backend = backend
        self._artifact = artifact
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._artifact.size}
        if start[whence] + offset < 0:
            raise ValueError("A file has nothing before its beginning.")
        self._position = start[whence] + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        data = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self._read(self._artifact.size)

    def _read(self, most: int) -> bytes:
        length = min(most, self._artifact.size - self._position)
        if length <= 0:
            return b""
        with translated(self.name):
            pieces = self._backend.read(
                self._artifact.name,
                etag=self._artifact.etag,
                offset=self._position,
                length=length,
            )
            data = b"".join(pieces)
        self._position += len(data)
        return data


class Reader(io.BufferedReader):
    """An artifact, open to be read. `size` is in bytes."""

    def __init__(self, backend: Backend, artifact: Artifact, path: str) -> None:
        super().__init__(RangeReader(backend, artifact, path), PIECE)
        self.size = artifact.size


class Writer(io.BufferedIOBase):
    """Takes bytes and hands them over whole when it is closed.

    An exception inside its `with` block, or `discard`, throws away what was written; so does
    forgetting to close it.
    """

    mode = "wb"

    def __init__(self, publish: Publish, path: str) -> None:
        self.name = path
        self._publish = publish
        self._spool = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._spool.tell()

    def write(self, data: Any) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        return self._spool.write(data)

    def close(self) -> None:
        """Store what was written. Raises `OSError`, and then nothing was stored."""
        if self.closed:
            return
        try:
            with translated(self.name):
                self._publish(self._pieces, self._spool.tell())
        finally:
            self.discard()

    def _pieces(self) -> Iterator[bytes]:
        self._spool.seek(0)
        while piece := self._spool.read(PIECE):
            yield piece

    def discard(self) -> None:
        """Close it without storing anything."""
        self._spool.close()
        super().close()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def __del__(self) -> None:
        _abandon(self, self.name)


class TextWriter(io.TextIOWrapper):
    """Text on its way into a `Writer`, with the same promise."""

    def __init__(self, writer: Writer, **options: Any) -> None:
        super().__init__(writer, **options)
        self._writer = writer

    def discard(self) -> None:
        """Close it without storing anything."""
        self._writer.discard()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def __del__(self) -> None:
        _abandon(self, self._writer.name)


def _abandon(file: Writer | TextWriter, path: str) -> None:
    """What happens to a file that nobody holds any more: closing it would store half of it."""
    if not file.closed:
        file.discard()
        warnings.warn(
            f"{path} was never closed: nothing of it was stored.", ResourceWarning, stacklevel=2
        )
