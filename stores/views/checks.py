"""The page of one check, and the button that starts one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from project.access import Role
from project.console import draw, find, page
from stores import connectivity, dispatch
from stores.check_report import report
from stores.models import Check, Store
from stores.step_history import histories


@page
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a check and show it."""
    store = find(Store.objects.openable(), request, pk, Role.OPERATOR)
    try:
        check = dispatch.check(store, by=request.user)
    except dispatch.TooManyChecks as limit:
        messages.warning(request, str(limit))
        return redirect("store_overview", pk=pk)
    return redirect("check_page", pk=check.pk)


@page
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """A check with its steps, live while it goes on."""
    check = _find(request, pk)
    return draw(
        request,
        "stores/check.html",
        f"Check of {check.store}",
        **_context(check),
        may_run=check.store.allows(request.user, Role.OPERATOR),
    )


@page
@require_safe
def steps(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that changes while the check goes on."""
    return render(request, "stores/_check_steps.html", _context(_find(request, pk)))


def _find(request: HttpRequest, pk: int) -> Check:
    mine = Store.objects.visible_to(request.user)
    return get_object_or_404(
        Check.objects.filter(store__in=mine).select_related("store", "requested_by"), pk=pk
    )


def _context(check: Check) -> dict[str, object]:
    """The check with all its steps: those to come wait."""
    done = {step["name"]: step for step in check.steps}
    past = histories(check)
    waiting = "waiting" if check.is_open else "skipped"
    rows = [
        done.get(name, {"name": name, "mark": waiting, "words": ""})
        | {"label": label, "past": past.get(name)}
        for name, label in connectivity.STEPS.items()
        if name not in connectivity.OPTIONAL or name in done
    ]
    if check.status == Check.Status.RUNNING:
        running = next((row for row in rows if row["mark"] == "waiting"), None)
        if running:
            running["mark"] = "running"
    return {"check": check, "steps": rows, "report": report(check)}
