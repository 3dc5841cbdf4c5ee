"""`./manage.py team`: who shares things, and with which role."""

from __future__ import annotations

from typing import Annotated

import typer
from django_typer.management import command

from project.access import Role
from project.commands import (
    As,
    Description,
    Name,
    Output,
    Printed,
    StoreroomCommand,
    UsageError,
    Yes,
    person,
)
from stores.commands import teams
from stores.commands.teams import RoleName

Users = Annotated[
    list[str] | None, typer.Option("--user", "-u", metavar="USER", help="Somebody in it.")
]


class Command(StoreroomCommand):
    """Teams: people who share things."""

    @command()
    def create(
        self,
        name: Name,
        user: Users = None,
        role: RoleName = "viewer",
        description: Description = "",
        as_user: As = "",
    ) -> None:
        """Make a team, which is yours; --user puts people into it, with --role."""
        self.say(teams.create(person(as_user), name, description, user or [], role))

    @command("list")
    def list_all(self, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """List the teams that you are in."""
        self.show_all(
            teams.all_facts(person(as_user)),
            teams.COLUMNS,
            output,
            when_empty="You are in no team yet: team create --help",
        )

    @command()
    def describe(self, name: Name, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """Show who is in a team, and what is shared with it."""
        user = person(as_user)
        self.show(teams.facts(teams.find(user, name), user), output)

    @command()
    def update(
        self,
        name: Name,
        new_name: Annotated[
            str, typer.Option("--name", "-n", metavar="NAME", show_default=False)
        ] = "",
        add_user: Annotated[
            list[str] | None,
            typer.Option("--add-user", "-a", metavar="USER", help="Put in, or change the role."),
        ] = None,
        role: RoleName = "viewer",
        remove_user: Annotated[
            list[str] | None, typer.Option("--remove-user", "-r", metavar="USER")
        ] = None,
        heir: Annotated[
            str,
            typer.Option(
                "--heir", metavar="USER", help="Who gets what they hold.", show_default=False
            ),
        ] = "",
        default_stack: Annotated[
            str | None,
            typer.Option(
                "--default-stack",
                metavar="STACK",
                show_default=False,
                help="Which stack members work with who chose none; `--default-stack=`: none.",
            ),
        ] = None,
        as_user: As = "",
    ) -> None:
        """Rename a team, put people into it with --role, take people out of it, and choose the
        stack that its members work with."""
        if not (new_name or add_user or remove_user or default_stack is not None):
            raise UsageError(
                "Say what to change: --name, --add-user, --remove-user or --default-stack."
            )
        user = person(as_user)
        team = teams.find(user, name, Role.OWNER)
        for other in add_user or []:
            self.say(teams.add(user, team, other, role))
        for other in remove_user or []:
            self.say(teams.remove(user, team, other, heir))
        if default_stack is not None:
            self.say(teams.choose_stack(user, team, default_stack))
        if new_name:
            self.say(teams.rename(user, team, new_name))

    @command()
    def invite(
        self,
        name: Name,
        role: RoleName = "viewer",
        email: Annotated[str, typer.Option("--email", metavar="ADDRESS", show_default=False)] = "",
        base: Annotated[
            str, typer.Option("--url", metavar="URL", help="Where Storeroom is reached.")
        ] = "http://127.0.0.1:8000",
        as_user: As = "",
    ) -> None:
        """Invite somebody: a link that works once, for seven days, mailed where mail is set up."""
        user = person(as_user)
        team = teams.find(user, name, Role.OWNER)
        self.say(*teams.invite_to(user, team, role, email, base))

    @command("delete")
    def remove(self, name: Name, yes: Yes = False, as_user: As = "") -> None:
        """Delete a team that has nothing of its own."""
        user = person(as_user)
        team = teams.find(user, name, Role.OWNER)
        self.confirm(f"Delete the team `{name}`? Its members lose what is shared with it.", yes)
        self.say(teams.delete(user, team))
