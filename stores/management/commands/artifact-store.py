"""`./manage.py artifact-store`: register stores, look at them, check them."""

from __future__ import annotations

from typing import Annotated

import typer
from django.core.management import CommandError
from django_typer.management import command

from project.commands import (
    As,
    Description,
    Name,
    OptionalName,
    Output,
    Printed,
    SettingsCommand,
    person,
    settings_of,
)
from stores.commands import checks
from stores.commands.belonging import InTeam, Labels
from stores.commands.parts import PartCommand
from stores.commands.stores import ArtifactStores, secret_state
from stores.models import Store


class Command(PartCommand):
    """Artifact stores: where pipelines keep what they produce."""

    parts = ArtifactStores()

    @command(cls=SettingsCommand)
    def register(
        self,
        context: typer.Context,
        name: Name,
        flavor: Annotated[
            str,
            typer.Option("--flavor", "-f", help="azure, s3, gcp, local, or any of ZenML's"),
        ],
        path: Annotated[
            str,
            typer.Option(
                "--path",
                help="az://container/path, s3://…, gs://…, or a folder of this server",
            ),
        ],
        authentication_secret: Annotated[
            str,
            typer.Option(
                "--authentication_secret",
                metavar="SECRET",
                show_default=False,
                help="The secret's name; it may come later.",
            ),
        ] = "",
        sign_in: Annotated[
            str,
            typer.Option(
                "--sign_in",
                metavar="WAY",
                show_default=False,
                help="connection_string, account_key, sas_token or service_principal, where the"
                " secret holds more than one; or, without a secret, managed_identity (of the"
                " workers; of several with --client_id=ID), workload_identity or azure_cli, each"
                " with --account_url=https://….",
            ),
        ] = "",
        allow_probes: Annotated[
            bool,
            typer.Option("--allow_probes", help="Checks write and delete a small artifact."),
        ] = False,
        allow_implicit: Annotated[
            bool,
            typer.Option(
                "--allow_implicit",
                help="For superusers: it may use what the workers' environment offers.",
            ),
        ] = False,
        label: Labels = None,
        team: InTeam = "",
        description: Description = "",
        as_user: As = "",
    ) -> None:
        """Register an artifact store. Settings of its flavor are given as --NAME=VALUE, such as
        --account_url=http://127.0.0.1:10000/account."""
        fields = {
            "path": path,
            "authentication_secret": authentication_secret,
            "sign_in": sign_in,
            "allow_probes": allow_probes,
            "allow_implicit": allow_implicit,
            "description": description,
        }
        user, settings = person(as_user), settings_of(context)
        said = self.parts.register(
            user, name, flavor, fields, settings, labels=label or [], team=team
        )
        self.say(*said)

    @command()
    def describe(
        self, name: OptionalName = "", as_user: As = "", output: Printed = Output.TEXT
    ) -> None:
        """Show what is known of an artifact store."""
        user = person(as_user)
        store = self.parts.of_name(user, name)
        check = checks.last(store)
        facts = self.parts.facts(store, user) | {"secret_state": secret_state(store)}
        if output == Output.JSON:
            self.show(facts | {"last_check": check and checks.facts(check)}, output)
            return
        self.show(facts, output)
        self.say(*(checks.lines(check) if check else ()))

    @command("check")
    def check_now(
        self,
        name: OptionalName = "",
        wait: Annotated[
            bool, typer.Option("--wait/--no-wait", help="Until a worker has done it.")
        ] = True,
        as_user: As = "",
        output: Printed = Output.TEXT,
    ) -> None:
        """Let a worker try an artifact store, step by step. Exit status 1: it is failing."""
        check = checks.queue(person(as_user), name)
        for step in checks.follow(check) if wait else ():
            if output == Output.TEXT:
                self.say(*checks.step_lines(step))
        if output == Output.JSON:
            self.show(checks.facts(check), output)
        elif wait:
            self.say(*checks.report_lines(check))
        else:
            self.say(f"Queued check {check.pk} of `{check.store.name}`.")
        if check.verdict == Store.State.FAILING:
            raise CommandError(f"`{check.store.name}` is failing. {check.words}")
        if wait and output == Output.TEXT:
            self.say(f"`{check.store.name}` is {check.verdict}. {check.words}")
