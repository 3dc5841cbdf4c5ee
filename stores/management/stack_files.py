"""The verbs of `./manage.py stack` that read and write files, and ask for what no file holds."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer
from django_typer.management import command

from project.commands import As, OptionalName, StoreroomCommand, UsageError, Yes, person
from stores.commands import stack_files
from stores.commands.belonging import InTeam
from stores.zenml_yaml import NEWEST


class IfDifferent(StrEnum):
    """What to do with what is here already, and not as in the file."""

    RENAME = "rename"
    USE = "use"
    OVERWRITE = "overwrite"


class StackFilesCommand(StoreroomCommand):
    """Export, import, register-secrets."""

    @command("export")
    def export_stack(
        self,
        name: OptionalName = "",
        filename: Annotated[
            str,
            typer.Argument(
                metavar="[FILE]",
                show_default=False,
                help="By default NAME.yaml; - prints it.",
            ),
        ] = "",
        zenml_version: Annotated[
            str,
            typer.Option("--zenml-version", "--zenml_version", help="Whose client will read it."),
        ] = NEWEST,
        yes: Yes = False,
        as_user: As = "",
    ) -> None:
        """Write a stack to a file that ZenML's client reads, never with a secret's value."""
        name, text = stack_files.exported(person(as_user), name, zenml_version)
        path = filename or f"{name}{stack_files.ENDING}"
        if path == stack_files.STANDARD:
            self.write_file(text)
            return
        if os.path.exists(os.path.expanduser(path)):
            self.confirm(f"Write over the file `{path}`?", yes)
        stack_files.write_file(path, text)
        self.say(f"Exported stack `{name}` to `{path}`.")

    @command("import")
    def import_stack(
        self,
        name: Annotated[
            str,
            typer.Argument(
                metavar="NAME",
                show_default=False,
                help="What the stack will be called; or the file or - alone, for the names there.",
            ),
        ],
        filename: Annotated[
            str,
            typer.Option(
                "--filename",
                "-f",
                metavar="FILE",
                show_default=False,
                help="A .yaml file, a .zip of several, a text of `zenml … register` commands, or"
                " - for what is piped in. By default NAME.yaml.",
            ),
        ] = "",
        ignore_version_mismatch: Annotated[
            bool,
            typer.Option(
                "--ignore-version-mismatch",
                help="Also what a newer ZenML wrote than Storeroom was proven with.",
            ),
        ] = False,
        if_different: Annotated[
            IfDifferent | None,
            typer.Option(
                "--if-different",
                show_default=False,
                help="What to do with what is here already and not as in the file: import it under"
                " another name, use what is here, or overwrite that.",
            ),
        ] = None,
        team: InTeam = "",
        as_user: As = "",
    ) -> None:
        """Import a stack with all that it joins: all of it, or nothing."""
        user = person(as_user)
        if not filename and stack_files.names_file(name):
            name, filename = "", name
        bundle = stack_files.read_bundle(filename or f"{name}{stack_files.ENDING}")
        warnings = stack_files.name_stack(bundle, name, ignore_versions=ignore_version_mismatch)
        self.say(*warnings, *stack_files.import_bundle(user, bundle, if_different or "", team))

    @command("register-secrets")
    def register_secrets(
        self,
        name: OptionalName = "",
        skip_existing: Annotated[
            bool, typer.Option("--skip-existing", help="Ask for missing secrets only.")
        ] = False,
        value: Annotated[
            list[str] | None,
            typer.Option(
                "--value",
                metavar="SECRET.ATTRIBUTE=VALUE",
                show_default=False,
                help="Instead of asking; a value may be @file, or - for what is piped in.",
            ),
        ] = None,
        as_user: As = "",
    ) -> None:
        """Ask for the secrets that a stack names, which no file holds. What is typed is not
        shown; with --value nothing is asked."""
        user = person(as_user)
        stack, names = stack_files.wanted_secrets(user, name)
        given = stack_files.given_values(value or [], names)
        for wanted in names:
            secret = stack_files.present(stack, wanted)
            if secret and skip_existing:
                self.say(f"Secret `{wanted}` is there already.")
                continue
            slug, asked = stack_files.to_ask(stack, wanted, secret)
            answers = given.get(wanted, {}) if value else self._ask(wanted, slug, asked)
            if not answers:
                self.say(f"Secret `{wanted}` was left out.")
                continue
            self.say(*stack_files.register_secret(user, stack, wanted, slug, answers))

    def _ask(self, name: str, slug: str, asked: list[tuple[str, bool]]) -> dict[str, str]:
        """What somebody types for each attribute. Raises `UsageError` where nobody knows what to
        ask for."""
        if not asked:
            raise UsageError(f"Give the values of `{name}` by --value {name}.ATTRIBUTE=VALUE.")
        self.say(f"Secret `{name}` ({slug}); leave empty what it does not have.")
        answers = {
            key: self.ask(key, unseen=unseen, default="", show_default=False)
            for key, unseen in asked
        }
        return {key: text for key, text in answers.items() if text}
