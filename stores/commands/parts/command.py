"""The command of one type of parts: what people may type for all of them alike."""

from __future__ import annotations

from typing import Annotated, ClassVar

import typer
from django_typer.management import command, group

from project.access import Role
from project.commands import (
    As,
    AttributesCommand,
    Name,
    NewName,
    OptionalName,
    Output,
    Printed,
    SettingsCommand,
    StoreroomCommand,
    Target,
    UsageError,
    Yes,
    delete,
    person,
    settings_of,
)
from stores.commands import sharing
from stores.commands.belonging import OtherLabels, OtherTeam
from stores.commands.parts.parts import Parts
from stores.commands.sharing import Recursive, TeamName
from stores.commands.teams import RoleName

Attributes = Annotated[
    list[str], typer.Argument(metavar="ATTRIBUTE...", show_default=False, help="By name.")
]


class PartCommand(StoreroomCommand):
    """Everything but registering, for which each type has options of its own."""

    parts: ClassVar[Parts]

    @command("list")
    def list_all(self, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """List those that there are."""
        self.show_all(
            self.parts.all_facts(person(as_user)),
            self.parts.columns,
            output,
            when_empty=f"There is no {self.parts.kind} yet:"
            f" {self.parts.kind.replace(' ', '-')} register --help",
        )

    @command()
    def describe(
        self, name: OptionalName = "", as_user: As = "", output: Printed = Output.TEXT
    ) -> None:
        """Show what is known of one."""
        user = person(as_user)
        self.show(self.parts.facts(self.parts.of_name(user, name), user), output)

    @command("get")
    def get_active(self, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """Say which one the active stack has."""
        names = [part.name for part in self.parts.active(person(as_user))]
        if output == Output.JSON:
            self.show({"names": names}, output)
        else:
            self.say(*(f"The active stack's {self.parts.kind} is `{name}`." for name in names))

    @command(cls=SettingsCommand)
    def update(
        self,
        context: typer.Context,
        name: OptionalName = "",
        label: OtherLabels = None,
        team: OtherTeam = None,
        as_user: As = "",
    ) -> None:
        """Change one: what is given as --NAME=VALUE, or --NAME=@FILE; the rest stays."""
        changes, labels = settings_of(context), label or []
        if not changes and not labels and team is None:
            raise UsageError("There is nothing to change: give --NAME=VALUE.")
        user = person(as_user)
        self.say(*self.parts.update(user, name, changes, labels=labels, team=team))

    @command("remove-attribute", cls=AttributesCommand)
    def remove_attribute(self, name: Name, attributes: Attributes, as_user: As = "") -> None:
        """Remove settings of one, each by its name."""
        self.say(*self.parts.remove_attributes(person(as_user), name, attributes))

    @command()
    def rename(self, name: Name, new_name: NewName, as_user: As = "") -> None:
        """Give one another name; the stacks that use it go on using it."""
        self.say(self.parts.rename(person(as_user), name, new_name))

    @command()
    def copy(self, source: Name, target: Target, as_user: As = "") -> None:
        """Register another one that is like it."""
        self.say(*self.parts.copy(person(as_user), source, target))

    @command("delete")
    def remove(self, name: Name, yes: Yes = False, as_user: As = "") -> None:
        """Delete one that nothing uses."""
        user, parts = person(as_user), self.parts
        part = parts.deletable(user, name)
        after = f" {parts.consequence}" if parts.consequence else ""
        self.confirm(f"Delete the {parts.kind} `{name}`?{after}", yes)
        delete(part, user)
        self.say(f"Deleted {parts.kind} `{name}`.{after}")

    @command()
    def share(
        self,
        name: Name,
        team: TeamName,
        role: RoleName = "operator",
        recursive: Recursive = False,
        as_user: As = "",
    ) -> None:
        """Share one with a team; nobody gets more than their role in the team."""
        user = person(as_user)
        part = self.parts.of_name(user, name, Role.OWNER)
        self.say(*sharing.share(user, part, team, role, parts=recursive))

    @command()
    def unshare(
        self, name: Name, team: TeamName, recursive: Recursive = False, as_user: As = ""
    ) -> None:
        """Share one with a team no more."""
        user = person(as_user)
        part = self.parts.of_name(user, name, Role.OWNER)
        self.say(*sharing.unshare(user, part, team, parts=recursive))

    @group()
    def flavor(self) -> None:
        """The flavors that there are."""

    @flavor.command("list")
    def list_flavors(self, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """List the flavors."""
        person(as_user)
        self.show_all(
            self.parts.flavors(), self.parts.flavor_columns, output, when_empty="None is known."
        )
