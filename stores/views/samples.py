"""The buttons that load and remove the sample."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from project.console import page
from stores import sample


@page
@require_POST
def load(request: HttpRequest) -> HttpResponse:
    """Ask for the sample; the running `up` fetches what it needs and loads it."""
    _superusers_only(request)
    sample.want()
    messages.success(request, "The sample is on its way; its stores appear here in a minute.")
    return redirect("admin:index")


@page
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Remove all that the sample brought, and what else lies in its stores."""
    _superusers_only(request)
    try:
        sample.remove(by=request.user)
    except sample.InUse as error:
        messages.error(request, str(error))
    else:
        words = "The sample is gone, with all artifacts in its stores. Nothing else was touched."
        messages.success(request, words)
    return redirect("admin:index")


def _superusers_only(request: HttpRequest) -> None:
    if not request.user.is_superuser:
        raise PermissionDenied("The sample is a superuser's to load and remove.")
