"""Writes a stack so that ZenML's own client reads it: components as dicts, which 0.23 and all
later versions take, and a list only where a type has more than one.

What is ours rides along under `x_storeroom`, which ZenML passes over. A comment at the top says
what is not in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from stores.part_types import SECRETS_MANAGER
from stores.zenml_yaml.document import OURS, Entry, StackEntry
from stores.zenml_yaml.parsing import EXPONENT

NEWEST = "0.98.0"
RELEASE = re.compile(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})", re.ASCII)
OLDEST = (0, 23, 0)
# ZenML keeps secrets itself from then on: https://docs.zenml.io, "Migrate from 0.39".
WITHOUT_MANAGERS = (0, 40, 0)


class WrongVersion(Exception):
    """A version of ZenML that no file can be written for."""


def release(version: str) -> tuple[int, int, int]:
    """The version as numbers. Raises `WrongVersion`."""
    found = RELEASE.fullmatch(version)
    if not found:
        raise WrongVersion(f"A version of ZenML is written like {NEWEST}.")
    numbers = int(found[1]), int(found[2]), int(found[3])
    if numbers < OLDEST:
        raise WrongVersion(
            "ZenML before 0.23.0 reads another form, which is not written; 0.23.0 or later."
        )
    return numbers


def write(
    stack: StackEntry, entries: Iterable[Entry], secrets: Sequence[str], left_out: Sequence[str]
) -> str:
    """The stack as YAML for the ZenML of `stack.version`. `secrets` are the names that it refers
    to, `left_out` sentences on what else is not in it. Raises `WrongVersion`."""
    numbers = release(stack.version)
    components: dict[str, Any] = {}
    extras = dict(stack.extras)
    notes = [*_about_secrets(secrets), *left_out]
    for entry in entries:
        if entry.type == SECRETS_MANAGER and numbers >= WITHOUT_MANAGERS:
            extras[SECRETS_MANAGER] = as_dict(entry)
            notes.append(
                f"ZenML has no secrets managers from 0.40 on: `{entry.name}` is kept under"
                f" {OURS}, which ZenML passes over."
            )
            continue
        components.setdefault(entry.type, []).append(as_dict(entry))
    content = {
        **stack.fields,
        "zenml_version": stack.version,
        "stack_name": stack.name,
        "components": {
            kind: several if len(several) > 1 else several[0]
            for kind, several in components.items()
        },
    }
    if extras:
        content[OURS] = extras
    head = [f"Stack {stack.name}, written by Storeroom for ZenML {stack.version}.", *notes]
    return "".join(f"# {_one_line(words)}\n" for words in head) + _dump(content)


def as_dict(entry: Entry) -> dict[str, Any]:
    """A component as a file has it."""
    written = {
        **entry.fields,
        "name": entry.name,
        "type": entry.type,
        "flavor": entry.flavor,
        "configuration": entry.configuration,
    }
    return written | ({OURS: entry.extras} if entry.extras else {})


def _about_secrets(names: Sequence[str]) -> list[str]:
    if not names:
        return ["No secret is needed."]
    if len(names) == 1:
        return [f"1 secret is not in this file: {names[0]}."]
    return [f"{len(names)} secrets are not in this file: {', '.join(names)}."]


def _one_line(words: str) -> str:
    """The words as a comment, which ends where its line does."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in words
    )


class _Dumper(yaml.SafeDumper):
    """Writes no anchors, which readers may refuse."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _quoted(dumper: Any, text: str) -> Any:
    """A text; in quotation marks where other readers of YAML would take it for a number."""
    style = "'" if EXPONENT.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _quoted)


def _dump(content: dict[str, Any]) -> str:
    plain = _plain(content)
    return str(yaml.dump(plain, Dumper=_Dumper, allow_unicode=True, width=1000, sort_keys=True))


def _plain(value: Any) -> Any:
    """The same values in dicts and lists of Python's own, which is all that a dumper knows."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
