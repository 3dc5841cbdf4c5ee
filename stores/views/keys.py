"""The operators' page of the keys that seal: what each of them seals, and the change from one to
the next."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from project.console import draw, page
from secrets_app import keyring, rotation
from stores import dispatch
from stores.models import Resealing

# Passes that the page shows.
PASSES = 10


def operators_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page for superusers."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_superuser:
            raise PermissionDenied("The keys are for those who run this installation.")
        return view(request, *args, **kwargs)

    return page(guarded)


@operators_only
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The loaded keys with what they seal, and the last passes."""
    loaded, used = keyring.loaded_key_ids(), rotation.rows_by_key()
    missing = {key: rows for key, rows in used.items() if key not in loaded}
    older = {key: used.get(key, 0) for key in loaded[1:]}
    return draw(
        request,
        "stores/keys.html",
        "Keys",
        first=loaded[0],
        first_rows=used.get(loaded[0], 0),
        older=older,
        idle=rotation.idle_keys(used),
        to_seal_anew=sum(older.values()),
        unsealed_rows=missing.pop("", 0),
        missing=missing,
        **_passes(),
    )


@operators_only
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes while a pass goes on; at its end the whole page."""
    context = _passes()
    reply = render(request, "stores/_keys_progress.html", context)
    if not context["is_open"]:
        reply["HX-Refresh"] = "true"
    return reply


@operators_only
@require_POST
def start(request: HttpRequest, kind: str) -> HttpResponse:
    """Queue a pass, unless one is under way."""
    if kind not in Resealing.Kind.values:
        raise Http404
    dispatch.reseal(Resealing.Kind(kind), by=request.user)
    return redirect("keys_page")


def _passes() -> dict[str, Any]:
    passes = list(Resealing.objects.select_related("requested_by")[:PASSES])
    return {"passes": passes, "is_open": any(each.is_open for each in passes)}
