"""`./manage.py transfer`: plan transfers between stores, carry them out, look at them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from django.core.management import CommandError
from django_typer.management import command

from project.access import Role
from project.commands import As, Output, Printed, StoreroomCommand, UsageError, person
from stores.commands import transfers
from stores.commands.progress import show_progress
from stores.models import Transfer
from stores.reports import report
from stores.transfers import Conflict

Number = Annotated[str, typer.Argument(metavar="NUMBER", show_default=False)]
Source = Annotated[str, typer.Argument(metavar="SOURCE[/PREFIX]", show_default=False)]
Target = Annotated[str, typer.Argument(metavar="TARGET[/PREFIX]", show_default=False)]
Rule = Annotated[
    Conflict, typer.Option("--conflict", help="What to do with what is there already.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Until it has ended; show how far it is.")]


class Command(StoreroomCommand):
    """Transfers: artifacts copied from a store to another one, planned before a byte moves."""

    @command()
    def plan(
        self,
        source: Source,
        target: Target,
        conflict: Rule = Conflict.SKIP_SAME,
        as_user: As = "",
        output: Printed = Output.TEXT,
    ) -> None:
        """Plan a transfer: let a worker list both sides, and say what would be done."""
        transfer = self._plan(source, target, conflict, as_user, output)
        if output == Output.JSON:
            self.show(transfers.facts(transfer), output)
        else:
            self.say(f"`./manage.py transfer start {transfer.pk}` carries it out.")

    @command()
    def start(
        self,
        number_or_source: Annotated[
            str, typer.Argument(metavar="NUMBER|SOURCE[/PREFIX]", show_default=False)
        ],
        target: Annotated[
            str, typer.Argument(metavar="[TARGET[/PREFIX]]", show_default=False)
        ] = "",
        conflict: Annotated[
            Conflict | None,
            typer.Option(
                "--conflict", show_default=False, help="As of `plan`; a NUMBER has its own."
            ),
        ] = None,
        wait: Wait = False,
        as_user: As = "",
        output: Printed = Output.TEXT,
    ) -> None:
        """Carry out a plan, or plan and carry out at once. With --wait, exit status 1 says that
        it did not end well."""
        if target:
            rule = conflict or Conflict.SKIP_SAME
            transfer = self._plan(number_or_source, target, rule, as_user, output)
        else:
            if conflict:
                raise UsageError("A planned transfer has its --conflict already.")
            transfer = transfers.of_number(person(as_user), number_or_source, Role.OPERATOR)
            transfers.wait_for_plan(transfer)
        transfers.start(transfer, person(as_user))
        self._report_start(transfer, "started", wait, output)

    @command("list")
    def list_all(self, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """List the transfers, the newest first."""
        self.show_all(
            transfers.all_facts(person(as_user)),
            transfers.COLUMNS,
            output,
            when_empty="There is no transfer yet: transfer plan --help",
        )

    @command()
    def describe(self, number: Number, as_user: As = "", output: Printed = Output.TEXT) -> None:
        """Show a transfer's plan, how far it is and what failed."""
        self.show(transfers.facts(transfers.of_number(person(as_user), number)), output)

    @command()
    def cancel(self, number: Number, as_user: As = "") -> None:
        """Stop a transfer. What was copied stays, and nothing is left half-written."""
        user = person(as_user)
        self.say(transfers.cancel(transfers.of_number(user, number, Role.OPERATOR), user))

    @command()
    def retry(
        self,
        number: Number,
        wait: Wait = False,
        as_user: As = "",
        output: Printed = Output.TEXT,
    ) -> None:
        """Try again what failed or was cancelled, as both sides are now."""
        user = person(as_user)
        transfer = transfers.of_number(user, number, Role.OPERATOR)
        transfers.retry(transfer, user)
        self._report_start(transfer, "tried again", wait, output)

    @command("report")
    def write_report(
        self,
        number: Number,
        file: Annotated[
            Path | None,
            typer.Option("--file", metavar="PATH", show_default=False, help="Write it there."),
        ] = None,
        as_user: As = "",
    ) -> None:
        """Print a transfer's report as CSV, a line for each artifact."""
        transfer = transfers.of_number(person(as_user), number)
        if file:
            try:
                with file.open("w", encoding="utf-8", newline="") as opened:
                    opened.writelines(report(transfer))
            except OSError as error:
                raise CommandError(f"`{file}` cannot be written: {error.strerror}.") from None
            self.say(f"Wrote the report of transfer {transfer.pk} to {file}.")
        elif self.stdout.isatty():
            self.say(*(line.rstrip("\r\n") for line in report(transfer)))
        else:
            for line in report(transfer):
                self.stdout.write(line, ending="")

    def _plan(
        self, source: str, target: str, conflict: Conflict, as_user: str, output: Output
    ) -> Transfer:
        """A new transfer with its plan, which is printed as text."""
        transfer = transfers.plan(person(as_user), source, target, conflict)
        transfers.wait_for_plan(transfer)
        if output == Output.TEXT:
            self.say(*transfers.plan_lines(transfer))
        return transfer

    def _report_start(self, transfer: Transfer, what: str, wait: bool, output: Output) -> None:
        """Say that it goes on, or with `wait` how it ended. Raises `CommandError` unless well."""
        if output == Output.TEXT:
            self.say(f"Transfer {transfer.pk} is {what}.")
        if wait:
            looks = transfers.follow(transfer)
            if output == Output.TEXT:
                show_progress(looks, self.say)
                self.say(transfers.end_line(transfer))
            else:
                for _ in looks:
                    pass
        if output == Output.JSON:
            self.show(transfers.facts(transfer), output)
        if wait:
            transfers.raise_for_end(transfer)
