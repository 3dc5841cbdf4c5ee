"""`./manage.py integration`: what is installed for which kind of storage."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from django_typer.management import command

from project.commands import As, Output, Printed, StoreroomCommand, Yes, person
from stores.commands import integrations

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", show_default=False)]


class Command(StoreroomCommand):
    """Integrations: the packages that a flavor needs."""

    @command()
    def install(self, names: Names = None, yes: Yes = False, as_user: As = "") -> None:
        """Install what an integration lacks, without a name what any of them lacks."""
        self._check(as_user)
        packages = integrations.missing(names or [])
        if packages:
            self.confirm(f"Install {', '.join(packages)} into {sys.prefix}?", yes)
            self.say(integrations.install(packages))
        else:
            self.say(*integrations.states(names or []))

    @command("list")
    def list_all(
        self, names: Names = None, as_user: As = "", output: Printed = Output.TEXT
    ) -> None:
        """List the integrations and the packages that they need."""
        self._check(as_user)
        self.show_all(
            integrations.all_facts(names or []), integrations.COLUMNS, output, when_empty=""
        )

    def _check(self, as_user: str) -> None:
        """These commands belong to nobody and work without a database, but a name has to fit."""
        if as_user:
            person(as_user)
