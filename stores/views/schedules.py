"""The button that pauses and resumes a schedule."""

from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from project import audit
from project.access import Role
from project.console import find, page
from project.locking import hold
from stores.models import Schedule


@page
@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause it, or let it go on from now."""
    find(Schedule.objects, request, pk, Role.OPERATOR)
    with transaction.atomic():
        schedule = hold(Schedule, pk)
        if schedule is None:
            raise Http404
        schedule.paused = not schedule.paused
        schedule.next_run_at = Now()
        schedule.save(update_fields=["paused", "next_run_at"])
        audit.record(request.user, "paused" if schedule.paused else "resumed", schedule)
    return redirect("store_overview", pk=schedule.store_id)
