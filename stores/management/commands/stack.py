"""`./manage.py stack`: stacks, and which of them a person's commands work with."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from django_typer.management import command

from project.access import Role
from project.commands import (
    As,
    Description,
    Name,
    NewName,
    OptionalName,
    Output,
    Printed,
    Target,
    Yes,
    delete,
    person,
)
from stores.commands import history, sharing, stacks
from stores.commands.belonging import InTeam, OtherTeam, team_as_typed
from stores.commands.sharing import Recursive, TeamName
from stores.commands.stack_options import PartsCommand, RegisterCommand, TypesCommand, parts_of
from stores.commands.teams import RoleName
from stores.management.stack_files import StackFilesCommand

PRODUCTION = "Others rely on it: more is expected of its parts."


class Command(StackFilesCommand):
    """Stacks: one artifact store, and what works with it."""

    @command(cls=RegisterCommand)
    def register(
        self,
        context: typer.Context,
        name: Name,
        activate: Annotated[
            bool, typer.Option("--set", help="Make it the active stack as well.")
        ] = False,
        production: Annotated[bool, typer.Option("--production", help=PRODUCTION)] = False,
        description: Description = "",
        team: InTeam = "",
        as_user: As = "",
    ) -> None:
        """Register a stack of things that there are, each by its exact name. Without an
        orchestrator it gets `default`, on your own machine."""
        user = person(as_user)
        fields = {
            "production": production,
            "description": description,
            "team": team_as_typed(user, team),
        }
        self.say(*stacks.register(user, name, fields, parts_of(context)))
        if activate:
            # As the form keeps it: without spaces at its ends.
            self.say(stacks.activate(user, name.strip()))

    @command(cls=PartsCommand)
    def update(
        self,
        context: typer.Context,
        name: OptionalName = "",
        production: Annotated[
            bool | None, typer.Option("--production/--no-production", help=PRODUCTION)
        ] = None,
        description: Annotated[
            str | None, typer.Option("--description", metavar="TEXT", show_default=False)
        ] = None,
        team: OtherTeam = None,
        as_user: As = "",
    ) -> None:
        """Put parts into a stack, in the place of those that it has of their types."""
        user = person(as_user)
        given: dict[str, Any] = {
            "production": production,
            "description": description,
            "team": team,
        }
        fields = {field: value for field, value in given.items() if value is not None}
        if team is not None:
            fields["team"] = team_as_typed(user, team)
        self.say(*stacks.update(user, name, fields, parts_of(context)))

    @command("remove-component", cls=TypesCommand)
    def remove_component(
        self, context: typer.Context, name: OptionalName = "", as_user: As = ""
    ) -> None:
        """Take the parts of a type out of a stack."""
        self.say(*stacks.remove_components(person(as_user), name, list(parts_of(context))))

    @command("copy-component", cls=TypesCommand)
    def copy_component(
        self,
        context: typer.Context,
        name: OptionalName = "",
        target: Annotated[
            str,
            typer.Option(
                "--name",
                metavar="NEW_NAME",
                show_default=False,
                help="What the copy is called; by default STACK-NAME.",
            ),
        ] = "",
        as_user: As = "",
    ) -> None:
        """Copy a part, named by its type, for this stack alone, which gets the copy in its place;
        other stacks keep theirs."""
        user = person(as_user)
        self.say(*stacks.copy_component(user, name, list(parts_of(context)), target))

    @command()
    def rename(self, name: Name, new_name: NewName, as_user: As = "") -> None:
        """Give a stack another name; whoever works with it goes on doing so."""
        self.say(stacks.rename(person(as_user), name, new_name))

    @command()
    def copy(self, source: Name, target: Target, as_user: As = "") -> None:
        """Register another stack of the same parts."""
        self.say(*stacks.copy(person(as_user), source, target))

    @command("list")
    def list_all(self, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """List the stacks."""
        self.show_all(
            stacks.all_facts(person(as_user)),
            stacks.COLUMNS,
            output,
            when_empty="There is no stack yet: stack register --help",
        )

    @command()
    def describe(
        self, name: OptionalName = "", as_user: As = "", output: Printed = Output.TEXT
    ) -> None:
        """Show what a stack joins, and what is wrong with it."""
        user = person(as_user)
        self.show(stacks.facts(stacks.of_name(user, name), user), output)

    @command("set")
    def set_active(self, name: Name, as_user: As = "") -> None:
        """Choose the stack that your commands work with."""
        self.say(stacks.activate(person(as_user), name))

    @command("get")
    def get_active(self, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """Say which stack your commands work with."""
        name = stacks.of_name(person(as_user), "").name
        if output == Output.JSON:
            self.show({"name": name}, output)
        else:
            self.say(f"The active stack is `{name}`.")

    @command("delete")
    def remove(self, name: Name, yes: Yes = False, as_user: As = "") -> None:
        """Delete a stack. What it joins stays."""
        user = person(as_user)
        stack = stacks.deletable(user, name)
        self.confirm(f"Delete the stack `{name}`? What it joins stays.", yes)
        delete(stack, user)
        self.say(f"Deleted stack `{name}`; what it joined stays.")

    @command()
    def share(
        self,
        name: Name,
        team: TeamName,
        role: RoleName = "operator",
        recursive: Recursive = False,
        as_user: As = "",
    ) -> None:
        """Share a stack with a team; nobody gets more than their role in the team."""
        user = person(as_user)
        stack = stacks.of_name(user, name, Role.OWNER)
        self.say(*sharing.share(user, stack, team, role, parts=recursive))

    @command()
    def unshare(
        self, name: Name, team: TeamName, recursive: Recursive = False, as_user: As = ""
    ) -> None:
        """Share a stack with a team no more."""
        user = person(as_user)
        stack = stacks.of_name(user, name, Role.OWNER)
        self.say(*sharing.unshare(user, stack, team, parts=recursive))

    @command("history")
    def show_history(self, name: Name, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """List the changes of a stack: who, when, what."""
        self.show_all(
            history.revisions(person(as_user), name),
            history.COLUMNS,
            output,
            when_empty=f"No revision of `{name}` is kept yet.",
        )

    @command()
    def diff(
        self,
        name: Name,
        old: Annotated[
            int | None, typer.Option("--from", metavar="N", help="By default the one before.")
        ] = None,
        new: Annotated[
            int | None, typer.Option("--to", metavar="N", help="By default the last one.")
        ] = None,
        as_user: As = "",
        output: Printed = Output.TEXT,
    ) -> None:
        """Show what differs between two revisions of a stack."""
        self.show_all(
            history.differences(person(as_user), name, old, new),
            history.DIFFERENCE,
            output,
            when_empty="Nothing differs.",
        )

    @command()
    def restore(
        self,
        name: Name,
        number: Annotated[int, typer.Argument(metavar="N", show_default=False)],
        as_user: As = "",
    ) -> None:
        """Let a stack be again what it was at a revision."""
        self.say(history.go_back(person(as_user), name, number))

    @command()
    def compare(
        self,
        one: Annotated[str, typer.Argument(metavar="A", show_default=False)],
        other: Annotated[str, typer.Argument(metavar="B", show_default=False)],
        as_user: As = "",
        output: Printed = Output.TEXT,
    ) -> None:
        """Show two stacks side by side."""
        self.show_all(
            history.compare(person(as_user), one, other),
            history.COMPARED,
            output,
            when_empty="Both are empty.",
        )
