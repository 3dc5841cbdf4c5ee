"""Artifacts as files in a folder: each appears whole or not at all.

A name that no other store could keep (not UTF-8) is passed over, as links and devices are.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

from stores.flavors.base import (
    AlreadyExists,
    Artifact,
    Backend,
    Category,
    Changed,
    Folder,
    NotFound,
    StoreError,
)
from stores.flavors.intake import Intake
from stores.flavors.local.folder import OpenFolder, is_utf8, lstat, open_file, translated

PIECE = 1024 * 1024
# What file systems without hard links answer.
NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
# Names of files that are still being written. They stay hidden; nothing else may be called so.
_TEMPORARY = (".storeroom-", ".part")
# Seconds after which such a file may count as left behind: its writer has had time to lock it.
YOUNG = 60


class LocalBackend(Backend):
    """A folder beneath an allowed root. Holds nothing open; may be shared between threads."""

    def __init__(self, root: str, below: tuple[str, ...]) -> None:
        self._root = root
        self._folder = OpenFolder(root, below)

    def resolve(self) -> str:
        return f"Folder `{self._folder.path}` beneath the allowed root `{self._root}`."

    def connect(self) -> str:
        self._open()
        return f"`{self._folder.path}` is a folder and opens."

    def prepare(self) -> None:
        """Make the folder, and remove what writers that were killed left in it."""
        self._open()
        for parts, leaf, info in self._files(()):
            if _is_temporary(leaf) and time.time() - info.st_mtime > YOUNG:
                with suppress(OSError), self._folder.opened(parts) as folder:
                    _remove_abandoned(folder, leaf)

    def list(self, prefix: str = "", *, page_size: int | None = None) -> Iterator[Artifact]:
        for parts, leaf, info in self._files(tuple(_parts(prefix)) if prefix else ()):
            if not _is_temporary(leaf):
                yield _artifact("/".join((*parts, leaf)), info)

    def entries(self, folder: str = "") -> Iterator[Artifact | Folder]:
        parts = tuple(_parts(folder)) if folder else ()
        with translated(folder or self._folder.path):
            found = list(self._folder.entries(parts))
        for entry, info in found:
            name = "/".join((*parts, entry))
            if stat.S_ISREG(info.st_mode) and not _is_temporary(entry):
                yield _artifact(name, info)
            elif stat.S_ISDIR(info.st_mode) and self._holds_something((*parts, entry)):
                yield Folder(name)

    def _holds_something(self, parts: tuple[str, ...]) -> bool:
        return any(not _is_temporary(leaf) for _, leaf, _ in self._files(parts))

    def _open(self) -> None:
        with translated(self._folder.path), self._folder.opened(create=True):
            pass

    def _files(
        self, beneath: tuple[str, ...]
    ) -> Iterator[tuple[tuple[str, ...], str, os.stat_result]]:
        """Every regular file beneath a folder: the folders above it, its name, what it is."""
        waiting = [beneath]
        while waiting:
            parts = waiting.pop()
            with translated("/".join(parts) or self._folder.path):
                for entry, info in self._folder.entries(parts):
                    if stat.S_ISDIR(info.st_mode):
                        waiting.append((*parts, entry))
                    elif stat.S_ISREG(info.st_mode):
                        yield parts, entry, info

    def stat(self, name: str) -> Artifact:
        *folders, leaf = _parts(name)
        with translated(name), self._folder.opened(folders) as folder:
            return _artifact(name, _file(folder, leaf, name))

    def md5(self, name: str) -> str:
        digest = hashlib.md5(usedforsecurity=False)
        for piece in self.read(name):
            digest.update(piece)
        return digest.hexdigest()

    def read(
        self, name: str, *, etag: str = "", offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        *folders, leaf = _parts(name)
        with translated(name), self._folder.opened(folders) as folder:
            _refuse_other(etag, _file(folder, leaf, name), name)
            with open(open_file(folder, leaf), "rb", buffering=0) as file:
                file.seek(offset)
                left = sys.maxsize if length is None else length
                while piece := file.read(min(PIECE, left)):
                    _refuse_other(etag, lstat(folder, leaf), name)
                    left -= len(piece)
                    yield piece

    def write(
        self, name: str, pieces: Iterable[bytes], *, size: int, replaces: str = ""
    ) -> Artifact:
        *folders, leaf = _parts(name)
        intake = Intake(name, pieces, size)
        temporary = uuid.uuid4().hex.join(_TEMPORARY)
        with translated(name, writing=True):
            folder, file = self._folder.create_file(folders, temporary)
        _lock(file)
        try:
            for piece in intake:
                with translated(name, writing=True):
                    _write_all(file, piece)
            with translated(name, writing=True):
                os.fsync(file)
                _publish(folder, temporary, leaf, name, replaces)
                return _artifact(name, os.fstat(file), intake.md5)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            self._folder.prune(folders)
            raise
        finally:
            os.close(file)
            os.close(folder)

    def delete(self, name: str) -> None:
        *folders, leaf = _parts(name)
        with translated(name), self._folder.opened(folders) as folder:
            _lock(folder)
            _file(folder, leaf, name)
            os.unlink(leaf, dir_fd=folder)
        self._folder.prune(folders)


def _parts(name: str) -> list[str]:
    """The folders and the file that keep an artifact. Raises `StoreError(NAME)`."""
    parts = name.split("/")
    reason = ""
    if any(part in ("", ".", "..") for part in parts):
        reason = "a part of it is empty, `.` or `..`"
    elif "\0" in name or not is_utf8(name):
        reason = "it has a character that file names cannot have"
    elif any(len(part.encode()) > 255 for part in parts):
        reason = "a part of it is longer than 255 bytes"
    elif any(map(_is_temporary, parts)):
        reason = f"`{'…'.join(_TEMPORARY)}` is for files that are still being written"
    if reason:
        raise StoreError(
            Category.NAME, f"A folder cannot keep {name[:200]!a} as a name: {reason}."
        )
    return parts


def _is_temporary(name: str) -> bool:
    return name.startswith(_TEMPORARY[0]) and name.endswith(_TEMPORARY[1])


def _etag(info: os.stat_result) -> str:
    return f"{info.st_mtime_ns:x}-{info.st_size:x}-{info.st_ino:x}"


def _artifact(name: str, info: os.stat_result, md5: str = "") -> Artifact:
    modified = datetime.fromtimestamp(info.st_mtime, UTC)
    return Artifact(name, info.st_size, _etag(info), md5, modified)


def _file(folder: int, leaf: str, name: str) -> os.stat_result:
    """What is known of the regular file; anything else counts as nothing. Raises `NotFound`."""
    info = lstat(folder, leaf)
    if info is None or not stat.S_ISREG(info.st_mode):
        raise NotFound(f"There is no `{name}`.")
    return info


def _refuse_other(etag: str, info: os.stat_result | None, name: str) -> None:
    """Raise `Changed` when an etag is given and what is there is not that version."""
    if etag and (info is None or _etag(info) != etag):
        raise Changed(f"`{name}` is another version by now.")


def _write_all(file: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(file, rest) :]


def _lock(descriptor: int) -> None:
    """Keep others out of this folder or file until it is closed, where the file system can."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _remove_abandoned(folder: int, temporary: str) -> None:
    """Remove a file that nobody writes any more: whoever does holds its lock. Raises `OSError`."""
    file = open_file(folder, temporary)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(temporary, dir_fd=folder)
    finally:
        os.close(file)


def _publish(folder: int, temporary: str, leaf: str, name: str, replaces: str) -> None:
    """Give the finished file its name, at once and only if nothing stands against it."""
    _lock(folder)
    there = lstat(folder, leaf)
    if there is not None and not stat.S_ISREG(there.st_mode):
        raise StoreError(Category.NAME, f"`{name}` is a folder or a link here, not an artifact.")
    if replaces:
        _refuse_other(replaces, there, name)
        os.replace(temporary, leaf, src_dir_fd=folder, dst_dir_fd=folder)
    elif there is not None:
        raise AlreadyExists(f"`{name}` is already there.")
    else:
        _create(folder, temporary, leaf, name)
    with suppress(OSError):
        os.fsync(folder)


def _create(folder: int, temporary: str, leaf: str, name: str) -> None:
    """Name the file by a second link, which unlike a rename never replaces what somebody else
    put there. Where the file system has no such links, rename: the lock keeps our own out."""
    try:
        os.link(temporary, leaf, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        raise AlreadyExists(f"`{name}` is already there.") from None
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        os.rename(temporary, leaf, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        os.unlink(temporary, dir_fd=folder)
