"""People and the audit in the console. Teams have pages of their own, for their members."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_safe
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from project.audit import AuditEntry
from project.console import Audited, ConsoleList, HistoryAdmin
from project.spreadsheets import lines
from project.templatetags.storeroom import ago, with_code
from stores.run_pages import link_runs

admin.site.unregister(User)
admin.site.unregister(Group)


class SuperuserAdmin(Audited, ConsoleList, ModelAdmin):
    """Pages for superusers; every change leaves a line in the audit."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser


@admin.register(User)
class PersonAdmin(SuperuserAdmin, UserAdmin):
    """People."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "email", "is_active", "is_staff", "is_superuser", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Who", {"fields": ["first_name", "last_name", "email"]}),
        ("May", {"fields": ["is_active", "is_staff", "is_superuser"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "usable_password", "password1", "password2"]}),
        ("May", {"fields": ["is_staff", "is_superuser"]}),
    ]


class RecentFilter(admin.SimpleListFilter):
    """Entries of the last day, week or month."""

    title = "when"
    parameter_name = "within"
    days: ClassVar[dict[str, int]] = {"day": 1, "week": 7, "month": 30}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("day", "Last 24 hours"), ("week", "Last 7 days"), ("month", "Last 30 days")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in self.days:
            return queryset
        return queryset.filter(at__gte=timezone.now() - timedelta(days=self.days[self.value()]))


@admin.register(AuditEntry)
class AuditAdmin(HistoryAdmin):
    """Who did what: everything for superusers, their own doings for others."""

    list_display = [
        "when",
        "actor_name",
        "action",
        "kind",
        "thing_name",
        "details",
        "mark",
    ]
    list_display_links = None
    list_filter = [RecentFilter, "action", "kind"]
    search_fields = ["actor_name", "thing_name", "words", "run", "fingerprint"]
    list_before_template = "project/audit_export.html"
    export_columns: ClassVar[list[str]] = [
        "at",
        "actor_name",
        "action",
        "kind",
        "thing_id",
        "thing_name",
        "words",
        "fingerprint",
        "run",
        "address",
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        entries = super().get_queryset(request)
        return entries if request.user.is_superuser else entries.filter(actor=request.user)

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(require_safe(self.export))
        return [path("export.csv", export, name="audit_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> StreamingHttpResponse:
        """What the list shows with its filters, all pages of it; times in UTC."""
        entries = self.get_changelist_instance(request).get_queryset(request)
        rows = (
            [at.isoformat(), *rest]
            for at, *rest in entries.values_list(*self.export_columns).iterator()
        )
        reply = StreamingHttpResponse(
            lines(self.export_columns, rows), content_type="text/csv; charset=utf-8"
        )
        reply["Content-Disposition"] = 'attachment; filename="storeroom-audit.csv"'
        return reply

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, whose entries know the pages of their runs."""
        shown = super().get_changelist_instance(request)
        link_runs(shown.result_list, request.user)
        return shown

    @display(description="When", ordering="at")
    def when(self, entry: AuditEntry) -> str:
        return ago(entry.at)

    @display(description="Details")
    def details(self, entry: AuditEntry) -> str:
        """What was noted, by which run, and from where."""
        parts = [
            with_code(entry.words),
            entry.run and format_html("by {}", _run(entry)),
            entry.address and f"from {entry.address}",
        ]
        return format_html_join(" · ", "{}", ([part] for part in parts if part)) or "–"

    @display(description="Fingerprint", ordering="fingerprint")
    def mark(self, entry: AuditEntry) -> str:
        return with_code(f"`{entry.fingerprint[:14]}`") if entry.fingerprint else "–"


def _run(entry: AuditEntry) -> str:
    """The run that an entry names, as a link while its page is there."""
    if not entry.run_page:
        return str(entry.run)
    return format_html('<a class="sr-link" href="{}">{}</a>', entry.run_page, entry.run)
