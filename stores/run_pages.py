"""The pages of the runs that the audit names, "check 5" or "transfer 7", as far as they are still
there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse

from project.audit import AuditEntry
from secrets_app.models import Secret
from stores.models import Check, Rehearsal, Store, Transfer

RUN = re.compile(r"(check|transfer|rehearsal) (\d{1,18})")


# For each kind of run: its page, the key in that page's address, and the runs that somebody sees.
PAGES: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "check": (
        "check_page",
        "pk",
        lambda viewer: Check.objects.filter(store__in=Store.objects.visible_to(viewer)),
    ),
    "transfer": ("transfer_page", "pk", Transfer.objects.visible_to),
    "rehearsal": (
        "secret_overview",
        "secret",
        lambda viewer: Rehearsal.objects.filter(secret__in=Secret.objects.visible_to(viewer)),
    ),
}


def link_runs(entries: Iterable[AuditEntry], viewer: Any) -> None:
    """Let each entry know its run's page, unless it is gone, or `viewer` may not see it. One query
    for each kind of run that is named."""
    entries = list(entries)
    pages = _pages({entry.run for entry in entries}, viewer)
    for entry in entries:
        entry.run_page = pages.get(entry.run, "")


def _pages(runs: set[str], viewer: Any) -> dict[str, str]:
    """The address of each run's page, by the run's name."""
    named: dict[str, set[int]] = {}
    for found in filter(None, map(RUN.fullmatch, runs)):
        named.setdefault(found[1], set()).add(int(found[2]))
    addresses = {}
    for kind, keys in named.items():
        view, key, seen = PAGES[kind]
        for pk, shown in seen(viewer).filter(pk__in=keys).values_list("pk", key):
            addresses[f"{kind} {pk}"] = reverse(view, args=[shown])
    return addresses
