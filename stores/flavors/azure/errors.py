"""From what Azure answered to the error that the store's owner reads. Knows no SDK.

The service's code decides, never the SDK's class: that calls every 409 "exists".
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from secrets_app.expiry import span
from stores.flavors.answers import as_error, category_of, shown
from stores.flavors.azure.access import Access
from stores.flavors.azure.answers import TABLE, Row
from stores.flavors.azure.reply import Reply
from stores.flavors.azure.rights import LETTERS, RIGHTS, grant
from stores.flavors.base import Category, StoreError

# A name can be used again this long after its container was deleted, and often later.
DELETING = timedelta(seconds=30)
# Clocks that differ by less are no explanation.
NEAR = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried when the service answered: one of `RIGHTS`, or else a verb; by whom, on which
    artifact."""

    operation: str
    access: Access
    name: str = ""


def classify(reply: Reply, attempt: Attempt, now: datetime) -> StoreError:
    """The error for one answer of the service, at the time `now` of this machine's clock. Unknown
    codes are shown as they came."""
    code = shown(reply.code)
    row = next(
        (row for row in TABLE if code in row.codes and row.when(reply, attempt.access)),
        None,
    ) or _by_status(reply.status, code)
    words = words_of(reply, attempt, now)
    text, action, command = (part.format(**words) for part in (row.text, row.action, row.command))
    more = {"action": action, "command": command, "reason": row.reason}
    return as_error(row.category, text, code or str(reply.status), reply.request_id, **more)


def words_of(reply: Reply, attempt: Attempt, now: datetime) -> dict[str, str]:
    """What the table's words may name."""
    access = attempt.access
    known = RIGHTS.get(attempt.operation)
    granted = grant(access, [attempt.operation])
    return {
        "operation": known.words if known else attempt.operation,
        "status": str(reply.status),
        "container": access.container,
        "account": access.account or "ACCOUNT",
        "name": attempt.name,
        "blob": shlex.quote("/".join(filter(None, (access.folder, attempt.name)))),
        "held": f": it has `{access.letters}`" if access.letters else "",
        "letters": "".join(sorted(set(access.letters) or set("rl"), key=LETTERS.find)),
        "version": f": `sv={access.version}`" if access.version else "",
        "services": access.services or "another service",
        "allowed_ip": f"`{access.ip}`" if access.ip else "other addresses only",
        "ip": f"`{reply.source_ip}`" if reply.source_ip else "elsewhere",
        "tenant": f"`{reply.tenant}`",
        "own_tenant": f"`{access.tenant}`",
        "skew": _skew(reply.ahead(now)),
        "clock": _clock(reply.ahead(now)),
        "expired": _distance(reply, "Expiry"),
        "starts": _distance(reply, "Start"),
        "retry": _moment((reply.date or now) + DELETING),
        "grant": granted.action,
        "grant_command": granted.command,
    }


def _by_status(status: int, code: str) -> Row:
    """What the status alone proves."""
    if code:
        said = f"The service answered {status} `{code}` when Storeroom tried to {{operation}}."
    else:
        said = f"The service answered {status} without a reason on: {{operation}}."
    if 300 <= status < 400:
        return Row(
            (code,),
            Category.CONNECT,
            "redirect",
            f"The service redirects to another address ({status}); credentials do not follow it.",
            "Correct the account's address. A proxy that asks for a sign-in does this, too.",
        )
    # Of what a known sign-in may not do, Azure's codes tell.
    category = Category.SIGN_IN if status == 403 else category_of(status)
    unknown = "Look the code up in Microsoft's list of storage error codes." if code else ""
    return Row((code,), category, "unknown" if code else str(category), said, unknown)


def _skew(ahead: timedelta) -> str:
    if abs(ahead) < NEAR:
        return "wrong"
    return f"{span(abs(ahead))} {'ahead of' if ahead > timedelta() else 'behind'} Azure's"


def _clock(ahead: timedelta) -> str:
    """A sentence where this machine's clock may be the reason."""
    if abs(ahead) < NEAR:
        return ""
    return f" This machine's clock is {_skew(ahead)}."


def _distance(reply: Reply, label: str) -> str:
    """How far away a SAS token's beginning or end is by Azure's clock, and when it is."""
    moments = reply.moments
    if label not in moments or "Current" not in moments:
        return ""
    away = moments[label] - moments["Current"]
    far = f"in {span(away)}" if away > timedelta() else f"{span(-away)} ago"
    return f" {far} ({_moment(moments[label], with_day=True)})"


def _moment(moment: datetime, *, with_day: bool = False) -> str:
    """A time in the installation's zone."""
    local = timezone.localtime(moment)
    day = f"{local.day} {local:%b %Y} " if with_day else ""
    return f"{day}{local:%H:%M %Z}"
