"""`./manage.py secrets-manager`: places that keep secrets, and the secrets in them."""

from __future__ import annotations

from typing import Annotated

import typer
from django_typer.management import command, group

from project.commands import (
    As,
    Description,
    Name,
    OptionalName,
    Output,
    Printed,
    SettingsCommand,
    StoreroomCommand,
    Yes,
    delete,
    person,
    settings_of,
)
from stores.commands import secrets


class Command(StoreroomCommand):
    """Secrets managers, and the secrets that they keep."""

    @command()
    def register(
        self,
        name: Name,
        flavor: Annotated[str, typer.Option("--flavor", "-f", help="local")],
        description: Description = "",
        as_user: As = "",
    ) -> None:
        """Register a secrets manager."""
        self.say(secrets.register_manager(person(as_user), name, flavor, description))

    @command("list")
    def list_all(self, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """List the secrets managers."""
        self.show_all(
            secrets.all_manager_facts(person(as_user)),
            secrets.MANAGER_COLUMNS,
            output,
            when_empty="There is no secrets manager yet: secrets-manager register --help",
        )

    @command()
    def describe(
        self, name: OptionalName = "", as_user: As = "", output: Printed = Output.TEXT
    ) -> None:
        """Show what is known of a secrets manager."""
        user = person(as_user)
        self.show(secrets.manager_facts(secrets.manager_of_name(user, name), user), output)

    @command("delete")
    def remove(self, name: Name, yes: Yes = False, as_user: As = "") -> None:
        """Delete a secrets manager that keeps nothing and that no stack uses."""
        user = person(as_user)
        manager = secrets.deletable_manager(user, name)
        self.confirm(f"Delete the secrets manager `{name}`?", yes)
        delete(manager, user)
        self.say(f"Deleted secrets manager `{name}`.")

    @group()
    def secret(self) -> None:
        """The secrets: names, kinds and ages. Values go in and never come out."""

    @secret.command("register", cls=SettingsCommand)
    def register_secret(
        self,
        context: typer.Context,
        name: Name,
        schema: Annotated[
            str, typer.Option("--schema", "-s", help="azure or arbitrary")
        ] = "arbitrary",
        description: Description = "",
        as_user: As = "",
    ) -> None:
        """Seal a secret. Values are given as --ATTRIBUTE=VALUE, such as --connection_string=….

        The shell keeps what is typed in its history, and other users of the machine can see it in
        the list of processes. Better: --connection_string=@file reads a file, and
        --connection_string=- reads what is piped in. A value that begins with @ is written @@.
        """
        self.say(
            *secrets.register(person(as_user), name, schema, description, settings_of(context))
        )

    @secret.command("list")
    def list_secrets(self, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """List the secrets."""
        self.show_all(
            secrets.all_facts(person(as_user)),
            secrets.COLUMNS,
            output,
            when_empty="There is no secret yet: secrets-manager secret register --help",
        )

    @secret.command("get")
    def get_secret(self, name: Name, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """Show what a secret holds: the names of its attributes, never a value."""
        user = person(as_user)
        self.show(secrets.facts(secrets.of_name(user, name), user), output)

    @secret.command("delete")
    def delete_secret(self, name: Name, yes: Yes = False, as_user: As = "") -> None:
        """Delete a secret with all its values."""
        user = person(as_user)
        secret, consequence = secrets.deletable(user, name)
        self.confirm(f"Delete the secret `{name}`? {consequence}", yes)
        delete(secret, user)
        self.say(f"Deleted secret `{name}`. {consequence}")
