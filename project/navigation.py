"""The sidebar: names, icons and counts of what the person may see."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from secrets_app.models import Secret
from stores.models import Stack, Store, Transfer


def sections(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar's sections, as the admin's theme wants them."""
    user = request.user
    stores = Store.objects.visible_to(user)
    failing = stores.filter(state=Store.State.FAILING).count()
    moving = Transfer.objects.visible_to(user).filter(state=Transfer.State.RUNNING).count()
    artifacts = [
        _entry("Dashboard", "space_dashboard", "admin:index"),
        _entry(
            "Stores",
            "inventory_2",
            "admin:stores_store_changelist",
            f"{failing} failing" if failing else stores.count(),
        ),
        _entry("Checks", "fact_check", "admin:stores_check_changelist"),
        _entry("Schedules", "schedule", "admin:stores_schedule_changelist"),
        _entry(
            "Transfers",
            "drive_file_move",
            "admin:stores_transfer_changelist",
            f"{moving} running" if moving else None,
        ),
    ]
    stacks = [
        _entry(
            "Stacks",
            "stacks",
            "admin:stores_stack_changelist",
            Stack.objects.visible_to(user).count(),
        ),
        _entry("Components", "extension", "admin:stores_component_changelist"),
        _entry("Import", "upload_file", "import_page"),
    ]
    credentials = [
        _entry(
            "Secrets",
            "key",
            "admin:secrets_app_secret_changelist",
            Secret.objects.visible_to(user).count(),
        ),
        _entry("Secrets managers", "lock", "admin:secrets_app_secretsmanager_changelist"),
    ]
    if user.is_superuser:
        credentials.append(_entry("Keys", "vpn_key", "keys_page"))
    people = [
        _entry("Teams", "groups", "team_list"),
        _entry("Audit", "history", "admin:project_auditentry_changelist"),
    ]
    if user.is_superuser:
        people = [
            _entry("People", "person", "admin:auth_user_changelist"),
            *people,
        ]
    return [
        {"title": "Artifacts", "separator": False, "items": artifacts},
        {"title": "Stacks", "separator": True, "items": stacks},
        {"title": "Credentials", "separator": True, "items": credentials},
        {"title": "People", "separator": True, "items": people},
    ]


def _entry(title: str, icon: str, url: str, badge: Any = None) -> dict[str, Any]:
    entry = {"title": title, "icon": icon, "link": reverse(url)}
    if not badge:
        return entry
    alarming = "failing" in str(badge)
    return entry | {"badge": str(badge), "badge_variant": "danger" if alarming else "info"}
