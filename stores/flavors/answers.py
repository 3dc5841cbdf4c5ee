"""From what a service answered to the error that the store's owner reads, by a flavor's table.

Knows no SDK. The service's code decides, never the SDK's class. `detail` only picks the row: it
may quote what was signed, so it is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stores.flavors.base import AlreadyExists, Category, Changed, NotFound, StoreError


@dataclass(frozen=True, slots=True)
class Row:
    """One answer. The words may name what `classify` is handed, such as {name}."""

    code: str
    category: Category
    text: str
    action: str = ""
    detail: str = ""
    """Only for answers whose detail contains this."""


def classify(
    table: Iterable[Row],
    status: int,
    code: str,
    detail: str,
    request_id: str,
    words: Mapping[str, str],
) -> StoreError:
    """The error for one answer: the first row of the table that fits, else what the status proves.
    Unknown codes are shown as they came. `words` has {operation} and {name}, and what the table
    names beside them."""
    code = re.sub(r"[^A-Za-z0-9_.-]", "", code)[:80]
    row = next((row for row in table if row.code == code and row.detail in detail), None)
    if row is None and 300 <= status < 400:
        return redirected(status, code)
    row = row or _by_status(status, code)
    text, code = row.text.format(**words), code or str(status)
    if row.category == Category.NOT_FOUND:
        return NotFound(text, code, request_id)
    if row.category == Category.EXISTS:
        return AlreadyExists(text, code, request_id)
    if row.category == Category.CHANGED:
        return Changed(text, code, request_id)
    return StoreError(row.category, text, code, request_id, row.action.format(**words))


def redirected(status: int, code: str = "") -> StoreError:
    """The error for an answer that leads elsewhere."""
    return StoreError(
        Category.CONNECT,
        f"The service redirects to another address ({status}); credentials do not follow it.",
        code or str(status),
        action="Correct the endpoint. A proxy that asks for a sign-in does this, too.",
    )


def _by_status(status: int, code: str) -> Row:
    """What the status alone proves."""
    if status == 404:
        return Row(code, Category.NOT_FOUND, "There is no `{name}`.")
    if status == 412:
        return Row(code, Category.CHANGED, "`{name}` is another version by now.")
    category = {
        401: Category.SIGN_IN,
        403: Category.PERMISSION,
        407: Category.CONNECT,
        408: Category.TIMEOUT,
        429: Category.THROTTLED,
        504: Category.TIMEOUT,
    }.get(status, Category.UNAVAILABLE if status >= 500 else Category.UNKNOWN)
    if code:
        said = f"The service answered {status} `{code}` when Storeroom tried to {{operation}}."
    else:
        said = f"The service answered {status} without a reason on {{operation}}."
    return Row(code, category, said)
