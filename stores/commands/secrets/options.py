"""What the options of the commands over secrets mean: values, wherever they are, and days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.management import CommandError

from project.commands import UsageError, read_value, shown, unknown_option
from secrets_app.expiry import end_of
from secrets_app.schemas import SCHEMAS, Schema, canonical_name


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


def read_end(text: str) -> datetime | None:
    """The end that the option `--expires_on` tells; None for "". Raises `UsageError`."""
    if not text:
        return None
    try:
        return end_of(date.fromisoformat(text))
    except ValueError:
        raise UsageError("--expires_on: a day is written like 2030-01-31.") from None
