"""Sharing things with teams: first a plan of what will be shared and how, then all of it or
nothing; and taking it back.

A stack is shared with its parts, and each part with the secrets that it names. Those are shared to
be used: nobody gets to replace or to reveal a secret because of a stack.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse

from project import audit
from project.access import ROLE_ON_BUILT_IN, Owned, Role, Team
from secrets_app.models import Secret, SecretsManager
from secrets_app.references import references_in
from stores.models import Component, Schedule, Stack, Store, Transfer

# What can be shared, by its name in addresses.
KINDS: dict[str, Any] = {
    str(model._meta.model_name): model
    for model in (Store, Stack, Component, Secret, SecretsManager, Schedule, Transfer)
}
# Where each is looked at: its own page, or where it has none its form.
PAGES: dict[type[Owned], str] = {
    Store: "store_overview",
    Stack: "stack_overview",
    Component: "admin:stores_component_change",
    Secret: "secret_overview",
    SecretsManager: "admin:secrets_app_secretsmanager_change",
    Schedule: "admin:stores_schedule_change",
    Transfer: "transfer_page",
}
# The role on a secret that comes with a store or a stack at most.
USE = Role.OPERATOR

_SETTINGS = {
    Role.VIEWER: "see its settings, state and history",
    Role.OPERATOR: "check and use it",
    Role.EDITOR: "change it",
    Role.OWNER: "share and delete it",
}
# What each role lets one do with a thing, beside what the roles before it do.
ABILITIES: dict[type[Owned], dict[Role, str]] = {
    Store: _SETTINGS,
    Stack: _SETTINGS,
    Component: _SETTINGS | {Role.VIEWER: "see its settings", Role.OPERATOR: "use it in stacks"},
    SecretsManager: _SETTINGS,
    Schedule: _SETTINGS | {Role.OPERATOR: "pause and resume it"},
    Transfer: {
        Role.VIEWER: "see its state and report",
        Role.OPERATOR: "start it between stores that they may use",
        Role.EDITOR: "change it",
        Role.OWNER: "share it and delete its history",
    },
    Secret: {
        Role.VIEWER: "see its name, kind and state",
        Role.OPERATOR: "use it, not see it, through stores that they may use",
        Role.EDITOR: "use it in new stores and replace its value, not see it",
        Role.OWNER: "share it, delete it and, where the operator allows it, reveal it",
    },
}


class NotShared(Exception):
    """Something cannot be shared so; the words are for who tried."""


@dataclass(frozen=True)
class Step:
    """One thing of a plan: the role that it would be shared with, and the one that it is shared
    with now. `why_not` says why it stays as it is; `blocks` that nothing can be shared then."""

    thing: Any
    role: Role
    before: Role | None = None
    why_not: str = ""
    blocks: bool = False

    @property
    def kind(self) -> str:
        """What the thing is, in a word."""
        return kind_of(self.thing)

    @property
    def ability(self) -> str:
        """What the team's members may do with it then."""
        return ABILITIES[type(self.thing)][self.role]


@dataclass(frozen=True)
class Plan:
    """What sharing a thing with a team means, thing by thing; the thing itself comes first."""

    thing: Any
    team: Team
    role: Role
    steps: tuple[Step, ...]

    @property
    def changes(self) -> list[Step]:
        """What would be shared anew, or with another role."""
        return [step for step in self.steps if not step.why_not and step.role != step.before]

    @property
    def obstacles(self) -> list[Step]:
        """What keeps all of it from being shared."""
        return [step for step in self.steps if step.blocks]

    @property
    def mark(self) -> str:
        """A mark of exactly this plan, by which it is known whether it is still the one that
        somebody was shown."""
        facts = [
            [step.kind, step.thing.pk, str(step.role), str(step.before), step.why_not]
            for step in self.steps
        ]
        return hashlib.sha256(json.dumps([self.team.pk, facts]).encode()).hexdigest()[:16]


def kind_of(thing: Owned) -> str:
    """What a thing is, in a word."""
    if isinstance(thing, Component):
        return str(thing.get_type_display()).lower()
    return str(thing._meta.verbose_name)


def address_of(thing: Owned) -> str:
    """The address of the thing's page."""
    return reverse(PAGES[type(thing)], args=[thing.pk])


def plan(thing: Any, team: Team, role: Role, by: Any, *, parts: bool = True) -> Plan:
    """What sharing the thing with the team, by somebody who owns it, would mean; with what it
    rests on, unless `parts` is false. Raises `NotShared` where it makes no sense."""
    if thing.built_in:
        raise NotShared(f"{thing} comes with the installation and serves everyone already.")
    if thing.team_id == team.pk:
        raise NotShared(f"{thing} belongs to {team} already; its members have their role on it.")
    steps = [Step(thing, role, thing.shared_with().get(team.pk))]
    if parts:
        steps += [_part(part, team, role, by) for part in parts_of(thing)]
    return Plan(thing, team, role, tuple(steps))


def parts_of(thing: Any) -> Iterator[Any]:
    """What goes with a thing, each once: a stack's parts, the schedules of stores, and the secrets
    that all of these name."""
    found: dict[tuple[type, int], Any] = {}
    for part in thing.parts() if isinstance(thing, Stack) else [thing]:
        for each in (part, *_schedules_of(part), *_secrets_of(part)):
            found.setdefault((type(each), each.pk), each)
    found.pop((type(thing), thing.pk), None)
    yield from found.values()


def _schedules_of(part: Any) -> list[Schedule]:
    return list(part.schedules.all()) if isinstance(part, Store) else []


def _secrets_of(part: Any) -> list[Secret]:
    """The secrets that a part names, as far as there are any."""
    names = {getattr(part, "authentication_secret", "")}
    names |= {found.secret for found in references_in(getattr(part, "configuration", {}))}
    return list(Secret.objects.beside(part).filter(name__in=names - {""}).order_by("name"))


def _part(part: Any, team: Team, role: Role, by: Any) -> Step:
    if part.built_in:
        return Step(part, ROLE_ON_BUILT_IN, why_not="comes with the installation, for everyone")
    if part.team_id == team.pk:
        return Step(part, role, why_not=f"belongs to {team} already")
    wanted = min(role, USE) if isinstance(part, Secret) else role
    before = part.shared_with().get(team.pk)
    if before is not None and before >= wanted:
        return Step(part, before, before, f"is shared as {before.word} already")
    if part.allows(by, Role.OWNER):
        return Step(part, wanted, before)
    if isinstance(part, Secret):
        return Step(part, wanted, before, "is used without being seen; only its owners share it")
    owners = f"ask {part.owner} to share it" if part.owner else "ask its owners to share it"
    return Step(part, wanted, before, f"is not yours to share: {owners}", blocks=True)


@transaction.atomic
def apply(plan: Plan, by: Any) -> list[Step]:
    """Share all that the plan names, and say what was. Raises `NotShared` where something keeps
    it from being carried out as a whole."""
    if plan.obstacles:
        words = "; ".join(f"{step.thing} {step.why_not}" for step in plan.obstacles)
        raise NotShared(f"Nothing was shared: {words}.")
    for step in plan.changes:
        step.thing.share(plan.team, step.role)
        audit.record(by, "shared", step.thing, f"with {plan.team} as {step.role.word}")
        words = f"{step.kind} `{step.thing}` as {step.role.word}"
        audit.record(by, "shared", plan.team, words)
    return plan.changes


@transaction.atomic
def unshare(thing: Any, team: Team, by: Any, *, parts: bool = False) -> list[Any]:
    """Share the thing with the team no more, with `parts` neither what it rests on, unless another
    stack that is shared with the team needs that, or `by` does not own it. What was taken back."""
    taken = [thing] if thing.unshare(team) else []
    if parts:
        needed = _needed(team)
        taken += [
            part
            for part in parts_of(thing)
            if (type(part), part.pk) not in needed
            and part.allows(by, Role.OWNER)
            and part.unshare(team)
        ]
    for each in taken:
        audit.record(by, "unshared", each, f"from {team}")
        audit.record(by, "unshared", team, f"{kind_of(each)} `{each}`")
    return taken


def _needed(team: Team) -> set[tuple[type, int]]:
    """What the stacks rest on that are still shared with the team."""
    stacks = Stack.objects.filter(shares__group=team.pk).distinct()
    return {(type(part), part.pk) for stack in stacks for part in parts_of(stack)}


@dataclass(frozen=True)
class Item:
    """A thing that a team's members may use: with which role at most, and why."""

    thing: Any
    role: Role
    through: str

    @property
    def kind(self) -> str:
        """What the thing is, in a word."""
        return kind_of(self.thing)

    @property
    def address(self) -> str:
        """The address of the thing's page."""
        return address_of(self.thing)

    def ability(self, held: Role) -> str:
        """What somebody may do with it who has the role `held` in the team."""
        return ABILITIES[type(self.thing)][min(self.role, held)]


def items_of(team: Team, viewer: Any) -> list[Item]:
    """What belongs to the team or is shared with it, as far as `viewer` sees it."""
    items = []
    for model in KINDS.values():
        seen = model._default_manager.visible_to(viewer).select_related("owner")
        for thing in seen.filter(team=team.pk):
            items.append(Item(thing, Role.OWNER, "belongs to the team"))
        for thing in seen.filter(shares__group=team.pk).exclude(team=team.pk).distinct():
            role = thing.shared_with()[team.pk]
            items.append(Item(thing, role, f"shared by {thing.owner or thing.team}"))
    return items
