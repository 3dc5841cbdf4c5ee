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
    return draw(request, "stores/keys.html", "Keys", **_context())


@operators_only
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes while a pass goes on."""
    return render(request, "stores/_keys_progress.html", _context())


@operators_only
@require_POST
def start(request: HttpRequest, kind: str) -> HttpResponse:
    """Queue a pass, unless one is under way."""
    if kind not in Resealing.Kind.values:
        raise Http404
    dispatch.reseal(Resealing.Kind(kind), by=request.user)
    return redirect("keys_page")


def _context() -> dict[str, Any]:
    """What each key seals, loaded ones first, and the passes."""
    loaded, rows = keyring.loaded_key_ids(), rotation.rows_by_key()
    passes = list(Resealing.objects.select_related("requested_by")[:10])
    return {
        "keys": [
            *((key, rows.get(key, 0), "seals" if key == loaded[0] else "opens") for key in loaded),
            *((key, count, "missing") for key, count in rows.items() if key not in loaded),
        ],
        "to_seal_anew": sum(count for key, count in rows.items() if key != loaded[0]),
        "passes": passes,
        "is_open": bool(passes) and passes[0].is_open,
    }
