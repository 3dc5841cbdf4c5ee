"""What a flavor tells people of a store: what its address means, how other programs reach it.

Words and texts to copy alone, with placeholders in the place of every credential.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an address as it was typed means: labels with what is known, sentences about what is
    lost or missing, and for each program how it finds the credentials."""

    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()
    finders: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """The store that snippets are about. `way` is how it signs in, by the name of `SignIn`, ""
    where that is not known; `secret` is its secret's name, or ""."""

    name: str
    path: str
    configuration: Mapping[str, Any]
    way: str
    secret: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text to copy for one program, and a sentence about it where one is needed."""

    program: str
    text: str
    note: str = ""


def option(name: str, value: str) -> str:
    """An option of a command as a shell reads it."""
    return f"--{name}={shlex.quote(value)}"


def variables(values: Mapping[str, str]) -> str:
    """A block of environment variables as a shell reads it."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items())


def registration(subject: Subject, flavor: str) -> str:
    """The command by which ZenML registers the store, of whatever age it is."""
    words = [
        f"zenml artifact-store register {shlex.quote(subject.name)} -f {flavor}",
        option("path", subject.path),
    ]
    if subject.secret:
        words.append(option("authentication_secret", subject.secret))
    return " ".join(words)
