"""What the commands `stack export`, `stack import` and `stack register-secrets` do."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.views.decorators.debug import sensitive_variables

from project.access import Role
from project.commands import UsageError, read_value
from secrets_app.models import Secret
from secrets_app.references import references_in
from secrets_app.schemas import SCHEMAS
from stores.commands import teams
from stores.commands.secrets import writing
from stores.commands.secrets.options import Given
from stores.commands.stacks import of_name
from stores.exporting import export, secrets_of
from stores.importing import Choice, ImportFailed, Plan, Row, carry_out, plan
from stores.models import Stack
from stores.stack_rules import SCHEMA_OF, unseen_parts
from stores.zenml_yaml import MOST_BYTES, NEWEST, Bundle, Refused, WrongVersion, checked_name, read

ENDING = ".yaml"
STANDARD = "-"
# What ends the names of files that are imported, and of no stack.
IMPORTED = (ENDING, ".yml", ".zip", ".txt")


def exported(user: Any, name: str, version: str) -> tuple[str, str]:
    """The stack's name and its file. Raises `CommandError`."""
    stack = of_name(user, name)
    if unseen_parts(stack, user):
        raise CommandError(
            f"`{stack.name}` joins what is not shared with {user}, and a file would tell all of"
            " it."
        )
    try:
        return stack.name, export(stack, version)
    except WrongVersion as error:
        raise UsageError(str(error)) from None


def write_file(path: str, text: str) -> None:
    """Write an export to a file. Raises `CommandError`."""
    if not path.endswith(ENDING):
        raise UsageError(f"ZenML reads files that end in {ENDING}; name it so.")
    try:
        Path(os.path.expanduser(path)).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"`{path}` cannot be written ({error.strerror}).") from None


def names_file(word: str) -> bool:
    """Whether a word that may name a stack names a file, or what is piped in."""
    return word == STANDARD or word.endswith(IMPORTED)


def read_bundle(path: str) -> Bundle:
    """What a file describes, or with `-` what is piped in. Raises `CommandError`."""
    try:
        if path == STANDARD:
            content = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with open(os.path.expanduser(path), "rb") as file:
                content = file.read(MOST_BYTES + 1)
        return read(content)
    except OSError as error:
        raise CommandError(f"`{path}` cannot be read ({error.strerror}).") from None
    except Refused as refused:
        raise CommandError(f"`{path}` was not imported. {refused}") from None


def name_stack(bundle: Bundle, name: str, *, ignore_versions: bool) -> list[str]:
    """Give the one stack of a file its name, and say what one should know of its version. Raises
    `CommandError` for a file of several, for a stack that has no name then, and for a version
    that nobody said to pass over."""
    if name:
        if len(bundle.stacks) != 1:
            raise CommandError(
                f"There are {len(bundle.stacks)} stacks in it; import them all by"
                " `stack import FILE`, under the names that they have there."
            )
        try:
            bundle.stacks[0].name = checked_name(name, 0)
        except Refused as refused:
            raise UsageError(f"Nothing was imported. {refused}") from None
    elif any(not stack.name for stack in bundle.stacks):
        raise CommandError(
            "Nothing was imported. The file has no line `stack_name`; `stack import NAME -f FILE`"
            " gives the stack a name."
        )
    newer = [stack for stack in bundle.stacks if _is_newer(stack.version)]
    if newer and not ignore_versions:
        raise CommandError(
            f"`{newer[0].name}` was written by ZenML {newer[0].version}, which is newer than"
            f" {NEWEST}, the last that Storeroom was proven with. --ignore-version-mismatch"
            " imports it all the same."
        )
    return [
        f"`{stack.name}` was written by ZenML {stack.version}, newer than {NEWEST}."
        for stack in newer
    ]


def _is_newer(version: str) -> bool:
    numbers = [part for part in version.split(".")[:3] if part.isascii() and part.isdecimal()]
    return list(map(int, numbers)) > list(map(int, NEWEST.split(".")))


def import_bundle(user: Any, bundle: Bundle, if_different: str, team: str = "") -> list[str]:
    """Import it all, or nothing, and say what was done. What is new becomes the team's, where one
    is named. Raises `CommandError`."""
    into = teams.find(user, team, Role.EDITOR) if team else None
    try:
        planned = plan(bundle, user, team=into)
        if planned.undecided and if_different:
            chosen = {row.key: _choice(row, if_different) for row in planned.undecided}
            planned = plan(bundle, user, chosen, into)
    except Refused as refused:
        raise CommandError(f"Nothing was imported. {refused}") from None
    _refuse(planned)
    try:
        stacks = carry_out(planned)
    except ImportFailed as failed:
        raise CommandError(str(failed)) from None
    return [*_report(planned), *_hint(planned, stacks)]


def _choice(row: Row, wanted: str) -> str:
    """The way of this row that is meant: a new one is made under its own name where that is
    free."""
    if wanted == Choice.RENAME and Choice.CREATE in row.choices:
        return Choice.CREATE
    return wanted


def _refuse(planned: Plan) -> None:
    """Raise `CommandError` where something is refused, or has to be decided on."""
    if planned.refused:
        row = planned.refused[0]
        more = len(planned.refused) - 1
        others = f" And {more} more." if more else ""
        raise CommandError(
            f"Nothing was imported. {row.label} `{row.name}` is refused: {' '.join(row.words)}"
            f"{others}"
        )
    if planned.undecided:
        row = planned.undecided[0]
        what = ", ".join(f"{each.setting} is {each.here}" for each in row.differences)
        ways = ", ".join(dict.fromkeys(_way(choice) for choice in row.choices))
        raise CommandError(
            f"Nothing was imported. There is another {row.label.lower()} `{row.name}` here"
            f" ({what or 'its parts differ'}). Say what to do by --if-different: {ways}."
        )


def _way(choice: Choice) -> str:
    return str(Choice.RENAME if choice == Choice.CREATE else choice)


def _report(planned: Plan) -> Iterator[str]:
    yield from planned.notes
    for row in planned.rows:
        label, thing = row.label.lower(), row.thing
        if row.chosen == Choice.USE:
            yield f"Used the {label} `{row.name}` that is here."
        elif row.chosen == Choice.OVERWRITE:
            yield f"Overwrote the {label} `{row.name}`."
        elif row.chosen == Choice.RENAME:
            name = thing.name if hasattr(thing, "name") else row.forms[Choice.RENAME]
            yield f"Imported the {label} `{row.name}` as `{name}`."
        elif row.chosen == Choice.CREATE:
            yield f"Imported the {label} `{row.name}`."
        yield from (f"{row.label} `{row.name}`: {words}" for words in row.words)


def _hint(planned: Plan, stacks: Sequence[Stack]) -> Iterator[str]:
    """Which secrets are still missing, and the command that asks for them."""
    if not planned.missing:
        return
    names = ", ".join(f"`{name}`" for name in planned.missing)
    ask = f" `stack register-secrets {stacks[0].name}` asks for it." if len(stacks) == 1 else ""
    yield f"Missing secrets: {names}.{ask}"


def wanted_secrets(user: Any, name: str) -> tuple[Stack, list[str]]:
    """The stack, and the names of the secrets that its parts name. Raises `CommandError`, also
    where the person could make none that the stack's store finds."""
    stack = of_name(user, name)
    _refuse_elsewhere(user, stack)
    names = secrets_of(stack)
    if not names:
        raise CommandError(f"No part of `{stack.name}` names a secret.")
    return stack, names


def _refuse_elsewhere(user: Any, stack: Stack) -> None:
    """Raise `CommandError` where the stack's store finds the secrets of somebody else, or of a
    team in which the person is no Editor."""
    store = stack.store
    if store.team_id is None:
        if store.owner != user:
            raise CommandError(
                f"The artifact store of `{stack.name}` is not {user}'s own, and finds the secrets"
                " of its owner alone. Say whose with --as."
            )
        return
    team = teams.name_of(store.team_id, user)
    if team is None:
        raise CommandError(
            f"The artifact store of `{stack.name}` finds the secrets of its team alone, and {user}"
            " is not in that."
        )
    teams.find(user, team, Role.EDITOR)


def present(stack: Stack, name: str) -> Secret | None:
    """The secret of this name that the stack's parts find, None where there is none."""
    found: Secret | None = Secret.objects.beside(stack.store).filter(name=name).first()
    return found


def to_ask(stack: Stack, name: str, secret: Secret | None) -> tuple[str, list[tuple[str, bool]]]:
    """Of which kind the secret is, and what to ask for: each attribute, and whether it is to be
    typed unseen."""
    referred = [
        reference.key
        for part in stack.parts()
        for reference in references_in(part.configuration)
        if reference.secret == name
    ]
    slug = secret.schema if secret else ""
    if not slug and stack.store.authentication_secret == name:
        slug = SCHEMA_OF.get(stack.store.flavor, "")
    schema = SCHEMAS[slug or "arbitrary"]
    if schema.attributes:
        return schema.slug, [(each.name, each.sensitive) for each in schema.attributes]
    keys = dict.fromkeys([*referred, *(secret.held_keys() if secret else [])])
    return schema.slug, [(key, True) for key in keys]


def given_values(options: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str]]:
    """What was given as `SECRET.ATTRIBUTE=VALUE`, by secret; a value may be `@file` or `-`.
    Raises `CommandError`, whose words show no value."""
    given: dict[str, dict[str, str]] = {}
    for option in options:
        place, equals, value = option.partition("=")
        name, dot, attribute = place.rpartition(".")
        if not (equals and dot and name in names and attribute.isidentifier()):
            raise UsageError(
                "--value is written SECRET.ATTRIBUTE=VALUE, with a secret that the stack names:"
                f" {', '.join(names)}."
            )
        if attribute in given.setdefault(name, {}):
            raise UsageError(f"{name}.{attribute} is given twice.")
        given[name][attribute] = read_value(attribute, value)
    return given


@sensitive_variables()
def register_secret(
    user: Any, stack: Stack, name: str, slug: str, values: Mapping[str, str]
) -> list[str]:
    """Register the secret that the stack names, or replace the values of the one that there is.
    Raises `CommandError`."""
    given, there = Given({}, values), present(stack, name)
    if there:
        return writing.update(user, there, given, expires=None, at_once=False)
    team = teams.name_of(stack.store.team_id, user) or ""
    return writing.register(user, name, slug, "", given, expires=None, force=False, team=team)
