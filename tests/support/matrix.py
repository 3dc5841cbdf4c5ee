"""Somebody of each role, something of each kind, and every address and command to try on it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from project.access import Invitation, Role, Team
from stores.models import Rehearsal
from stores.sharing import KINDS
from tests.support.pages import World, furnish, routes, signed_in, visitor

ROLES = ["viewer", "operator", "editor", "owner"]
ACTORS = ["anonymous", "stranger", *ROLES, "superuser"]
APPS = ("project", "secrets_app", "stores")
# What every POST brings along: a yes, and what the forms of teams and shares want.
YES = {"post": "yes", "role": "1"}


@dataclass
class Scene:
    """Things of one owner, all shared as Owner with a team that has a member of each role."""

    world: World
    team: Team
    token: str
    people: dict[str, User] = field(default_factory=dict)

    def browser(self, actor: str) -> Client:
        """The browser of one of `ACTORS`."""
        return visitor() if actor == "anonymous" else signed_in(self.people[actor])

    def address(self, route: str, kind: str = "") -> str:
        """The address that a route is for these things."""
        label = kind or route.split("/")[1] if "/" in route else ""
        keys = {
            "kind": kind or "verify",
            "number": 1,
            "team": self.team.pk,
            "user": self.people["viewer"].pk,
            "invitation": self.team.invitations.get().pk,
            "token": self.token,
        }
        if route.startswith("teams/"):
            label = "team"
        things = {**self.world.things, "team": self.team, "rehearsal": Rehearsal.objects.first()}
        thing = things.get(label)
        own = thing.pk if thing else 1
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(keys.get(m[1], own)), route)


def set_scene(owner: User, superuser: User) -> Scene:
    """Make the people and the things."""
    world = furnish(owner, "train")
    boss = User.objects.create_user("boss", is_staff=True)
    team = Team.objects.found("data-science", boss)
    people = {name: User.objects.create_user(name, is_staff=True) for name in ("stranger", *ROLES)}
    for name, role in zip(ROLES, Role, strict=True):
        team.admit(people[name], role)
    for kind in KINDS:
        world.things[kind].share(team, Role.OWNER)
    Rehearsal.objects.create(secret=world.secret, version=1, previous=1, requested_by=owner)
    _, token = Invitation.objects.issue(team, Role.VIEWER, boss)
    return Scene(world, team, token, {**people, "superuser": superuser})


def all_routes() -> Iterator[str]:
    """Every route of the console; those for any kind of thing once for each kind."""
    for route in routes(get_resolver()):
        if route.startswith("^") or "(?P<url>" in route or "content_type_id" in route:
            continue
        if route.startswith("access/"):
            yield from (route.replace("<slug:kind>", kind) for kind in KINDS)
        else:
            yield route


def statuses(scene: Scene, method: str, route: str) -> str:
    """What each of `ACTORS` is answered, each as if nobody had come before."""
    kind = route.split("/")[1] if route.startswith("access/") else ""
    address = scene.address(route, kind)
    found = []
    for actor in ACTORS:
        browser = scene.browser(actor)
        with transaction.atomic():
            send = browser.post if method == "POST" else browser.get
            data = YES | {"team": scene.team.pk} if method == "POST" else {}
            found.append(str(send(address, data).status_code))
            transaction.set_rollback(True)
    return " ".join(found)


def all_verbs() -> Iterator[str]:
    """Every verb of Storeroom's commands, such as `stack share`."""
    for name, application in sorted(get_commands().items()):
        if str(application).split(".")[0] not in APPS:
            continue
        app = getattr(load_command_class(application, name), "typer_app", None)
        yield from _verbs(name, app) if app else [name]


def _verbs(name: str, app: Any) -> Iterator[str]:
    for each in app.registered_commands:
        yield f"{name} {each.name or each.callback.__name__}"
    for each in app.registered_groups:
        yield from _verbs(
            f"{name} {each.name or each.typer_instance.info.name}", each.typer_instance
        )


def outcomes(scene: Scene, line: str) -> str:
    """What each but the anonymous is told by a command: `done`, `none` where it says that there
    is no such thing, `lacks` where they lack the role, else `refused`."""
    return " ".join(_outcome(line, scene.people[actor].username) for actor in ACTORS[1:])


def _outcome(line: str, person: str) -> str:
    with transaction.atomic():
        try:
            call_command(*line.split(), "--as", person, stdout=io.StringIO())
            said = "done"
        except CommandError as error:
            words = str(error)
            lacking = "lacks the role" in words
            said = "lacks" if lacking else "none" if "There is no" in words else "refused"
        transaction.set_rollback(True)
    return said
