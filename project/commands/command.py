"""The classes under every command: its common options, its output, its failures."""

from __future__ import annotations

import errno
import io
import json
import sys
import warnings
from collections.abc import Mapping, Sequence
from enum import StrEnum
from getpass import GetPassWarning
from types import TracebackType
from typing import Annotated, Any

import typer
from django.core.management import CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError
from django_typer.management import DTCommand, TyperCommand
from typer.exceptions import TyperException

from project.commands.printing import aligned, in_words, plain, rows_of
from project.commands.usage import UsageError, misuse, refuse_bytes, shown
from project.history import act_as

# Where a command keeps the settings that it was given, in typer's context.
SETTINGS = "storeroom.settings"


class Output(StrEnum):
    """How a command prints what it found."""

    TEXT = "text"
    JSON = "json"


Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
OptionalName = Annotated[
    str,
    typer.Argument(metavar="[NAME]", show_default=False, help="Without a name: the active one."),
]
Target = Annotated[str, typer.Argument(metavar="TARGET", show_default=False)]
NewName = Annotated[str, typer.Argument(metavar="NEW_NAME", show_default=False)]
As = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="USER",
        show_default=False,
        help="Run as this person; by default as STOREROOM_USER, else as the first superuser.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Description = Annotated[str, typer.Option("--description", metavar="TEXT", show_default=False)]
Printed = Annotated[Output, typer.Option("--output", help="Tables for people, or JSON.")]


class SettingsCommand(DTCommand):
    """A command that takes settings that its signature cannot know, as `--name=value`.

    They are set aside before typer reads the rest, so that none is ever taken for an argument.
    """

    takes_settings = True

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {spelling for param in self.params for spelling in param.opts}
        given: dict[str, str] = {}
        rest: list[str] = []
        for place, word in enumerate(args):
            if word == "--":
                rest += args[place:]
                break
            option, equals, value = word.partition("=")
            if not option.startswith("--") or not equals or option in own:
                rest.append(word)
                continue
            name = option[2:].replace("-", "_")
            if name in given:
                raise UsageError(f"{shown(name)} is given twice.")
            given[name] = value
        ctx.meta[SETTINGS] = given
        return super().parse_args(ctx, rest)


class AttributesCommand(DTCommand):
    """A command that takes names of settings as words, also where they are written as options:
    `--name`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {spelling for param in self.params for spelling in param.opts} | {"--help"}
        names = [
            word[2:].replace("-", "_")
            if word.startswith("--") and word.partition("=")[0] not in own
            else word
            for word in args
        ]
        return super().parse_args(ctx, names)


class StoreroomCommand(TyperCommand):
    """A command of Storeroom's. What it raises, other than a bug, ends in one line."""

    # The checks load every page; `up` runs them, and a command should answer at once.
    requires_system_checks = ()
    suppressed_base_arguments = {
        "--version",
        "--verbosity",
        "--settings",
        "--pythonpath",
        "--show-locals",
        "--no-color",
        "--force-color",
        "--skip-checks",
    }

    def run_from_argv(self, argv: list[str]) -> None:
        """Answer at a shell, also one whose encoding lacks a character of what is said."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        super().run_from_argv(argv)

    def execute(self, *args: Any, **options: Any) -> Any:
        """Carry out a call whose every word is text."""
        with self:
            refuse_bytes(args)
        return super().execute(*args, **options)

    def say(self, *sentences: str) -> None:
        """Print sentences, each on a line of its own."""
        for sentence in sentences:
            self.stdout.write(plain(sentence))
            self.stdout.flush()

    def show(self, facts: Mapping[str, Any], output: Output) -> None:
        """Print what is known of one thing."""
        if output == Output.JSON:
            self._write_json(facts)
        else:
            self.say(*aligned(rows_of(facts)))

    def show_all(
        self,
        things: Sequence[Mapping[str, Any]],
        columns: Sequence[str],
        output: Output,
        *,
        when_empty: str,
    ) -> None:
        """Print a list: as JSON everything that is known, as a table these columns of it."""
        if output == Output.JSON:
            self._write_json(things)
        elif not things:
            self.say(when_empty)
        else:
            heading = [column.replace("_", " ").upper() for column in columns]
            rows = [[in_words(thing[column]) for column in columns] for thing in things]
            self.say(*aligned([heading, *rows]))

    def write_file(self, text: str) -> None:
        """Print what belongs into a file, which is UTF-8 whatever the terminal takes."""
        stream = self.stdout._out
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
        self.stdout.write(text, ending="")

    def confirm(self, question: str, yes: bool) -> None:
        """Go on only after a yes. Raises `CommandError` where there is nobody to ask."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise CommandError("This asks first, and nobody is there: give --yes.")
        typer.confirm(plain(question), abort=True)

    def ask(self, question: str, *, unseen: bool, **how: Any) -> str:
        """What somebody types. Raises `CommandError` where it would be seen and must not be."""
        with warnings.catch_warnings():
            warnings.simplefilter("error", GetPassWarning)
            try:
                answer: str = typer.prompt(question, hide_input=unseen, **how)
            except GetPassWarning:
                raise CommandError(
                    "This is typed unseen, and there is no terminal to type it at."
                ) from None
        return answer

    def _write_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, cls=DjangoJSONEncoder, indent=2))

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> Any:
        """Turn what went wrong into a `CommandError`, or at a shell into its line and status."""
        act_as(None)
        failure = as_failure(exc_val)
        if failure is None:
            return super().__exit__(exc_type, exc_val, exc_tb)
        super().__exit__(None, None, None)
        if getattr(self, "_called_from_command_line", False) and not self._traceback:
            self.stderr.write(plain(str(failure)))
            sys.exit(failure.returncode)
        if failure is exc_val:
            return False
        raise failure from exc_val


def as_failure(error: BaseException | None) -> CommandError | None:
    """What a command fails with because of this error; None for bugs and for what is no error."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, TyperException):
        return misuse(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return CommandError("No space is left on the disk: not all of it was written.")
    if isinstance(error, DatabaseError):
        reason = str(error).partition("\n")[0]
        return CommandError(
            f"The database cannot be used ({reason}). `./manage.py up` prepares it; is"
            " STOREROOM_HOME or DATABASE_URL the one that you mean?"
        )
    return None


def settings_of(context: typer.Context) -> dict[str, str]:
    """What a `SettingsCommand` was given as `--name=value`."""
    given: dict[str, str] = context.meta[SETTINGS]
    return given
