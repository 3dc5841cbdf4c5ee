"""`./manage.py secrets-manager`: places that keep secrets, and the secrets in them."""

from __future__ import annotations

from typing import Annotated

import typer
from django_typer.management import command, group

from project.access import Role
from project.commands import (
    As,
    Description,
    Name,
    OptionalName,
    Output,
    Printed,
    SettingsCommand,
    UsageError,
    Yes,
    delete,
    find,
    person,
    settings_of,
)
from secrets_app.models import Secret
from stores.commands import sharing
from stores.commands.belonging import InTeam, Labels
from stores.commands.parts import PartCommand
from stores.commands.secrets import managers, options, values, writing
from stores.commands.sharing import TeamName
from stores.commands.teams import RoleName

Interactive = Annotated[
    bool, typer.Option("--interactive", "-i", help="Ask for the values, unseen.")
]
ExpiresOn = Annotated[
    str,
    typer.Option(
        "--expires_on",
        "--expires-on",
        metavar="YYYY-MM-DD",
        show_default=False,
        help="The last day of a client secret or a key. A SAS token tells its end itself.",
    ),
]


class Command(PartCommand):
    """Secrets managers, and the secrets that they keep."""

    parts = managers.SecretsManagers()

    @command(cls=SettingsCommand)
    def register(
        self,
        context: typer.Context,
        name: Name,
        flavor: Annotated[str, typer.Option("--flavor", "-f", help="local or azure")],
        authentication_secret: Annotated[
            str,
            typer.Option(
                "--authentication_secret",
                "--authentication-secret",
                metavar="SECRET",
                show_default=False,
                help="A secret in this database to sign in to the vault with: tenant_id,"
                " client_id, client_secret. Without it: what the environment offers.",
            ),
        ] = "",
        label: Labels = None,
        team: InTeam = "",
        description: Description = "",
        as_user: As = "",
    ) -> None:
        """Register a secrets manager: this database, or Azure Key Vault by --key_vault_name=NAME
        (elsewhere than in Azure's public cloud by --vault_url=https://…)."""
        fields = {"authentication_secret": authentication_secret, "description": description}
        user, settings = person(as_user), settings_of(context)
        said = self.parts.register(
            user, name, flavor, fields, settings, labels=label or [], team=team
        )
        self.say(*said)

    @command("check")
    def check_manager(self, name: OptionalName = "", as_user: As = "") -> None:
        """Ask a secrets manager whether it can be used from here."""
        self.say(managers.check(person(as_user), name))

    @group()
    def secret(self) -> None:
        """The secrets: names, kinds and ages. Values go in and do not come out."""

    @secret.command("register", cls=SettingsCommand)
    def register_secret(
        self,
        context: typer.Context,
        name: Name,
        schema: Annotated[
            str, typer.Option("--schema", "-s", help="azure, aws, gcp, basic_auth or arbitrary")
        ] = "arbitrary",
        interactive: Interactive = False,
        description: Description = "",
        expires_on: ExpiresOn = "",
        force: Annotated[
            bool,
            typer.Option("--force", help="Also over what the vault holds under this name."),
        ] = False,
        team: InTeam = "",
        as_user: As = "",
    ) -> None:
        """Seal a secret, or write it to the active stack's vault.

        Values are given as --ATTRIBUTE=VALUE, such as --connection_string=….

        The shell keeps what is typed in its history, and other users of the machine can see it in
        the list of processes. Better: --connection_string=@file reads a file,
        --connection_string=- reads what is piped in, and -i asks. A value that begins with @ is
        written @@.
        """
        user, expires = person(as_user), options.read_end(expires_on)
        given = self._given(context, schema, interactive)
        self.say(
            *writing.register(
                user, name, schema, description, given, expires=expires, force=force, team=team
            )
        )

    @secret.command("update", cls=SettingsCommand)
    def update_secret(
        self,
        context: typer.Context,
        name: Name,
        interactive: Interactive = False,
        now: Annotated[
            bool, typer.Option("--now", help="Use it at once, without trying it first.")
        ] = False,
        expires_on: ExpiresOn = "",
        as_user: As = "",
    ) -> None:
        """Replace values of a secret; what is not named stays.

        Where stores use the secret, workers try the new version with each of them, and it is used
        as soon as all pass. In a vault it is in use at once, without a trial: a vault gives out
        one version to all who ask.
        """
        user, expires = person(as_user), options.read_end(expires_on)
        secret = values.of_name(user, name, Role.EDITOR)
        given = self._given(context, secret.schema, interactive)
        self.say(*writing.update(user, secret, given, expires=expires, at_once=now))

    @secret.command("list")
    def list_secrets(self, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """List the secrets."""
        self.show_all(
            values.all_facts(person(as_user)),
            values.COLUMNS,
            output,
            when_empty="There is no secret yet: secrets-manager secret register --help",
        )

    @secret.command("get")
    def get_secret(
        self,
        name: Name,
        reveal: Annotated[
            bool,
            typer.Option(
                "--reveal", help="Show the values, where the operator allows it; asks for yours."
            ),
        ] = False,
        reason: Annotated[
            str, typer.Option("--reason", help="Why; it goes to the audit.", show_default=False)
        ] = "",
        as_user: As = "",
        output: Printed = Output.TEXT,
    ) -> None:
        """Show what a secret holds: the names of its attributes and its state.

        With --reveal the values, exactly as they are, each as ATTRIBUTE=VALUE.
        """
        user = person(as_user)
        if not reveal:
            self.show(values.facts(values.of_name(user, name), user), output)
            return
        password = self.ask(f"Password of {user}", unseen=True, err=True)
        revealed = values.revealed(user, name, reason, password)
        if output == Output.JSON:
            self.show(revealed, output)
            return
        for key, value in revealed.items():
            self.stdout.write(f"{key}={value}\n", ending="")

    @secret.command("delete")
    def delete_secret(
        self,
        name: Name,
        yes: Yes = False,
        force: Annotated[bool, typer.Option("--force", help="Also while it is used.")] = False,
        as_user: As = "",
    ) -> None:
        """Delete a secret with all its versions. What a vault keeps stays there."""
        user = person(as_user)
        secret, consequence = values.deletable(user, name, force=force)
        self.confirm(f"Delete the secret `{name}`? {consequence}", yes)
        delete(secret, user)
        self.say(f"Deleted secret `{name}`. {consequence}")

    @secret.command("share")
    def share_secret(
        self, name: Name, team: TeamName, role: RoleName = "operator", as_user: As = ""
    ) -> None:
        """Share a secret with a team; nobody gets more than their role in the team."""
        user = person(as_user)
        thing = find(Secret.objects, name, user, Role.OWNER)
        self.say(*sharing.share(user, thing, team, role))

    @secret.command("unshare")
    def unshare_secret(self, name: Name, team: TeamName, as_user: As = "") -> None:
        """Share a secret with a team no more."""
        user = person(as_user)
        thing = find(Secret.objects, name, user, Role.OWNER)
        self.say(*sharing.unshare(user, thing, team))

    def _given(self, context: typer.Context, schema: str, interactive: bool) -> options.Given:
        """The values that were given as options, and those that are asked for."""
        given = settings_of(context)
        if not interactive:
            return options.Given(given)
        asked = [(name, unseen) for name, unseen in options.askable(schema) if name not in given]
        if not asked:
            raise UsageError("This kind of secret has no names to ask for: give --NAME=VALUE.")
        answers = {
            name: self.ask(f"{name} (empty: none)", unseen=unseen, default="", show_default=False)
            for name, unseen in asked
        }
        return options.Given(given, {name: text for name, text in answers.items() if text})
