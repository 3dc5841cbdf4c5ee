"""The parts of one type, and everything that a command does with them; what differs from type to
type is left to the few methods that each has of its own."""

from __future__ import annotations

import difflib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from django.core.management import CommandError

from project import audit
from project.access import OwnedQuerySet, Role
from project.commands import (
    UsageError,
    changing,
    find,
    read_value,
    refuse_built_in,
    refuse_invalid,
    refuse_used,
    registering,
    save,
    shown,
)
from project.owned_form import OwnedForm
from secrets_app import redaction
from stores.commands import teams
from stores.commands.belonging import labelled, team_as_typed
from stores.forms.copying import copy_part
from stores.models import Stack

# What no update changes, and the way that there is.
FIXED = {
    "name": "`rename` gives it another name.",
    "flavor": "A flavor stays as it is; register another one.",
}


class Parts(ABC):
    """The parts of one type.

    `kind` is the type in words: "artifact store". `fields` are what every part of the type has
    beside its flavor's settings; an update takes both alike, as --NAME=VALUE. `consequence` is
    said of a part that is deleted.
    """

    kind: str
    fields: ClassVar[tuple[str, ...]] = ("description",)
    columns: ClassVar[tuple[str, ...]]
    flavor_columns: ClassVar[tuple[str, ...]] = ("name", "label", "settings")
    consequence: ClassVar[str] = ""

    @abstractmethod
    def all(self) -> OwnedQuerySet:
        """The parts of this type, whoever owns them."""

    @abstractmethod
    def new(self, flavor: str) -> Any:
        """A part of this type that is nobody's yet."""

    @abstractmethod
    def form(self, data: Mapping[str, Any] | None, part: Any, user: Any) -> OwnedForm:
        """The pages' form over a part."""

    @abstractmethod
    def flavors(self) -> list[dict[str, Any]]:
        """Facts of every flavor that is known."""

    @abstractmethod
    def of_stack(self, stack: Stack) -> list[Any]:
        """The stack's parts of this type."""

    @abstractmethod
    def stacks(self, part: Any) -> Any:
        """The stacks that use the part."""

    @abstractmethod
    def own_facts(self, part: Any, user: Any) -> dict[str, Any]:
        """What is known of a part beside what all parts have."""

    @abstractmethod
    def summary(self, part: Any) -> str:
        """What a new part is, after its name in a sentence."""

    @abstractmethod
    def check_settings(self, flavor: str, names: Iterable[str]) -> None:
        """Raise `UsageError` for a setting that the flavor does not have."""

    @abstractmethod
    def with_settings(self, part: Any, settings: Mapping[str, Any], user: Any) -> dict[str, Any]:
        """What the pages' form would send of the part with these settings; None removes one."""

    def with_fields(self, part: Any, fields: Mapping[str, Any], user: Any) -> dict[str, Any]:
        """The fields as the form takes them, "" for one that is removed. Raises
        `CommandError`."""
        return {name: "" if value is None else value for name, value in fields.items()}

    def notes(self, part: Any) -> Iterator[str]:
        """What one should know of a part that was registered or changed."""
        yield from ()

    def refuse_deletion(self, part: Any) -> None:
        """Raise `CommandError` for a part that stays although no stack uses it."""

    def of_name(self, user: Any, name: str, role: Role = Role.VIEWER) -> Any:
        """The part of this name, without one the active stack's. Raises `CommandError`."""
        parts = self.all().select_related("owner")
        if not name:
            active = self.active(user)
            if len(active) > 1:
                names = ", ".join(f"`{part.name}`" for part in active)
                raise CommandError(f"The active stack has more than one {self.kind}: {names}.")
            name, parts = active[0].name, parts.filter(pk=active[0].pk)
        return find(parts, name, user, role, kind=self.kind)

    def active(self, user: Any) -> list[Any]:
        """The active stack's parts of this type, at least one. Raises `CommandError`."""
        stack = Stack.objects.active_of(user)
        if stack is None:
            raise CommandError("There is no active stack; `stack set NAME` chooses one.")
        parts = self.of_stack(stack)
        if not parts:
            raise CommandError(f"The active stack `{stack.name}` has no {self.kind}.")
        return parts

    def all_facts(self, user: Any) -> list[dict[str, Any]]:
        """Facts of every part of this type that the person sees."""
        parts = self.all().visible_to(user).select_related("owner").order_by("name", "pk")
        return [self.facts(part, user) for part in parts]

    def facts(self, part: Any, user: Any) -> dict[str, Any]:
        """What everyone who sees the part may know of it."""
        stacks = self.stacks(part).visible_to(user).order_by("name")
        return {
            "name": part.name,
            "description": part.description,
            "flavor": part.flavor,
            "configuration": redaction.redact_mapping(part.configuration),
            "labels": redaction.redact_mapping(part.labels),
            **self.own_facts(part, user),
            "stacks": list(stacks.values_list("name", flat=True)),
            "owner": part.owner and part.owner.get_username(),
            "team": teams.name_of(part.team_id, user),
        }

    def register(
        self,
        user: Any,
        name: str,
        flavor: str,
        fields: Mapping[str, Any],
        settings: Mapping[str, str],
        *,
        labels: Iterable[str] = (),
        team: str = "",
    ) -> list[str]:
        """Register a part and say so. Raises `CommandError`."""
        part = self.new(flavor)
        if "name" in settings:
            raise UsageError("--name is no setting. A name stands alone: `register NAME`.")
        settings = read(settings)
        self.check_settings(part.flavor, settings)
        data = {
            **self.with_settings(part, settings, user),
            **self.with_fields(part, fields, user),
            "name": name,
            "labels": json.dumps(labelled({}, labels)),
            "team": team_as_typed(user, team),
        }
        part = save(self.form(data, part, user), name, user)
        return [f"Registered {self.kind} `{part.name}`{self.summary(part)}.", *self.notes(part)]

    def copy(self, user: Any, name: str, target: str) -> list[str]:
        """Register a part that is like another, and say so. Raises `CommandError`."""
        source = self.of_name(user, name, Role.EDITOR)
        with registering(target):
            part = copy_part(source, target, user)
        return [
            f"Registered {self.kind} `{part.name}`, a copy of `{source.name}`.",
            *self.notes(part),
        ]

    def update(
        self,
        user: Any,
        name: str,
        changes: Mapping[str, str | None],
        *,
        labels: Iterable[str] = (),
        team: str | None = None,
    ) -> list[str]:
        """Change fields, settings and labels of a part, or its team, and say so; None removes a
        field or a setting, and leaves the team. Raises `CommandError`."""
        for option in FIXED.keys() & changes.keys():
            raise UsageError(f"--{option} cannot be changed here. {FIXED[option]}")
        part = self.of_name(user, name, Role.EDITOR if team is None else Role.OWNER)
        moved = {} if team is None else {"team": team_as_typed(user, team)}
        fields = {field: value for field, value in changes.items() if field in self.fields}
        settings = read({key: changes[key] for key in changes if key not in fields})
        with changing(part) as part:
            added = [name for name in settings if name not in part.configuration]
            self.check_settings(part.flavor, added)
            before = self._values(part)
            data = {
                **self.with_settings(part, settings, user),
                **self.with_fields(part, fields, user),
                "labels": json.dumps(labelled(part.labels, labels)),
                **moved,
            }
            form = self.form(data, part, user)
            refuse_invalid(form, f"`{part.name}` was not changed.")
            changed = differing(before, self._values(part))
            if not changed:
                return [f"`{part.name}` is like that already."]
            form.save()
            audit.record(user, "changed", part, ", ".join(changed))
        return [f"Changed {self.kind} `{part.name}`: {', '.join(changed)}.", *self.notes(part)]

    def remove_attributes(self, user: Any, name: str, attributes: Iterable[str]) -> list[str]:
        """Remove fields and settings of a part and say so. Raises `CommandError`, also where it
        does not have one of them."""
        part = self.of_name(user, name, Role.EDITOR)
        there = [field for field in self.fields if getattr(part, field)] + list(part.configuration)
        for attribute in attributes:
            if attribute not in there:
                near = difflib.get_close_matches(attribute, there, n=1)
                guess = f"; did you mean {near[0]}?" if near else "."
                raise CommandError(f"`{part.name}` has no setting {shown(attribute)}{guess}")
        return self.update(user, name, dict.fromkeys(attributes))

    def rename(self, user: Any, name: str, target: str) -> str:
        """Give a part another name and say so. Raises `CommandError`."""
        with changing(self.of_name(user, name, Role.EDITOR)) as part:
            if target == part.name:
                return f"`{name}` is called that already."
            data = self.form(None, part, user).shown() | {"name": target}
            form = self.form(data, part, user)
            refuse_invalid(form, f"`{name}` was not renamed.")
            form.save()
            audit.record(user, "renamed", part, f"from {name}")
        return f"Renamed {self.kind} `{name}` to `{part.name}`."

    def deletable(self, user: Any, name: str) -> Any:
        """The part, when the person may delete it and nothing uses it. Raises `CommandError`."""
        part = self.of_name(user, name, Role.OWNER)
        refuse_built_in(part)
        refuse_used(part, self.stacks(part), user)
        self.refuse_deletion(part)
        return part

    def _values(self, part: Any) -> dict[str, Any]:
        """What an update changes of a part, by its name there."""
        fields = {name: getattr(part, name) for name in self.fields}
        return part.configuration | fields | {"label": part.labels, "team": part.team_id}


def read(settings: Mapping[str, str | None]) -> dict[str, Any]:
    """The settings, those that were given as `@file` from their files, as ZenML reads them.
    Raises `CommandError`."""
    return {
        name: value and read_value(name, value, piped=False) for name, value in settings.items()
    }


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names whose values are not the same before and after."""
    names = dict.fromkeys([*before, *after])
    return [name for name in names if before.get(name) != after.get(name)]
