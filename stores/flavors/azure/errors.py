"""From what Azure answered to the error that the store's owner reads. Knows no SDK.

The service's code decides, never the SDK's class: that calls every 409 "exists". `detail` only
picks the row; it may quote signatures, so it is never shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from stores.flavors.azure.answers import TABLE, Row
from stores.flavors.base import AlreadyExists, Category, Changed, NotFound, StoreError

# The letter that a SAS token needs in `sp` for each operation.
_LETTERS = {"list": "l", "read": "r", "write": "w", "delete": "d"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried when the service answered: "list", "read", "write" or "delete"."""

    operation: str
    container: str
    account: str
    name: str = ""


def classify(status: int, code: str, detail: str, request_id: str, attempt: Attempt) -> StoreError:
    """The error for one answer of the service. Unknown codes are shown as they came."""
    code = re.sub(r"[^A-Za-z0-9_.-]", "", code)[:80]
    row = next((row for row in TABLE if row.code == code and row.detail in detail), None)
    if row is None:
        row = _by_status(status, code)
    words = {
        "operation": attempt.operation,
        "letter": _LETTERS[attempt.operation],
        "container": attempt.container,
        "account": attempt.account or "the account",
        "name": attempt.name,
        "frame": _time_frame(detail),
    }
    text, code = row.text.format(**words), code or str(status)
    if row.category == Category.NOT_FOUND:
        return NotFound(text, code, request_id)
    if row.category == Category.EXISTS:
        return AlreadyExists(text, code, request_id)
    if row.category == Category.CHANGED:
        return Changed(text, code, request_id)
    return StoreError(row.category, text, code, request_id, row.action.format(**words))


def _by_status(status: int, code: str) -> Row:
    """What the status alone proves."""
    if code:
        said = f"The service answered {status} `{code}` when Storeroom tried to {{operation}}."
    else:
        said = f"The service answered {status} without a reason on {{operation}}."
    if 300 <= status < 400:
        return Row(
            code,
            Category.CONNECT,
            f"The service redirects to another address ({status}); credentials do not follow it.",
            "Correct the account's address. A proxy that asks for a sign-in does this, too.",
        )
    if status == 404:
        return Row(code, Category.NOT_FOUND, said)
    if status == 412:
        return Row(code, Category.CHANGED, said)
    category = {
        401: Category.SIGN_IN,
        403: Category.SIGN_IN,
        407: Category.CONNECT,
        408: Category.TIMEOUT,
        429: Category.THROTTLED,
        504: Category.TIMEOUT,
    }.get(status, Category.UNAVAILABLE if status >= 500 else Category.UNKNOWN)
    return Row(code, category, said)


def _time_frame(detail: str) -> str:
    """From when to when a SAS token holds and what the service's clock says, if it told."""
    found = dict(re.findall(r"\b(Start|Expiry|Current) \[([\w ,:+-]{1,40})\]", detail))
    said = [
        f"{words} {found[label]}"
        for label, words in (
            ("Start", "begins"),
            ("Expiry", "ends"),
            ("Current", "Azure's clock says"),
        )
        if label in found
    ]
    return f" ({', '.join(said)})" if said else ""
