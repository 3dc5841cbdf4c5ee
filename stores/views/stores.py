"""The page of one store."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from project.access import Role
from project.console import draw, find, page
from secrets_app.expiry import expiry_of
from stores.check_report import report
from stores.flavors.base import SignIn
from stores.forms import StoreForm
from stores.models import Check, Store, Transfer
from stores.views import missing_secrets


def _transfers(store: Store, request: HttpRequest) -> Any:
    """The last transfers from and to the store that the person may see."""
    mine = Transfer.objects.visible_to(request.user)
    return mine.filter(Q(source=store) | Q(target=store))[:10]


def _identity(store: Store) -> dict[str, Any] | None:
    """Whom the last check that got so far signed in as, and that check."""
    for check in store.checks.filter(rehearsal=None, status=Check.Status.DONE)[:20]:
        for step in check.steps:
            if step["name"] == "identity" and step["mark"] == "ok":
                return {"words": step["words"], "check": check}
    return None


@page
@require_safe
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """The store: its state in a sentence, the last steps, what uses it, what happened."""
    store = find(Store.objects.select_related("owner"), request, pk)
    checks = store.checks.filter(rehearsal=None).select_related("requested_by")[:20]
    ended = next((check for check in checks if check.verdict), None)
    secret = store.secret()
    expiry = expiry_of(secret, timezone.now()) if secret else None
    return draw(
        request,
        "stores/store_overview.html",
        store.name,
        store=store,
        checks=checks,
        check=ended,
        report=report(ended) if ended else None,
        stacks=store.stacks.visible_to(request.user),
        secret=secret,
        make_secret=(
            missing_secrets.form_for(store)
            if secret is None and missing_secrets.may_make(store, request.user)
            else None
        ),
        sees_secret=bool(secret and secret.allows(request.user, Role.VIEWER)),
        ambient=SignIn(store.sign_in).is_ambient,
        identity=_identity(store),
        expiry=expiry,
        schedules=store.schedules.visible_to(request.user).prefetch_related("slots__check_run"),
        transfers=_transfers(store, request),
        snippets=store.snippets(),
        may_run=store.allows(request.user, Role.OPERATOR),
        may_edit=store.allows(request.user, Role.EDITOR),
    )


@page
@require_POST
@never_cache
def read_form(request: HttpRequest) -> HttpResponse:
    """What a store's form means as it is filled in, without asking the store. Nothing is kept, and
    no credential that was typed comes back."""
    pk = request.GET.get("store", "")
    store = find(Store.objects, request, pk, Role.EDITOR) if pk else None
    form = StoreForm(request.POST, user=request.user, instance=store)
    typed = bool(request.POST.get("path"))
    return render(
        request,
        "stores/_meaning.html",
        {
            "findings": form.findings() if typed else [],
            "meaning": form.meaning() if typed else None,
        },
    )
