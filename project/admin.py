"""People, teams and the audit in the console: for superusers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from project.audit import AuditEntry
from project.console import Audited, HistoryAdmin, KnownFilters
from project.templatetags.storeroom import ago

admin.site.unregister(User)
admin.site.unregister(Group)


class SuperuserAdmin(Audited, KnownFilters, ModelAdmin):
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
        ("Who", {"fields": ["first_name", "last_name", "email", "groups"]}),
        ("May", {"fields": ["is_active", "is_staff", "is_superuser"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "usable_password", "password1", "password2"]}),
        ("May", {"fields": ["is_staff", "is_superuser"]}),
    ]


@admin.register(Group)
class TeamAdmin(SuperuserAdmin, GroupAdmin):
    """Teams."""

    fields = ["name"]


@admin.register(AuditEntry)
class AuditAdmin(HistoryAdmin):
    """Who did what: everything for superusers, their own doings for others."""

    list_display = ["when", "actor_name", "action", "kind", "thing_name", "words"]
    list_display_links = None
    list_filter = ["action", "kind"]
    search_fields = ["actor_name", "thing_name", "words"]

    def get_queryset(self, request: HttpRequest) -> Any:
        entries = super().get_queryset(request)
        return entries if request.user.is_superuser else entries.filter(actor=request.user)

    @display(description="When", ordering="at")
    def when(self, entry: AuditEntry) -> str:
        return ago(entry.at)
