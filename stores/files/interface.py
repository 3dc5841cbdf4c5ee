"""The file interface of a store: paths in, paths out, and nothing beyond the store's root."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import IO, Any, Self

from stores.files.errors import os_error, translated
from stores.files.handles import Reader, TextWriter
from stores.files.patterns import fitting, is_pattern
from stores.files.root import Root
from stores.files.writing import open_writer, replace, version_of
from stores.flavors.base import AlreadyExists, Artifact, Backend, Folder, NotFound

# How many artifacts are looked up before they are removed.
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Stat:
    """What is at a path. A folder has no size, no time, and neither etag nor hash."""

    path: str
    is_folder: bool
    size: int | None = None
    modified: datetime | None = None
    etag: str = ""
    md5: str = ""


class Files:
    """An open store as files. Paths are full addresses such as `az://container/path`.

    A folder is there as long as something lies in it; the root is always there. Methods raise
    Python's own `OSError`s with the `StoreError` as their cause: `FileNotFoundError`,
    `FileExistsError`, `IsADirectoryError`, `NotADirectoryError`, and `PermissionError` for what
    the sign-in may not do and for paths outside the root. As a context manager it closes the
    store.
    """

    def __init__(self, backend: Backend, root: str, schemes: tuple[str, ...]) -> None:
        """`root` is the store's address in its normal form; all `schemes` mean the same."""
        self._backend = backend
        self._root = Root(root, schemes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back connections and the like."""
        self._backend.close()

    def open(
        self,
        path: str,
        mode: str = "r",
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Open a file to read (`r`), write (`w`), create (`x`) or append to it (`a`): as text, in
        UTF-8 unless another `encoding` is named, or with `b` as bytes.

        What is written is stored when the file is closed, whole or not at all, and not when an
        exception leaves its `with` block. `w` replaces whatever is there by then; `x` and `a` hold
        to what was there when they opened. Appending reads everything and stores it anew.
        """
        action = mode.replace("b", "", 1).replace("t", "", 1)
        if action not in ("r", "w", "x", "a") or {"b", "t"} <= set(mode):
            raise ValueError(f"The mode {mode!r} is not one of r, w, x and a, with b or t.")
        text: dict[str, Any] = {"errors": errors, "newline": newline}
        if "b" not in mode:
            text["encoding"] = encoding or "utf-8"
        elif (encoding, errors, newline) != (None, None, None):
            raise ValueError("Bytes have no encoding and no line ends.")
        if action == "r":
            reader = Reader(self._backend, self._file(path), path)
            return io.TextIOWrapper(reader, **text) if "encoding" in text else reader
        writer = open_writer(self._backend, self._file_name(path), path, action)
        return TextWriter(writer, **text) if "encoding" in text else writer  # type: ignore[return-value]

    def copyfile(self, src: str, dst: str, overwrite: bool = False) -> None:
        """Copy a file. Raises `FileExistsError` where the target is there, unless `overwrite`."""
        source, name = self._file(src), self._file_name(dst)
        with translated(dst):
            if not overwrite:
                if version_of(self._backend, name):
                    raise AlreadyExists(f"`{name}` is already there.")
                self._backend.copy(source, name)
            elif source.name != name:
                replace(
                    self._backend, name, lambda old: self._backend.copy(source, name, replaces=old)
                )

    def rename(self, src: str, dst: str, overwrite: bool = False) -> None:
        """Give a file another name: copy it, then remove it under the old one. Raises
        `FileExistsError` where the target is there, unless `overwrite`."""
        self.copyfile(src, dst, overwrite)
        if self._root.name(src) != self._root.name(dst):
            self.remove(src)

    def exists(self, path: str) -> bool:
        """Whether there is a file or a folder."""
        try:
            self.stat(path)
        except FileNotFoundError:
            return False
        return True

    def isdir(self, path: str) -> bool:
        """Whether there is a folder: something lies in it, or it is the store's root."""
        try:
            return self._is_folder(path)
        except FileNotFoundError:
            return False

    def glob(self, pattern: str) -> list[str]:
        """The paths of all files and folders that fit, sorted; `**` as a part stands for any
        number of parts. Capitals count, and a leading dot is a sign like others."""
        parts = self._root.parts(pattern)
        literal = next((n for n, part in enumerate(parts) if is_pattern(part)), len(parts))
        if literal == len(parts):
            return [self._root.path("/".join(parts))] if self.exists(pattern) else []
        with translated(pattern):
            found = set(fitting(self._backend, "/".join(parts[:literal]), list(parts[literal:])))
        return sorted(map(self._root.path, found))

    def listdir(self, path: str) -> list[str]:
        """The base names of what lies in a folder, sorted. Raises `FileNotFoundError`, and
        `NotADirectoryError` for a file."""
        entries = self._entries(self._root.name(path), path)
        if not entries:
            self._refuse_other_than_folder(path)
        return sorted({entry.name.rpartition("/")[2] for entry in entries})

    def children(self, path: str) -> list[Stat]:
        """What lies in a folder, each described, sorted by path. Nothing where it is no folder."""
        return [self._described(entry) for entry in self._entries(self._root.name(path), path)]

    def beneath(self, path: str) -> Iterator[Stat]:
        """Every file in a folder and in the folders in it, in no promised order. Nothing where it
        is no folder."""
        with translated(path):
            yield from map(self._described, self._backend.list(self._root.name(path)))

    def mkdir(self, path: str) -> None:
        """Leave nothing behind: a folder appears with the first file in it. Raises
        `FileExistsError` where there is a file of this name."""
        name = self._root.name(path)
        with translated(path):
            if name and version_of(self._backend, name):
                raise AlreadyExists(f"`{name}` is a file.")

    def makedirs(self, path: str) -> None:
        """As `mkdir`."""
        self.mkdir(path)

    def remove(self, path: str) -> None:
        """Remove a file. Raises `FileNotFoundError`, for a folder as well."""
        name = self._root.name(path)
        with translated(path):
            if not name:
                raise NotFound("There is no file: this is the store's root.")
            self._backend.delete(name)

    def rmtree(self, path: str) -> None:
        """Remove everything in a folder, and with it the folder. Raises `FileNotFoundError`, and
        `NotADirectoryError` for a file."""
        name = self._root.name(path)
        self._refuse_other_than_folder(path)
        with translated(path):
            while batch := list(islice(self._backend.list(name), BATCH)):
                for artifact in batch:
                    with suppress(NotFound):
                        self._backend.delete(artifact.name)

    def stat(self, path: str) -> Stat:
        """What is at a path: a file, else a folder. Raises `FileNotFoundError`."""
        name = self._root.name(path)
        with translated(path):
            try:
                if name:
                    return self._described(self._backend.stat(name))
                self._is_folder(path)
            except NotFound:
                if not self._is_folder(path):
                    raise
        return Stat(self._root.path(name), is_folder=True)

    def size(self, path: str) -> int | None:
        """The size of a file in bytes, None for a folder. Raises `FileNotFoundError`."""
        return self.stat(path).size

    def walk(self, top: str, topdown: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
        """Yield the path of each folder, the base names of the folders in it and of its files;
        `top` first, or with `topdown` false last. Names that are taken out of the list of folders
        of what comes first are left out. Nothing where `top` is no folder."""
        yield from self._walk(self._root.name(top), top, topdown)

    def _walk(
        self, folder: str, top: str, topdown: bool
    ) -> Iterator[tuple[str, list[str], list[str]]]:
        entries = self._entries(folder, top)
        if not entries:
            return
        start = len(folder) + 1 if folder else 0
        names = [entry.name[start:] for entry in entries if isinstance(entry, Folder)]
        files = [entry.name[start:] for entry in entries if isinstance(entry, Artifact)]
        if topdown:
            yield self._root.path(folder), names, files
        for name in names:
            yield from self._walk(f"{folder}/{name}" if folder else name, top, topdown)
        if not topdown:
            yield self._root.path(folder), names, files

    def _entries(self, folder: str, path: str) -> list[Artifact | Folder]:
        """What lies in a folder, sorted by name."""
        with translated(path):
            return sorted(self._backend.entries(folder), key=lambda entry: entry.name)

    def _described(self, entry: Artifact | Folder) -> Stat:
        path = self._root.path(entry.name)
        if isinstance(entry, Folder):
            return Stat(path, is_folder=True)
        return Stat(path, False, entry.size, entry.modified, entry.etag, entry.md5)

    def _is_folder(self, path: str) -> bool:
        """As `isdir`. Raises `FileNotFoundError` where the whole store is missing."""
        name = self._root.name(path)
        with translated(path):
            return any(self._backend.list(name, page_size=1)) or not name

    def _refuse_other_than_folder(self, path: str) -> None:
        """Raise `NotADirectoryError` for a file and `FileNotFoundError` for nothing."""
        if not self._is_folder(path):
            self._file(path)
            raise os_error(errno.ENOTDIR, path, "It is a file.")

    def _file(self, path: str) -> Artifact:
        """The artifact at a path. Raises `FileNotFoundError`, and `IsADirectoryError` for a
        folder."""
        name = self._file_name(path)
        with translated(path):
            try:
                return self._backend.stat(name)
            except NotFound:
                if not self._is_folder(path):
                    raise
        raise os_error(errno.EISDIR, path, "It is a folder.")

    def _file_name(self, path: str) -> str:
        """The name of what could be a file. Raises `IsADirectoryError` for the root."""
        name = self._root.name(path)
        if not name:
            raise os_error(errno.EISDIR, path, "It is the store's root.")
        return name
