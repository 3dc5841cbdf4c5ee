"""Where a secret is used, and how far a change of it reaches: stores, vaults, components, stacks,
schedules, transfers, people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from project.access import Role
from secrets_app.models import Secret, SecretsManager
from secrets_app.references import references_in
from stores.models import Component, Schedule, Stack, Store, Transfer


@dataclass(frozen=True, slots=True)
class Some:
    """Things of one kind: those that a person may see, and how many there are beside them."""

    seen: list[Any]
    others: int

    def __bool__(self) -> bool:
        """Whether there are any, seen or not."""
        return self.total > 0

    @property
    def total(self) -> int:
        """How many there are, seen or not."""
        return len(self.seen) + self.others

    @property
    def names(self) -> list[str]:
        """What to call them: those that are seen by name, the rest by number."""
        more = [f"{self.others} of other people"] if self.others else []
        return [*map(str, self.seen), *more]


@dataclass(frozen=True, slots=True)
class Uses:
    """Everything that a secret's end would reach, as one person may know it."""

    stores: Some
    managers: Some
    components: Some
    stacks: Some
    schedules: Some
    transfers: Some
    people: Some

    def __bool__(self) -> bool:
        """Whether anything names the secret."""
        return bool(self.direct)

    @property
    def reach(self) -> str:
        """How far its end reaches: "2 stores, 1 stack"."""
        kinds = {
            "store": self.stores,
            "secrets manager": self.managers,
            "component": self.components,
            "stack": self.stacks,
            "schedule": self.schedules,
            "transfer": self.transfers,
        }
        return ", ".join(
            f"{things.total} {word}{'' if things.total == 1 else 's'}"
            for word, things in kinds.items()
            if things
        )

    @property
    def direct(self) -> Some:
        """What names the secret itself."""
        kinds = (self.stores, self.managers, self.components)
        seen = [thing for kind in kinds for thing in kind.seen]
        return Some(seen, sum(kind.others for kind in kinds))


def uses_of(secret: Secret, viewer: Any) -> Uses:
    """What uses the secret, directly or through something that does. What `viewer` may not see is
    counted, and not named."""
    stores = Store.objects.naming(secret)
    components = components_naming(secret)
    stacks = Stack.objects.filter(Q(store__in=stores) | Q(components__in=components)).distinct()
    schedules = Schedule.objects.filter(store__in=stores).select_related("store")
    return Uses(
        _some(stores.order_by("name"), viewer),
        _some(managers_naming(secret).order_by("name"), viewer),
        _some(components.order_by("name"), viewer),
        _some(stacks.order_by("name"), viewer),
        _some(schedules, viewer),
        _some(Transfer.objects.under_way(list(stores)), viewer),
        _people(secret, viewer),
    )


def managers_naming(secret: Secret) -> Any:
    """The secrets managers that sign in with the secret."""
    return SecretsManager.objects.beside(secret).filter(authentication_secret=secret.name)


def components_naming(secret: Secret) -> Any:
    """The components whose settings refer to the secret."""
    theirs = Component.objects.beside(secret)
    naming = [
        component.pk
        for component in theirs
        if any(found.secret == secret.name for found in references_in(component.configuration))
    ]
    return Component.objects.filter(pk__in=naming)


def _some(things: Any, viewer: Any) -> Some:
    seen = list(things.visible_to(viewer))
    return Some(seen, things.count() - len(seen))


def _people(secret: Secret, viewer: Any) -> Some:
    """Who may use the secret: by name for its owners, for others themselves alone."""
    people = secret.people(Role.OPERATOR).order_by("username")
    if secret.allows(viewer, Role.OWNER):
        return Some(list(people), 0)
    themselves = list(people.filter(pk=viewer.pk))
    return Some(themselves, people.count() - len(themselves))
