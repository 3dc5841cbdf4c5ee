"""The console as people see it: who is signed in, something of each kind to see, every address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from html import unescape
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from project import audit
from secrets_app.models import Secret, SecretsManager
from stores.models import (
    Check,
    Component,
    Run,
    Schedule,
    Slot,
    Stack,
    Store,
    Transfer,
    TransferItem,
    TransferRun,
)

KEY = "c3RvcmVyb29tIGNhbmFyeTogdGhpcyBrZXkgbXVzdCBuZXZlciBiZSByZWFkYWJsZSBhbnl3aGVyZSEhISEhIQ=="
CONNECTION = (
    "DefaultEndpointsProtocol=https;AccountName=canaryaccount;"
    f"AccountKey={KEY};EndpointSuffix=core.windows.net"
)


@cache
def collect_static() -> None:
    """The static files as a real installation has them: a page that names one that is missing
    breaks in the test as well."""
    settings.HOME.create()
    call_command("collectstatic", verbosity=0, interactive=False)


def visitor(**options: Any) -> Client:
    """A browser in which nobody is signed in."""
    collect_static()
    return Client(**options)


def signed_in(user: Any, **options: Any) -> Client:
    """A browser in which somebody is signed in."""
    client = visitor(**options)
    client.force_login(user)
    return client


@dataclass
class World:
    """One of each thing, all of one owner; `name` is what they are called."""

    owner: Any
    name: str
    things: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, kind: str) -> Any:
        return self.things[kind]

    def pk(self, label: str) -> int:
        """The key of the thing of a model, given as in addresses: `stores/store`."""
        _, _, kind = label.partition("/")
        return self.things[kind].pk if kind in self.things else 1


def furnish(owner: Any, name: str = "thing") -> World:
    """Make one of each kind, all of them called `name`."""
    world = World(owner, name)
    things = world.things
    named = {"name": name, "owner": owner, "description": f"about {name}"}
    things["group"] = Group.objects.create(name=f"team {name} of {owner}")
    things["user"] = owner
    things["secretsmanager"] = SecretsManager.objects.create(**named)
    things["secret"] = make_secret(owner, name)
    things["component"] = Component.objects.create(type="orchestrator", flavor="kubeflow", **named)
    things["store"] = store = Store.objects.create(
        flavor="azure",
        path="az://artifacts/runs",
        sign_in="from_secret",
        authentication_secret=name,
        state="failing",
        state_words=f"“Connect” failed: `{name}` does not answer.",
        checked_at=timezone.now() - timedelta(minutes=3),
        **named,
    )
    things["other"] = Store.objects.create(
        name=f"{name}-folder",
        owner=owner,
        flavor="local",
        path=f"{settings.HOME.local_stores}/{owner}",
        sign_in="none",
    )
    things["check"] = make_check(store, name)
    things["stack"] = stack = Stack.objects.create(
        store=store, secrets_manager=things["secretsmanager"], **named
    )
    stack.components.add(things["component"])
    things["schedule"] = Schedule.objects.create(store=store, owner=owner)
    Slot.objects.create(
        schedule=things["schedule"], due_at=timezone.now(), check_run=things["check"]
    )
    things["transfer"] = make_transfer(store, things["other"], "with_errors", name)
    things["auditentry"] = _audited(owner, store)
    return world


def make_secret(owner: Any, name: str) -> Secret:
    """A secret with a connection string that no page may show."""
    secret = Secret.objects.create(
        name=name, owner=owner, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"connection_string": CONNECTION}, by=owner)
    return secret


def make_check(store: Store, artifact: str = "model.bin") -> Check:
    """A check that failed at its last step."""
    return Check.objects.create(
        store=store,
        requested_by=store.owner,
        status=Run.Status.DONE,
        worker="worker-3:42",
        started_at=timezone.now(),
        finished_at=timezone.now(),
        verdict="degraded",
        words=f"May be read, but “Write” failed: `{artifact}` is in the way.",
        steps=[
            {"name": "settings", "mark": "ok", "words": "They fit.", "ms": 1},
            {
                "name": "connect",
                "mark": "ok",
                "words": "It answers.",
                "ms": 5,
                "facts": {"peer": "10.4.1.9", "signed_with": "key"},
            },
            {"name": "list", "mark": "ok", "words": "Allowed; 1 artifact seen.", "ms": 9},
            {"name": "read", "mark": "ok", "words": f"Read 1 byte of `{artifact}`.", "ms": 12},
            {
                "name": "write",
                "mark": "failed",
                "words": f"`{artifact}` is in the way.",
                "ms": 31,
                "category": "permission",
                "code": "AuthorizationFailure",
                "request_id": "7f0e",
                "action": f"Move `{artifact}`.",
                "command": f"az storage blob show --name '{artifact}'",
            },
        ],
    )


def make_transfer(source: Store, target: Store, state: str, artifact: str = "a.bin") -> Transfer:
    """A transfer of three artifacts in a state: one copied, one that was there, one failed."""
    transfer = Transfer.objects.create(
        owner=source.owner,
        source=source,
        target=target,
        source_prefix="runs",
        state=state,
        words="The source could not be listed." if state == "failed" else "",
    )
    results = {
        "planning": [],
        "planned": ["pending", "same", "pending"],
        "running": ["copied", "same", "pending"],
        "completed": ["copied", "same", "copied"],
        "with_errors": ["copied", "same", "failed"],
        "failed": [],
        "cancelled": ["copied", "same", "cancelled"],
    }[state]
    now = timezone.now()
    if results:
        transfer.planned_at = now
    if state in ("running", "completed", "with_errors", "cancelled"):
        transfer.started_at = now - timedelta(seconds=10)
    if state not in ("planning", "planned", "running"):
        transfer.finished_at = now
    transfer.save()
    for number, result in enumerate(results):
        TransferItem.objects.create(
            transfer=transfer,
            name=f"{number}-{artifact}",
            target_name=f"{number}-{artifact}",
            action="same" if result == "same" else "copy",
            size=2048,
            etag="1",
            result=result,
            words=f"`{artifact}` is another version by now." if result == "failed" else "",
            code="ConditionNotMet" if result == "failed" else "",
        )
    if state in ("planning", "running"):
        TransferRun.objects.create(
            transfer=transfer,
            kind="plan" if state == "planning" else "copy",
            status="running",
            worker="worker-3:42",
            started_at=now,
            lease_until=now + timedelta(minutes=1),
            current=artifact,
            current_bytes=512,
        )
    return transfer


def _audited(owner: Any, thing: Any) -> Any:
    audit.record(owner, "added", thing, f"details of {thing}")
    return audit.AuditEntry.objects.latest("pk")


def addresses(world: World) -> list[str]:
    """Every address that the console answers, for the things of `world`.

    Read from the URLconf, so that a page added later is walked as well.
    """
    found = ["/nowhere", "/r/1/1/"]
    for route in routes(get_resolver()):
        if route.startswith("^(?P<app_label>"):
            labels = route.removeprefix("^(?P<app_label>").partition(")")[0].split("|")
            found += [f"/{label}/" for label in labels]
        elif "(?P<url>" not in route and "content_type_id" not in route:
            pk = world.pk("/".join(route.split("/")[:2]))
            found.append("/" + re.sub(r"<[^>]+>", str(pk), route))
    return found


def routes(resolver: Any, prefix: str = "") -> Iterator[str]:
    """Every route beneath a resolver, as the URLconf writes it."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern, route)


def words(browser: Client, address: str) -> str:
    """What a page says, without its markup."""
    return words_of(browser.get(address))


def words_of(reply: Any, status: int = 200) -> str:
    """What a reply of this status says, without its markup."""
    assert reply.status_code == status, reply
    page = re.sub(r"<(script|style|template).*?</\1>", "", reply.content.decode(), flags=re.S)
    page = re.sub(r'<span class="material-symbols[^>]*>\w*</span>', "", page)
    page = re.sub(r"</?(code|a|strong|em|time|abbr)\b[^>]*>", "", page)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
