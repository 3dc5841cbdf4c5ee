"""What a file or a pasted text says of stacks, before anything is compared with what there is.

Plain values with the lines they stand in; keeps out YAML, archives and the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from secrets_app.redaction import is_sensitive, redact
from secrets_app.redaction.in_clear import InClear

# Ours, which ZenML passes over: https://docs.zenml.io/stacks names no such key.
OURS = "x_storeroom"
REFERENCE = re.compile(r"\{\{[^{}]*\}\}")


class Refused(Exception):
    """A text that is not taken, and why. `line` is 0 where no line is to blame; `source` names
    the file in an archive."""

    def __init__(self, words: str, line: int = 0, source: str = "") -> None:
        place = [f"`{source}`"] if source else []
        place += [f"line {line}"] if line else []
        sentence = ": ".join(filter(None, [", ".join(place), words]))
        super().__init__(f"{sentence[0].upper()}{sentence[1:]}")
        self.words = words
        self.line = line
        self.source = source


@dataclass(slots=True)
class Entry:
    """One component as a text describes it.

    `fields` are keys that Storeroom has no place for, `extras` what stands under `x_storeroom`.
    """

    type: str
    name: str
    flavor: str
    configuration: dict[str, Any]
    line: int = 0
    fields: dict[str, Any] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)
    source: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the others of the same text."""
        return self.type, self.name

    def says(self) -> tuple[Any, ...]:
        """All that is said of it: two entries of one key have to agree."""
        return self.flavor, self.configuration, self.fields, self.extras


@dataclass(slots=True)
class StackEntry:
    """One stack: the parts it joins, by type and name, in the order of the text."""

    name: str
    version: str
    form: str
    parts: list[tuple[str, str]]
    line: int = 0
    fields: dict[str, Any] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True)
class PastedSecret(InClear):
    """A secret that a pasted command registers, with its values in clear."""

    name: str
    schema: str
    values: Mapping[str, str] = field(repr=False)
    line: int = 0


@dataclass(slots=True)
class Bundle:
    """Everything that one text holds, components by type and name; `notes` say what was
    tolerated in it."""

    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    stacks: list[StackEntry] = field(default_factory=list)
    secrets: list[PastedSecret] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Take in a component. Raises `Refused` where the text describes one twice, and not
        alike: which of the two is meant nobody can tell."""
        other = self.entries.setdefault(entry.key, entry)
        if other.says() != entry.says():
            raise Refused(
                f"the {entry.type} `{entry.name}` is described here and {_where(other, entry)},"
                " and not alike.",
                entry.line,
                entry.source,
            )


def credentials_in(value: Any, path: str = "") -> Iterator[str]:
    """Where in nested settings a credential stands in clear, like `client_kwargs.password`.

    References such as `{{secret.key}}` are none; nothing is said of what is under a harmless name
    and looks like no credential.
    """
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from credentials_in(part, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for part in value:
            yield from credentials_in(part, path)
    elif isinstance(value, str) and value and not REFERENCE.fullmatch(value.strip()):
        name = path.rpartition(".")[2]
        if is_sensitive(name) or redact(value) != value:
            yield path


def _where(other: Entry, entry: Entry) -> str:
    if other.source != entry.source:
        return f"in `{other.source}`, line {other.line}"
    return f"in line {other.line}"
