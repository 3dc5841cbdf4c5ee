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

from secrets_app.models import Secret
from stores import sample
from stores.models import Check, Store, Transfer


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
    counts = Counter(store.state for store in stores)
    return context | {
        "needs": [*_failing(stores), *_unreadable(user), *_broken_transfers(user)],
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


def _unreadable(user: Any) -> list[Need]:
    secrets = Secret.objects.visible_to(user).prefetch_related("values")
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
