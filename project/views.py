"""Pages of the frame itself: health, and what is shown when there is nothing to show."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from project.refusals import NotAllowed, note_refusal


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 while the web process and its database answer. Says nothing else to anybody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


def not_found(request: HttpRequest, exception: Any) -> HttpResponse:
    """The same page for what does not exist and for what the person may not see."""
    return render(request, "404.html", {"title": "Nothing here"}, status=404)


def forbidden(request: HttpRequest, exception: Any) -> HttpResponse:
    """What the person may see but not do, with the reason; noted in the audit."""
    if isinstance(exception, NotAllowed):
        note_refusal(request, exception)
    context = {"title": "Not allowed", "reason": str(exception)}
    return render(request, "403.html", context, status=403)
