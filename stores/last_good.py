"""What has changed since a store last worked, with who changed it and when, as far as the
versions of its secret and the audit tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from project.audit import AuditEntry
from secrets_app.models import SecretVersion
from stores.comparison import SETTINGS, Difference, differences
from stores.models import Check, Store


@dataclass(frozen=True, slots=True)
class Since:
    """The last check that was good, and what differs since, likeliest first."""

    good: Check
    differences: list[Difference]


def since_last_good(check: Check) -> Since | None:
    """The comparison of a check that failed with the last good one before it: healthy, or degraded
    where this one fails altogether. None where there is nothing to compare."""
    failed = next((step for step in check.steps if step["mark"] == "failed"), None)
    good_enough = [Store.State.HEALTHY]
    if check.verdict == Store.State.FAILING:
        good_enough.append(Store.State.DEGRADED)
    elif check.verdict != Store.State.DEGRADED:
        return None
    if failed is None:
        return None
    earlier = Check.objects.filter(store=check.store_id, pk__lt=check.pk, verdict__in=good_enough)
    good = earlier.exclude(fingerprint={}).order_by("-pk").first()
    if good is None:
        return None
    found = differences(
        good.fingerprint,
        check.fingerprint,
        failed.get("reason") or failed["category"],
        check.finished_at or timezone.now(),
    )
    return Since(good, [replace(each, note=_who(each, good, check)) for each in found])


def _who(difference: Difference, good: Check, check: Check) -> str:
    """Who changed that, and when; "" where nothing tells."""
    if difference.what == "secret_version":
        made = SecretVersion.objects.filter(
            secret=check.store.secret(), number=int(check.fingerprint["secret_version"] or 0)
        ).first()
        if made is None:
            return ""
        return _note(made.created_by.get_username() if made.created_by else "", made.created_at)
    if difference.what not in SETTINGS:
        return ""
    entries = AuditEntry.objects.filter(
        kind="store",
        thing_id=str(check.store_id),
        action="changed",
        at__gt=good.queued_at,
        at__lte=check.finished_at or timezone.now(),
    )
    entry = entries.first()
    return _note(entry.actor_name, entry.at) if entry else ""


def _note(name: str, moment: datetime) -> str:
    local = timezone.localtime(moment)
    by = f"by {name}, " if name else ""
    return f"{by}{local.day} {local:%b %Y %H:%M %Z}"
