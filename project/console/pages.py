"""Pages of the console that no admin draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import resolve

from project.access import Role
from project.refusals import NotAllowed

# Digits of the largest key that a database can hold (2**63 - 1).
LONGEST_KEY = 19


def page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view of the console: for signed-in staff only, others are asked to sign in."""
    return admin.site.admin_view(view)


def typed_number(typed: str) -> int:
    """The number that an address names, in plain digits. Raises `Http404` for anything else."""
    if not (typed.isascii() and typed.isdecimal()) or len(typed) > LONGEST_KEY:
        raise Http404
    return int(typed)


def find(
    queryset: Any, request: HttpRequest, pk: int | str, role: Role = Role.VIEWER, what: str = ""
) -> Any:
    """The thing with this key, which may be what somebody typed, on which the user has the role.
    `what` says what they are about to do, by default as the address is called. Raises `Http404`
    when there is none that they may see, `NotAllowed` when they see it but may not do this."""
    thing = get_object_or_404(queryset.visible_to(request.user), pk=typed_number(str(pk)))
    if role != Role.VIEWER and not thing.allows(request.user, role):
        what = what or str(resolve(request.path_info).url_name).replace("_", " ")
        raise NotAllowed(f"This needs a higher role: {role.label}.", what, thing)
    return thing


def draw(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    """A page in the console's frame."""
    return render(
        request, template, {**admin.site.each_context(request), "title": title, **context}
    )
