"""Schedules in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from unfold.decorators import display

from project.console import OwnedAdmin
from project.templatetags.storeroom import ago, chip
from stores.forms import ScheduleForm
from stores.models import Schedule, Slot


@admin.register(Schedule)
class ScheduleAdmin(OwnedAdmin):
    """Schedules: how often, when next, and how the last one went."""

    form = ScheduleForm
    list_display = ["store", "every", "on", "next_run", "last_result", "owner"]
    list_filter = ["paused"]
    search_fields = ["store__name"]
    list_select_related = ["store", "owner"]
    empty_words = "A schedule checks a store every few minutes."

    def get_queryset(self, request: HttpRequest) -> Any:
        last = Slot.objects.filter(schedule=OuterRef("pk")).order_by("-due_at")
        return (
            super()
            .get_queryset(request)
            .annotate(last_verdict=Subquery(last.values("check_run__verdict")[:1]))
        )

    @display(description="Every", ordering="every_minutes")
    def every(self, schedule: Schedule) -> str:
        return f"{schedule.every_minutes} min"

    @display(description="State", ordering="paused")
    def on(self, schedule: Schedule) -> str:
        return chip("paused") if schedule.paused else chip("on")

    @display(description="Next run", ordering="next_run_at")
    def next_run(self, schedule: Schedule) -> str:
        return "–" if schedule.paused else ago(schedule.next_run_at)

    @display(description="Last result")
    def last_result(self, schedule: Schedule) -> str:
        return chip(schedule.last_verdict) if schedule.last_verdict else "–"
