"""What the first page shows: what needs the person now, what runs, how the stores are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from secrets_app.expiry import expiry_of
from secrets_app.models import Secret, Snooze
from stores import sample
from stores.models import Check, Rehearsal, Store, Transfer


@dataclass(frozen=True)
class Need:
    """One thing that waits for the person: what, why, and where to mend it."""

    state: str
    name: str
    words: str
    url: str
    action: str


def add_to_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The dashboard's part of the page's context."""
    user = request.user
    last = Check.objects.filter(store=OuterRef("pk")).order_by("-pk")
    stores = list(
        Store.objects.visible_to(user).annotate(
            open_check=Exists(last.open()), last_check=Subquery(last.values("pk")[:1])
        )
    )
    secrets = list(Secret.objects.visible_to(user).select_related("manager").with_current())
    counts = Counter(store.state for store in stores)
    return context | {
        "needs": [
            *_failing(stores),
            *_unreadable(secrets),
            *_ending(secrets, Snooze.objects.quiet_for(user)),
            *_refused(user),
            *_broken_transfers(user),
        ],
        "stores": stores,
        "running": _running(user),
        "counts": [(state, label, counts[state]) for state, label in Store.State.choices],
        "has_own_stores": any(store.name != "default" for store in stores),
        "sample": sample.status() if user.is_superuser else None,
    }


def _running(user: Any) -> list[tuple[Transfer, int]]:
    """The transfers that workers are at, with how many percent of their objects are done."""
    shown = []
    for transfer in Transfer.objects.visible_to(user).open()[:10]:
        totals = transfer.totals()
        shown.append((transfer, 100 * totals["done"] // max(totals["moving"], 1)))
    return shown


def _broken_transfers(user: Any) -> list[Need]:
    """Transfers of the last week that did not end well."""
    ended = [Transfer.State.WITH_ERRORS, Transfer.State.FAILED]
    recent = Transfer.objects.visible_to(user).filter(
        state__in=ended, finished_at__gte=timezone.now() - timedelta(days=7)
    )
    return [
        Need(
            transfer.state,
            str(transfer),
            transfer.words or "Some artifacts were not copied.",
            reverse("transfer_page", args=[transfer.pk]),
            "See which",
        )
        for transfer in recent[:10]
    ]


def _failing(stores: list[Any]) -> list[Need]:
    return [
        Need(
            store.state,
            store.name,
            store.state_words,
            reverse("check_page", args=[store.last_check]),
            "See the check",
        )
        for store in stores
        if store.state in (Store.State.FAILING, Store.State.DEGRADED) and store.last_check
    ]


def _unreadable(secrets: list[Secret]) -> list[Need]:
    return [
        Need(
            "failing",
            secret.name,
            reason,
            reverse("admin:secrets_app_secret_change", args=[secret.pk]),
            "Enter its values again",
        )
        for secret in secrets
        if (reason := secret.unreadable())
    ]


def _ending(secrets: list[Secret], quiet: set[int]) -> list[Need]:
    """Secrets that have ended or will within thirty days, those that end first before others. What
    the person wants to hear of later is left out until it has ended."""
    ends = [(secret, expiry_of(secret, timezone.now())) for secret in secrets]
    due = [
        (secret, end)
        for secret, end in ends
        if end and end.reminder is not None and (end.level == "over" or secret.pk not in quiet)
    ]
    return [
        Need(
            end.level,
            secret.name,
            f"{end.words}.",
            reverse("secret_overview", args=[secret.pk]),
            "Replace it",
        )
        for secret, end in sorted(due, key=lambda pair: pair[1].at)
    ]


def _refused(user: Any) -> list[Need]:
    """New values of secrets that did not pass, or were taken back, and still wait for somebody."""
    wanted = [Rehearsal.State.REFUSED, Rehearsal.State.RETURNED]
    last = Rehearsal.objects.filter(secret=OuterRef("secret")).order_by("-pk").values("pk")[:1]
    open_ones = Rehearsal.objects.filter(
        pk=Subquery(last), state__in=wanted, secret__in=Secret.objects.visible_to(user)
    )
    return [
        Need(
            rehearsal.state,
            f"{rehearsal.secret}, version {rehearsal.version}",
            rehearsal.words,
            reverse("secret_overview", args=[rehearsal.secret_id]),
            "See which stores",
        )
        for rehearsal in open_ones.select_related("secret")[:10]
    ]
