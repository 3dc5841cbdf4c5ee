"""The commands of the parts of a stack that are neither stores nor secrets managers: they differ
in the type alone, so that each type's command is a class with that type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import typer
from django_typer.management import command

from project.access import OwnedQuerySet, Role
from project.commands import (
    As,
    Description,
    Name,
    Output,
    Printed,
    SettingsCommand,
    StoreroomCommand,
    Yes,
    delete,
    find,
    person,
    refuse_built_in,
    refuse_used,
    save,
    settings_of,
)
from secrets_app import redaction
from secrets_app.references import dangling
from stores.commands import sharing
from stores.commands.sharing import Parts, TeamName
from stores.commands.teams import RoleName
from stores.forms import ComponentForm
from stores.models import Component, Stack

COLUMNS = ("name", "flavor", "configuration", "stacks", "owner")


class ComponentCommand(StoreroomCommand):
    """Register, list, describe and delete the components of one type."""

    component_type: ClassVar[Component.Type]

    @command(cls=SettingsCommand)
    def register(
        self,
        context: typer.Context,
        name: Name,
        flavor: Annotated[
            str, typer.Option("--flavor", "-f", help="As ZenML names it: local, kubeflow, …")
        ],
        description: Description = "",
        as_user: As = "",
    ) -> None:
        """Register a component. Its settings are given as --NAME=VALUE, never a credential."""
        self.say(
            *register(
                person(as_user),
                self.component_type,
                name,
                flavor,
                description,
                settings_of(context),
            )
        )

    @command("list")
    def list_all(self, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """List those that there are."""
        user = person(as_user)
        components = self._all().visible_to(user).select_related("owner").order_by("name", "pk")
        self.show_all(
            [facts(component, user) for component in components],
            COLUMNS,
            output,
            when_empty=f"There is no {self._kind()} yet.",
        )

    @command()
    def describe(self, name: Name, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """Show what is known of one."""
        user = person(as_user)
        self.show(facts(find(self._all(), name, user, kind=self._kind()), user), output)

    @command("delete")
    def remove(self, name: Name, yes: Yes = False, as_user: As = "") -> None:
        """Delete one that no stack uses."""
        user = person(as_user)
        component = find(self._all(), name, user, Role.OWNER, kind=self._kind())
        refuse_built_in(component)
        refuse_used(component, Stack.objects.filter(components=component), user)
        self.confirm(f"Delete the {self._kind()} `{name}`?", yes)
        delete(component, user)
        self.say(f"Deleted {self._kind()} `{name}`.")

    @command()
    def share(
        self,
        name: Name,
        team: TeamName,
        role: RoleName = "operator",
        recursive: Parts = False,
        as_user: As = "",
    ) -> None:
        """Share a component with a team; nobody gets more than their role in the team."""
        user = person(as_user)
        thing = find(self._all(), name, user, Role.OWNER, kind=self._kind())
        self.say(*sharing.share(user, thing, team, role, parts=recursive))

    @command()
    def unshare(
        self,
        name: Name,
        team: TeamName,
        recursive: Parts = False,
        as_user: As = "",
    ) -> None:
        """Share a component with a team no more."""
        user = person(as_user)
        thing = find(self._all(), name, user, Role.OWNER, kind=self._kind())
        self.say(*sharing.unshare(user, thing, team, parts=recursive))

    def _all(self) -> OwnedQuerySet:
        return Component.objects.filter(type=self.component_type)

    def _kind(self) -> str:
        return self.component_type.label.lower()


def register(
    user: Any,
    component_type: Component.Type,
    name: str,
    flavor: str,
    description: str,
    configuration: Mapping[str, str],
) -> list[str]:
    """Register a component and say so, and which of its references lead nowhere yet. Raises
    `CommandError`."""
    data = {
        "type": component_type,
        "name": name,
        "flavor": flavor,
        "description": description,
        "configuration": json.dumps(configuration),
    }
    component = save(ComponentForm(data, user=user), name, user)
    kind = component_type.label.lower()
    return [
        f"Registered {kind} `{component.name}`, flavor {component.flavor}.",
        *(f"Warning: {words}" for words in dangling(component, component.configuration)),
    ]


def facts(component: Component, user: Any) -> dict[str, Any]:
    """What everyone who sees the component may know of it."""
    stacks = Stack.objects.filter(components=component).visible_to(user).order_by("name")
    return {
        "name": component.name,
        "description": component.description,
        "type": component.type,
        "flavor": component.flavor,
        "configuration": redaction.redact_mapping(component.configuration),
        "stacks": list(stacks.values_list("name", flat=True)),
        "owner": component.owner and component.owner.get_username(),
    }
