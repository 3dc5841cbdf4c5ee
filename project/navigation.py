"""The sidebar: names, icons and counts of what the person may see."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse

from project.access import Statement, kept_for_each_person
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
    (row,) = _counting(user)
    return Counts(*row)


@kept_for_each_person
def _counting(user: Any) -> Statement:
    """One row: the counts, in their order."""
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


class Entry(NamedTuple):
    """A line of the sidebar. `badge` is a count, or words that say that something fails; pages
    below `below` belong to it as well as those below the address that it leads to."""

    title: str
    icon: str
    leads_to: str
    badge: Any = None
    below: str | None = None

    def drawn(self, path: str) -> dict[str, Any]:
        """What the theme has to know of it on the page with this path."""
        link = reverse(self.leads_to)
        home = self.leads_to == "admin:index"
        below = [link, self.below or link]
        alarming = isinstance(self.badge, str) and "failing" in self.badge
        return {
            "title": self.title,
            "icon": self.icon,
            "link": link,
            "badge": self.badge,
            "badge_variant": "danger" if alarming else "info",
            "active": path == link if home else path.startswith(tuple(below)),
            "has_permission": True,
        }


def sections(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar's sections for a person whose account is active, as the admin's theme wants
    them."""
    seen = counts(request.user)
    artifacts = [
        Entry("Dashboard", "space_dashboard", "admin:index"),
        Entry(
            "Stores",
            "inventory_2",
            "admin:stores_store_changelist",
            f"{seen.failing} failing" if seen.failing else seen.stores,
        ),
        Entry("Checks", "fact_check", "admin:stores_check_changelist"),
        Entry("Schedules", "schedule", "admin:stores_schedule_changelist"),
        Entry(
            "Transfers",
            "drive_file_move",
            "admin:stores_transfer_changelist",
            f"{seen.moving} running" if seen.moving else None,
        ),
    ]
    stacks = [
        Entry("Stacks", "stacks", "admin:stores_stack_changelist", seen.stacks),
        Entry("Components", "extension", "admin:stores_component_changelist"),
        Entry("Import", "upload_file", "import_page"),
    ]
    credentials = [
        Entry(
            "Secrets",
            "key",
            "admin:secrets_app_secret_changelist",
            seen.secrets,
            below="/secrets/",
        ),
        Entry("Secrets managers", "lock", "admin:secrets_app_secretsmanager_changelist"),
    ]
    people = [
        Entry("Teams", "groups", "team_list"),
        Entry("Audit", "history", "admin:project_auditentry_changelist"),
    ]
    if request.user.is_superuser:
        credentials.append(Entry("Keys", "vpn_key", "keys_page"))
        people.insert(0, Entry("People", "person", "admin:auth_user_changelist"))
    named = {
        "Artifacts": artifacts,
        "Stacks": stacks,
        "Credentials": credentials,
        "People": people,
    }
    return [
        {
            "title": title,
            "separator": title != "Artifacts",
            "items": [each.drawn(request.path) for each in entries],
        }
        for title, entries in named.items()
    ]
