"""What every flavor does alike with an answer that is not a success. Knows no SDK.

A service's code decides, never its SDK's class; each flavor's own `errors.classify` knows what the
codes mean.
"""

from __future__ import annotations

import re

from stores.flavors.base import AlreadyExists, Category, Changed, NotFound, StoreError

_SUBCLASSES: dict[Category, type[NotFound | AlreadyExists | Changed]] = {
    Category.NOT_FOUND: NotFound,
    Category.EXISTS: AlreadyExists,
    Category.CHANGED: Changed,
}
_BY_STATUS = {
    401: Category.SIGN_IN,
    403: Category.PERMISSION,
    404: Category.NOT_FOUND,
    407: Category.CONNECT,
    408: Category.TIMEOUT,
    412: Category.CHANGED,
    429: Category.THROTTLED,
    504: Category.TIMEOUT,
}


def shown(code: str) -> str:
    """A service's code as it came, but for what no code has in it."""
    return re.sub(r"[^A-Za-z0-9_.-]", "", code)[:80]


def category_of(status: int) -> Category:
    """What the status alone proves."""
    return _BY_STATUS.get(status, Category.UNAVAILABLE if status >= 500 else Category.UNKNOWN)


def as_error(category: Category, text: str, code: str, request_id: str, **more: str) -> StoreError:
    """The error of this category, of its subclass where it has one; `more` is as there."""
    if category in _SUBCLASSES:
        return _SUBCLASSES[category](text, code, request_id, **more)
    return StoreError(category, text, code, request_id, **more)
