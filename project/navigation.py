"""The sidebar: names, icons and counts of what the person may see."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse

from secrets_app.models import Secret
from stores.models import Stack, Store, Transfer


class Counts(NamedTuple):
    """How many things of each kind somebody may see."""

    stores: int
    failing: int
    moving: int
    stacks: int
    secrets: int


def counts(user: Any) -> Counts:
    """How many things a person whose account is active may see, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(*_counting(user.pk, user.is_superuser))
        return Counts(*cursor.fetchone())


@lru_cache(maxsize=1000)
def _counting(person: int, superuser: bool) -> tuple[str, tuple[Any, ...]]:
    """The statement that counts for this person, and its parameters. Kept, as every page asks it,
    and to put it together takes longer than to answer it."""
    user = User(pk=person, is_superuser=superuser)
    stores = Store.objects.visible_to(user)
    counted = {
        "stores": stores,
        "failing": stores.filter(state=Store.State.FAILING),
        "moving": Transfer.objects.visible_to(user).filter(state=Transfer.State.RUNNING),
        "stacks": Stack.objects.visible_to(user),
        "secrets": Secret.objects.visible_to(user),
    }
    asked = [counted[name].order_by().values("pk") for name in Counts._fields]
    parts = [each.query.sql_with_params() for each in asked]
    numbers = ", ".join(f"(SELECT COUNT(*) FROM ({sql}) AS seen)" for sql, _ in parts)  # noqa: S608
    return f"SELECT {numbers}", tuple(value for _, values in parts for value in values)


def sections(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar's sections, as the admin's theme wants them."""
    user = request.user
    seen = counts(user)
    artifacts = [
        _entry("Dashboard", "space_dashboard", "admin:index"),
        _entry(
            "Stores",
            "inventory_2",
            "admin:stores_store_changelist",
            f"{seen.failing} failing" if seen.failing else seen.stores,
        ),
        _entry("Checks", "fact_check", "admin:stores_check_changelist"),
        _entry("Schedules", "schedule", "admin:stores_schedule_changelist"),
        _entry(
            "Transfers",
            "drive_file_move",
            "admin:stores_transfer_changelist",
            f"{seen.moving} running" if seen.moving else None,
        ),
    ]
    stacks = [
        _entry("Stacks", "stacks", "admin:stores_stack_changelist", seen.stacks),
        _entry("Components", "extension", "admin:stores_component_changelist"),
        _entry("Import", "upload_file", "import_page"),
    ]
    credentials = [
        _entry("Secrets", "key", "admin:secrets_app_secret_changelist", seen.secrets),
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
