"""References to a secret's value, `{{secret.key}}`, in the settings of components.

What is stored and exported is the reference; the value takes its place at use alone. The notation
is ZenML's: https://docs.zenml.io/how-to/project-setup-and-management/interact-with-secrets
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from project.access import Owned
from secrets_app import keyring, vaults
from secrets_app.managers.base import ManagerError
from secrets_app.models import Secret
from secrets_app.redaction import REFERENCE
from secrets_app.schemas import Schema, canonical_name

# What was meant as a reference, however it is written.
BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)


class Dangling(Exception):
    """A reference to a secret or an attribute that is not there, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The attribute `key` of the secret called `secret`."""

    secret: str
    key: str

    def __str__(self) -> str:
        return f"{{{{{self.secret}.{self.key}}}}}"


def references_in(value: Any) -> Iterator[Reference]:
    """Every reference in a text, or in the texts of nested mappings and lists."""
    if isinstance(value, str):
        yield from (Reference(*found) for found in REFERENCE.findall(value))
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from references_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from references_in(part)


def renamed(value: Any, before: str, after: str) -> Any:
    """A copy of `value` whose references to the secret `before` lead to the secret `after`."""
    return _changed(
        value, lambda each: Reference(after, each.key) if each.secret == before else each
    )


def respelled(value: Any, schemas: Mapping[str, Schema]) -> Any:
    """A copy of `value` whose references name attributes as they are kept, where the secret's
    schema is among these, by the secret's name: `accountkey` becomes `account_key`."""

    def as_kept(reference: Reference) -> Reference:
        if reference.secret not in schemas:
            return reference
        try:
            key = canonical_name(schemas[reference.secret], reference.key)
        except ValidationError:
            return reference  # That it leads nowhere is said where references are checked.
        return Reference(reference.secret, key)

    return _changed(value, as_kept)


def _changed(value: Any, change: Callable[[Reference], Reference]) -> Any:
    """A copy of `value` with every reference changed; one that stays is written as it was."""
    if isinstance(value, str):

        def written(found: re.Match[str]) -> str:
            before = Reference(*found.groups())
            after = change(before)
            return found[0] if after == before else str(after)

        return REFERENCE.sub(written, value)
    if isinstance(value, Mapping):
        return {name: _changed(part, change) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_changed(part, change) for part in value]
    return value


def malformed(value: Any) -> list[str]:
    """What stands in double braces and is no reference: `{{secret}}`, `{{a.b.c}}`."""
    if isinstance(value, str):
        return [text for text in BRACES.findall(value) if not REFERENCE.fullmatch(text)]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [text for part in value for text in malformed(part)]
    return []


def dangling(thing: Owned, value: Any) -> list[str]:
    """What is wrong with the references in `value`, a setting of `thing`, in sentences. Asks no
    vault: which attributes one holds shows at use."""
    names = {reference.secret for reference in references_in(value)}
    beside = {name: secret for name in names if (secret := _secret(thing, name))}
    return dangling_among(value, beside)


def dangling_among(value: Any, secrets: Mapping[str, Secret]) -> list[str]:
    """The same, with all secrets that could be meant, by name."""
    found = []
    for reference in dict.fromkeys(references_in(value)):
        secret = secrets.get(reference.secret)
        if secret is None:
            found.append(f"`{reference}`: there is no secret `{reference.secret}`.")
        elif secret.kept_here and reference.key not in secret.held_keys():
            found.append(f"`{reference}`: `{secret}` holds no `{reference.key}`.")
    return found


@sensitive_variables()
def resolve(thing: Owned, value: Any) -> Any:
    """A copy of `value`, a setting of `thing`, with values in the place of references. For use,
    never to be stored, shown or exported. Raises `Dangling`.

    For whatever works with a component itself. Nothing in Storeroom does so yet; the first will be
    the alerters that reminders are sent through. The settings of stores and secrets managers are
    names and addresses, which take no reference. A vault is asked once for each of its secrets.
    """
    names = {reference.secret for reference in references_in(value)}
    return _filled(value, {name: _values(thing, name) for name in names})


@sensitive_variables()
def _filled(value: Any, values: Mapping[str, Mapping[str, str]]) -> Any:
    """The copy, with `values` by secret and attribute."""
    if isinstance(value, str):
        return REFERENCE.sub(lambda found: _value(values, Reference(*found.groups())), value)
    if isinstance(value, Mapping):
        return {name: _filled(part, values) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(part, values) for part in value]
    return value


def _value(values: Mapping[str, Mapping[str, str]], reference: Reference) -> str:
    if reference.key not in values[reference.secret]:
        raise Dangling(f"`{reference}` leads to no value.")
    return values[reference.secret][reference.key]


def _secret(thing: Owned, name: str) -> Secret | None:
    """The secret that is meant: of the same team, or of the same owner where there is no team."""
    return Secret.objects.beside(thing).filter(name=name).first()


@sensitive_variables()
def _values(thing: Owned, name: str) -> Mapping[str, str]:
    """What the secret holds, here or in its vault; nothing where there is none. Raises
    `Dangling`."""
    secret = _secret(thing, name)
    if secret is None:
        return {}
    try:
        return secret.reveal() if secret.kept_here else vaults.open_vault(secret).fetch().values
    except keyring.Undecryptable as error:
        raise Dangling(f"`{name}` {error}.") from None
    except ManagerError as error:
        raise Dangling(f"`{name}`: {error.text}") from None
