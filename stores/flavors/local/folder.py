"""Walk a folder beneath a root by descriptors that follow no link.

Whoever can write into the folder cannot lead a reader out of it, not even by putting a link in a
folder's place between two calls.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from stores.flavors.base import Category, NotFound, StoreError

_OPEN_ROOT = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_OPEN_FOLDER = _OPEN_ROOT | os.O_NOFOLLOW
# Without O_NONBLOCK, opening a pipe that took a file's place would wait for ever.
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# How often a folder is made again that a delete removed while it was still empty.
_TRIES = 20


class OpenFolder:
    """The folder `below` an allowed root. The root itself may be a link: the operator chose it.

    Methods raise `OSError` as the system does, and `StoreError` when this very folder cannot be
    entered.
    """

    def __init__(self, root: str, below: tuple[str, ...]) -> None:
        self.path = os.path.join(root, *below)
        self._root = root
        self._below = below

    @contextmanager
    def opened(self, parts: Sequence[str] = (), *, create: bool = False) -> Iterator[int]:
        """A descriptor of the folder `parts` in here; `create` makes it where it is missing."""
        folder = _descend(self._enter(create=create), parts, create=create)
        try:
            yield folder
        finally:
            os.close(folder)

    def entries(self, parts: Sequence[str]) -> Iterator[tuple[str, os.stat_result]]:
        """What lies in the folder `parts`, by names in UTF-8. Nothing where it has gone."""
        with (
            suppress(FileNotFoundError, NotADirectoryError),
            self.opened(parts) as folder,
            os.scandir(folder) as found,
        ):
            for entry in found:
                info = lstat(folder, entry.name)
                if info is not None and is_utf8(entry.name):
                    yield entry.name, info

    def create_file(self, parts: Sequence[str], leaf: str) -> tuple[int, int]:
        """Descriptors of the folder `parts`, made where it is missing, and of a new file in it.

        Both are the caller's to close.
        """
        for _ in range(_TRIES):
            with suppress(FileNotFoundError), self.opened(parts, create=True) as folder:
                file = os.open(leaf, _CREATE_FILE, 0o666, dir_fd=folder)
                return os.dup(folder), file
        raise FileNotFoundError(errno.ENOENT, "removed again and again", leaf)

    def prune(self, parts: Sequence[str]) -> None:
        """Remove the folder `parts` and those above it, up to this one, as far as empty."""
        for depth in range(len(parts), 0, -1):
            with suppress(OSError), self.opened(parts[: depth - 1]) as above:
                os.rmdir(parts[depth - 1], dir_fd=above)

    def _enter(self, *, create: bool) -> int:
        """A descriptor of this very folder."""
        try:
            return _descend(os.open(self._root, _OPEN_ROOT), self._below, create=create)
        except FileNotFoundError:
            raise StoreError(
                Category.CONTAINER_MISSING,
                f"There is no folder `{self.path}`.",
                action=f"Make it; is what holds `{self._root}` mounted?",
            ) from None
        except NotADirectoryError:
            raise StoreError(
                Category.SETTINGS,
                f"A part of `{self.path}` is a file or a link. Links are not followed.",
                action="Write the path that the link leads to.",
            ) from None


def open_file(folder: int, leaf: str) -> int:
    """A descriptor to read a regular file by. Raises `OSError`, also for anything else."""
    file = os.open(leaf, _OPEN_FILE, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise FileNotFoundError(errno.ENOENT, "not a regular file", leaf)
    return file


def lstat(folder: int, leaf: str) -> os.stat_result | None:
    """What is known of an entry without following it, or None where there is none."""
    try:
        return os.stat(leaf, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def is_utf8(name: str) -> bool:
    """Whether the name can be written in UTF-8; the system's odd bytes come as surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def translated(what: str, *, writing: bool = False) -> Iterator[None]:
    """Turn what the system raises over the artifact or folder `what` into a `StoreError`."""
    try:
        yield
    except OSError as error:
        raise _explained(error, what, writing) from error


def _explained(error: OSError, what: str, writing: bool) -> StoreError:
    code = errno.errorcode.get(error.errno or 0, "")
    if code in ("ENOTDIR", "ELOOP") and writing:
        return StoreError(
            Category.NAME,
            f"Above `{what}` there is a file or a link, so nothing can be stored beneath it.",
            code,
        )
    if code in ("ENOENT", "ENOTDIR", "ELOOP"):
        return NotFound(f"There is no `{what}`.", code)
    if code in ("EACCES", "EPERM", "EROFS"):
        return StoreError(
            Category.PERMISSION,
            f"The system does not let Storeroom {'write' if writing else 'use'} `{what}`.",
            code,
            action="Give the user that the worker runs as the right to it.",
        )
    if code in ("ENOSPC", "EDQUOT"):
        return StoreError(
            Category.UNAVAILABLE,
            f"The disk is full: `{what}` was not stored.",
            code,
            action="Make room, then try again.",
        )
    if code == "ENAMETOOLONG":
        return StoreError(Category.NAME, f"`{what}` is too long as a name here.", code)
    return StoreError(Category.UNKNOWN, f"`{what}`: {error.strerror or code}.", code)


def _descend(folder: int, parts: Sequence[str], *, create: bool) -> int:
    """Walk down from a descriptor, which is closed, and return that of the last folder."""
    for part in parts:
        try:
            if create:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=folder)
            inner = os.open(part, _OPEN_FOLDER, dir_fd=folder)
        finally:
            os.close(folder)
        folder = inner
    return folder
