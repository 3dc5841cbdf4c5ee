"""From what a service of buckets answered to the error that the store's owner reads, by a flavor's
table. `detail` only picks the row: it may quote what was signed, so it is never shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stores.flavors.answers import as_error, category_of, shown
from stores.flavors.base import AlreadyExists, Category, Changed, NotFound, StoreError


@dataclass(frozen=True, slots=True)
class Row:
    """One answer. The words may name what `error_by` is handed, such as {name}."""

    code: str
    category: Category
    text: str
    action: str = ""
    detail: str = ""
    """Only for answers whose detail contains this."""


def error_by(
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
    code = shown(code)
    row = next((row for row in table if row.code == code and row.detail in detail), None)
    if row is None and 300 <= status < 400:
        return redirected(status, code)
    row = row or _by_status(status, code)
    text, action = row.text.format(**words), row.action.format(**words)
    return as_error(row.category, text, code or str(status), request_id, action=action)


def meant_by(error: StoreError, name: str, *, replaces: bool) -> StoreError:
    """What the refusal of a write says of what is there, in the words of the contract."""
    if isinstance(error, Changed) and not replaces:
        return AlreadyExists(f"`{name}` is already there.", error.code, error.request_id)
    if isinstance(error, NotFound) and replaces:
        return Changed(f"`{name}` is gone by now.", error.code, error.request_id)
    return error


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
    if code:
        said = f"The service answered {status} `{code}` when Storeroom tried to {{operation}}."
    else:
        said = f"The service answered {status} without a reason on {{operation}}."
    return Row(code, category_of(status), said)
