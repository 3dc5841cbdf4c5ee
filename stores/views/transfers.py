"""The page of one transfer: its plan, its progress, its report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from project.access import Role
from project.console import draw, find, page
from stores import dispatch
from stores.forecast import too_short
from stores.models import Run, Transfer, TransferItem
from stores.models.transfer import moved_bytes
from stores.reports import report

ROWS = 100


@page
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The transfer, live while workers have something to do for it."""
    transfer = _find(request, pk)
    wanted = request.GET.get("result", "")
    items = transfer.items.order_by("name")
    if wanted in TransferItem.Result.values:
        items = items.filter(result=wanted)
    return draw(
        request,
        "stores/transfer.html",
        f"Transfer {transfer.pk}",
        **_context(request, transfer),
        items=Paginator(items, ROWS).get_page(request.GET.get("page")),
        wanted=wanted,
        results=TransferItem.Result.choices,
    )


@page
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that changes while workers are at it."""
    transfer = _find(request, pk)
    reply = render(request, "stores/_transfer_progress.html", _context(request, transfer))
    if not transfer.is_open:
        reply["HX-Refresh"] = "true"  # The rest of the page has something new to show as well.
    return reply


@page
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out the plan."""
    return _do(request, pk, dispatch.start, "There is no plan to start.")


@page
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop it; what was copied stays."""
    return _do(request, pk, dispatch.cancel, "It has ended already.")


@page
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try what failed once more."""
    return _do(request, pk, dispatch.retry, "There is nothing to try again.")


@page
@require_safe
def download(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The report, one line for each artifact."""
    transfer = _find(request, pk)
    return StreamingHttpResponse(
        report(transfer),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="storeroom-transfer-{transfer.pk}.csv"'
        },
    )


def _find(request: HttpRequest, pk: int, role: Role = Role.VIEWER) -> Any:
    return find(Transfer.objects.select_related("source", "target", "owner"), request, pk, role)


def _do(request: HttpRequest, pk: int, what: Callable[..., bool], otherwise: str) -> HttpResponse:
    transfer = _find(request, pk, Role.OPERATOR)
    barred = "" if what is dispatch.cancel else transfer.barred(request.user)
    if barred:
        messages.error(request, f"Nothing was started. {barred}")
    elif not what(transfer, by=request.user):
        messages.warning(request, otherwise)
    return redirect("transfer_page", pk=pk)


def _context(request: HttpRequest, transfer: Transfer) -> dict[str, Any]:
    totals = transfer.totals()
    moved = moved_bytes(totals)
    planned = transfer.state == Transfer.State.PLANNED
    return {
        "too_short": list(too_short(transfer, totals["moving_bytes"], timezone.now()))
        if planned
        else [],
        "transfer": transfer,
        "totals": totals,
        "moved": moved,
        "percent": _percent(transfer, moved, totals),
        "running": transfer.runs.filter(status=Run.Status.RUNNING),
        "untaken": transfer.is_open and transfer.untaken,
        "may_run": transfer.allows(request.user, Role.OPERATOR),
        **_pace(transfer, moved, totals["moving_bytes"]),
    }


def _percent(transfer: Transfer, moved: int, totals: dict[str, int]) -> int:
    """How far it is, by bytes, or by objects where all are empty; 100 only at the end."""
    if totals["moving_bytes"]:
        percent = 100 * moved // totals["moving_bytes"]
    else:
        percent = 100 * totals["done"] // max(totals["moving"], 1)
    return min(percent, 99) if transfer.state == Transfer.State.RUNNING else percent


def _pace(transfer: Transfer, moved: int, all_bytes: int) -> dict[str, Any]:
    """Bytes a second since the last start, and the seconds left at that rate; None when unknown.
    What was copied before a retry does not count."""
    if not transfer.started_at:
        return {"seconds": None, "rate": None, "left": None}
    end = transfer.finished_at or timezone.now()
    seconds = max((end - transfer.started_at).total_seconds(), 0.001)
    before = transfer.items.filter(
        result=TransferItem.Result.COPIED,
        run__finished_at__lt=transfer.started_at,
    ).aggregate(size=Sum("size", default=0))
    rate = max(moved - before["size"], 0) / seconds
    known = transfer.state == Transfer.State.RUNNING and rate and seconds > 3
    return {
        "seconds": seconds,
        "rate": int(rate),
        "left": (all_bytes - moved) / rate if known else None,
    }
