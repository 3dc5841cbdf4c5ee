"""Checks in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from project.console import HistoryAdmin
from project.templatetags.storeroom import ago, chip, span
from stores.models import Check, Store


@admin.register(Check)
class CheckAdmin(HistoryAdmin):
    """The history of checks."""

    list_display = ["store", "chip", "words", "queued", "took", "requested_by"]
    list_filter = ["verdict", "status"]
    search_fields = ["store__name"]
    list_select_related = ["store", "requested_by"]
    overview_url = "check_page"
    empty_words = "Check now on a store's page tries it step by step, in a worker."

    def get_queryset(self, request: HttpRequest) -> Any:
        mine = Store.objects.visible_to(request.user)
        return super().get_queryset(request).filter(store__in=mine)

    @display(description="State", ordering="verdict")
    def chip(self, check: Check) -> str:
        return chip(check.verdict or check.status)

    @display(description="When", ordering="queued_at")
    def queued(self, check: Check) -> str:
        return ago(check.queued_at)

    @display(description="Took")
    def took(self, check: Check) -> str:
        return "–" if check.seconds is None else span(check.seconds)
