"""What the options of the commands over secrets mean: values, wherever they are, and days."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.core.management import CommandError

from project.commands import UsageError, shown, unknown_option
from secrets_app.expiry import end_of
from secrets_app.schemas import SCHEMAS, Schema, canonical_name

# Bytes of a file that is taken for a value: far more than any secret has, far less than memory.
LONGEST_FILE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Given:
    """What a command was given: `options` by attribute, each a value or where to read it, and
    `answers`, which are the values themselves."""

    options: Mapping[str, str] = field(repr=False)
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        """Whether there is any value."""
        return bool(self.options or self.answers)

    def values(self, schema: Schema) -> dict[str, str]:
        """The values, under the names that were given. Raises `CommandError`: `UsageError` for an
        attribute that this kind of secret does not have."""
        for option in self.options:
            try:
                canonical_name(schema, option)
            except ValidationError as error:
                if schema.open_ended:
                    raise UsageError(f"Option {shown(option)}: {error.messages[0]}") from None
                names = [attribute.name for attribute in schema.attributes]
                raise unknown_option(option, [*names, "schema", "description"]) from None
        read = {option: read_value(option, text) for option, text in self.options.items()}
        return read | dict(self.answers)


def schema_of(slug: str) -> Schema:
    """The kind of this name. Raises `CommandError`."""
    if slug not in SCHEMAS:
        raise CommandError(f"There is no schema `{slug}`. Schemas: {', '.join(SCHEMAS)}.")
    return SCHEMAS[slug]


def askable(schema: str) -> list[tuple[str, bool]]:
    """What an interactive command asks for: each attribute of the schema, and whether it is to be
    typed unseen. Raises `CommandError`."""
    return [(attribute.name, attribute.sensitive) for attribute in schema_of(schema).attributes]


def read_value(option: str, text: str) -> str:
    """The value that an option's text means: a file's content (`@file`) or what comes on stdin
    (`-`), both exactly as they are but for one line end at their end, else itself; `@@` begins a
    value that begins with `@`. Raises `CommandError` without the text, which may be a value that
    was not meant as a file."""
    try:
        if text == "-":
            return _text_in(sys.stdin.buffer)
        if text.startswith("@") and not text.startswith("@@"):
            with open(os.path.expanduser(text[1:]), "rb") as file:
                return _text_in(file)
    except OSError as error:
        raise CommandError(
            f"{shown(option)}: its file cannot be read ({error.strerror}). A value that begins"
            " with @ is written @@."
        ) from None
    except UnicodeError:
        raise CommandError(f"{shown(option)}: what it is read from is no UTF-8 text.") from None
    except OverflowError:
        raise CommandError(
            f"{shown(option)}: what it is read from is longer than 1 MiB; no secret is."
        ) from None
    return text.removeprefix("@")


def read_end(text: str) -> datetime | None:
    """The end that the option `--expires_on` tells; None for "". Raises `UsageError`."""
    if not text:
        return None
    try:
        return end_of(date.fromisoformat(text))
    except ValueError:
        raise UsageError("--expires_on: a day is written like 2030-01-31.") from None


def _text_in(file: BinaryIO) -> str:
    """All text of a file, line ends as they are, without one at its end. Raises `OverflowError`
    for a file that is too long, `UnicodeError` for one that is no text."""
    content = file.read(LONGEST_FILE + 1)
    if len(content) > LONGEST_FILE:
        raise OverflowError
    text = content.decode()
    return text.removesuffix("\r\n") if text.endswith("\r\n") else text.removesuffix("\n")
