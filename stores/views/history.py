"""The pages of revisions: the list, what differs between two, going back to one, and two stacks
side by side."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from project.access import Role
from project.console import draw, find, page, typed_number
from project.templatetags.storeroom import with_code
from stores import history
from stores.forms.restoring import NotRestored, restore
from stores.models import Stack

PER_PAGE = 25


@page
@require_safe
def revisions(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Who changed what and when, the newest first."""
    thing = find(history.KINDS[kind]._default_manager, request, pk)
    shown = Paginator(history.revisions(thing), PER_PAGE).get_page(request.GET.get("page"))
    return draw(
        request,
        "stores/history.html",
        f"History of {thing}",
        thing=thing,
        shown=shown,
        rows=_rows(thing, shown),
        addresses=_addresses(kind, thing),
        may_restore=_may_restore(thing, request),
    )


@page
@require_safe
def difference(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """What differs between the revisions `from` and `to`; without them, between the last two."""
    thing = find(history.KINDS[kind]._default_manager, request, pk)
    newest = history.revisions(thing).count()
    old = _chosen(request, thing, "from", max(newest - 1, 1))
    new = _chosen(request, thing, "to", newest)
    may_restore = _may_restore(thing, request)
    return draw(
        request,
        "stores/history_diff.html",
        f"{thing}: revisions {old.number} and {new.number}",
        thing=thing,
        old=old,
        new=new,
        differences=history.differences(old, new),
        sides=[_side(each, newest, may_restore) for each in (old, new)],
        numbers=range(1, newest + 1),
        addresses=_addresses(kind, thing),
    )


@page
@require_POST
def restore_revision(request: HttpRequest, pk: int, number: int, kind: str) -> HttpResponse:
    """Go back to a revision, and say why not where that cannot be."""
    thing = find(history.KINDS[kind]._default_manager, request, pk, Role.EDITOR, "restore it")
    if history.revision(thing, number) is None:
        raise Http404
    try:
        restore(thing, number, request.user)
    except NotRestored as refused:
        messages.error(request, with_code(f"Revision {number} was not restored. {refused}"))
    else:
        messages.success(request, f"{thing} is as it was at revision {number}.")
    return redirect(f"{kind}_history", pk=pk)


@page
@require_safe
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Two stacks side by side; without a second one, the choice of one."""
    stacks = Stack.objects.select_related("store", "secrets_manager")
    stack, chosen = find(stacks, request, pk), request.GET.get("with", "")
    other = find(stacks, request, chosen) if chosen else None
    return draw(
        request,
        "stores/stack_compare.html",
        f"{stack} and {other}" if other else f"Compare {stack}",
        stack=stack,
        other=other,
        rows=history.side_by_side(stack, other) if other else [],
        others=Stack.objects.visible_to(request.user).exclude(pk=pk).order_by("name"),
    )


def _rows(thing: Any, shown: Any) -> list[dict[str, Any]]:
    """The revisions of one page, each with what changed since the one before it."""
    listed = list(shown)
    numbered = {each.number: each for each in listed}
    if listed and listed[-1].number > 1:
        numbered[listed[-1].number - 1] = history.revision(thing, listed[-1].number - 1)
    newest = shown.paginator.count
    return [
        {
            "revision": each,
            "who": history.who(each),
            "happened": history.what_happened(each),
            "before": each.number - 1,
            "changed": _changed(numbered.get(each.number - 1), each),
            "newest": each.number == newest,
            "from": each.number == max(newest - 1, 1),
        }
        for each in listed
    ]


def _changed(old: Any, new: Any) -> str:
    """The names of what changed between two revisions."""
    found = history.differences(old, new) if old else []
    return ", ".join(dict.fromkeys(each.label for each in found))


def _side(revision: Any, newest: int, may_restore: bool) -> dict[str, Any]:
    """One of two revisions, as the page tells of it."""
    return {
        "revision": revision,
        "title": f"Revision {revision.number}",
        "who": history.who(revision),
        "happened": history.what_happened(revision),
        "restorable": may_restore and revision.number != newest,
    }


def _chosen(request: HttpRequest, thing: Any, name: str, otherwise: int) -> Any:
    """The revision whose number the address names, this other one where it names none. Raises
    `Http404`."""
    found = history.revision(thing, typed_number(request.GET.get(name, str(otherwise))))
    if found is None:
        raise Http404
    return found


def _may_restore(thing: Any, request: HttpRequest) -> bool:
    return not thing.built_in and thing.allows(request.user, Role.EDITOR)


def _addresses(kind: str, thing: Any) -> dict[str, str]:
    """Where the pages of the thing are."""
    overviews = {"store": "store_overview", "stack": "stack_overview"}
    change = f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change"
    return {
        "thing": reverse(overviews.get(kind, change), args=[thing.pk]),
        "history": reverse(f"{kind}_history", args=[thing.pk]),
        "diff": reverse(f"{kind}_diff", args=[thing.pk]),
        "restore": f"restore_{kind}",
    }
