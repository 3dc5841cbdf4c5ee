"""Refuses a request whose body is longer than any page here takes, before a byte of it is read.

Django itself limits what it keeps in memory, and not the files of a form, which it writes to disk
before a view can look at them.
https://docs.djangoproject.com/en/5.2/ref/settings/#data-upload-max-memory-size
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

LONGEST = 4 * 1024 * 1024
Answer = Callable[[HttpRequest], HttpResponse]


def limit_body(get_response: Answer) -> Answer:
    """The middleware. A body without a length is none to Django, so the length is all there is
    to look at."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if _length(request) > LONGEST:
            return render(request, "413.html", {"largest": LONGEST // 1024**2}, status=413)
        return get_response(request)

    return middleware


def _length(request: HttpRequest) -> int:
    """The length as Django reads it: what is no number is none."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
