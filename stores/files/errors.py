"""A `StoreError` as the `OSError` that callers of a file interface expect, its words kept."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from stores.flavors.base import Category, StoreError

# Python picks the class by the number: ENOENT is a FileNotFoundError, EACCES a PermissionError.
NUMBERS = {
    Category.NOT_FOUND: errno.ENOENT,
    Category.CONTAINER_MISSING: errno.ENOENT,
    Category.EXISTS: errno.EEXIST,
    Category.CHANGED: errno.ESTALE,
    Category.NAME: errno.EINVAL,
    Category.PERMISSION: errno.EACCES,
    Category.SIGN_IN: errno.EACCES,
    Category.SETTINGS: errno.EACCES,
    Category.SECRET_MISSING: errno.EACCES,
    Category.SECRET_UNDECRYPTABLE: errno.EACCES,
    Category.SECRET_SHAPE: errno.EACCES,
    Category.SECRET_EXPIRED: errno.EACCES,
    Category.TIMEOUT: errno.ETIMEDOUT,
    Category.THROTTLED: errno.EBUSY,
    Category.DNS: errno.EHOSTUNREACH,
    Category.CONNECT: errno.ECONNREFUSED,
}


def os_error(number: int, path: str, words: str) -> OSError:
    """An error of the operating system about `path`, of the class that goes with its number."""
    return OSError(number, words, path)


def as_os_error(error: StoreError, path: str) -> OSError:
    """The error of the operating system that says the same of `path`; EIO where none does."""
    words = f"{error.text} {error.action}".strip()
    return os_error(NUMBERS.get(error.category, errno.EIO), path, words)


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Turn a `StoreError` into an `OSError` about `path`, with the `StoreError` as its cause."""
    try:
        yield
    except StoreError as error:
        raise as_os_error(error, path) from error
