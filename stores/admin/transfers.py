"""Transfers in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import display

from project.console import OwnedAdmin
from project.templatetags.storeroom import ago, chip
from stores import dispatch
from stores.forms import TransferForm
from stores.models import Transfer


@admin.register(Transfer)
class TransferAdmin(OwnedAdmin):
    """Transfers: planned when they are added, then never changed by hand."""

    form = TransferForm
    list_display = ["route", "chip", "created", "owner"]
    list_filter = ["state"]
    search_fields = ["source_name", "target_name"]
    list_select_related = ["owner"]
    overview_url = "transfer_page"
    empty_words = "Start with a plan: nothing is copied until you press Start."

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Transfer, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        dispatch.plan(obj, by=request.user)

    def log_addition(self, request: HttpRequest, obj: Transfer, message: Any) -> None:
        """Planning it has left its line in the audit."""

    def response_add(self, request: HttpRequest, obj: Transfer, *args: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("transfer_page", args=[obj.pk]))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_open)

    @display(description="Transfer", ordering="pk")
    def route(self, transfer: Transfer) -> str:
        return str(transfer)

    @display(description="State", ordering="state")
    def chip(self, transfer: Transfer) -> str:
        return chip(transfer.state)

    @display(description="Planned", ordering="created_at")
    def created(self, transfer: Transfer) -> str:
        return ago(transfer.created_at)
