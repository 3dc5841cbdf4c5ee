"""What the command `secrets-manager` does, with its group `secret`. No value is ever printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.db import transaction
from django.forms import modelform_factory

from project.access import Role
from project.commands import (
    UsageError,
    find,
    refuse_built_in,
    refuse_used,
    save,
    shown,
    unknown_option,
)
from project.console import OwnedForm
from secrets_app import redaction
from secrets_app.forms import SecretsManagerForm
from secrets_app.models import Secret, SecretsManager
from secrets_app.schemas import SCHEMAS, Schema, canonical_name, clean_values
from stores.flavors.base import SignIn, StoreError
from stores.models import Stack, Store

MANAGER_COLUMNS = ("name", "flavor", "secrets", "stacks", "owner")
COLUMNS = ("name", "schema", "attributes", "version", "state", "secrets_manager", "owner")

# The browser's form asks for the values as well; here they come as options.
NameForm: Any = modelform_factory(
    Secret, form=OwnedForm, fields=["name", "description", "manager", "schema"]
)


def register_manager(user: Any, name: str, flavor: str, description: str) -> str:
    """Register a secrets manager and say so. Raises `CommandError`."""
    flavors = SecretsManager.Flavor.values
    if flavor not in flavors:
        raise CommandError(f"There is no flavor `{flavor}`. Flavors: {', '.join(flavors)}.")
    data = {"name": name, "flavor": flavor, "description": description}
    manager = save(SecretsManagerForm(data, user=user), name, user)
    label = manager.get_flavor_display()
    return f"Registered secrets manager `{manager.name}`: {label[0].lower()}{label[1:]}."


def manager_for(user: Any) -> SecretsManager:
    """Where a new secret goes: the active stack's manager, else the one in this database."""
    stack = Stack.objects.active_of(user)
    return (stack and stack.secrets_manager) or SecretsManager.objects.built_in()


def manager_of_name(user: Any, name: str) -> SecretsManager:
    """The secrets manager of this name, without one where new secrets go. Raises
    `CommandError`."""
    return find(SecretsManager.objects, name, user) if name else manager_for(user)


def all_manager_facts(user: Any) -> list[dict[str, Any]]:
    """Facts of every secrets manager that the person sees."""
    managers = SecretsManager.objects.visible_to(user).select_related("owner").order_by("name")
    return [manager_facts(manager, user) for manager in managers]


def manager_facts(manager: SecretsManager, user: Any) -> dict[str, Any]:
    """What everyone who sees the secrets manager may know of it."""
    held = manager.secret_set.visible_to(user).order_by("name")
    stacks = Stack.objects.filter(secrets_manager=manager).visible_to(user).order_by("name")
    return {
        "name": manager.name,
        "description": manager.description,
        "flavor": manager.flavor,
        "secrets": list(held.values_list("name", flat=True)),
        "stacks": list(stacks.values_list("name", flat=True)),
        "owner": manager.owner and manager.owner.get_username(),
    }


def deletable_manager(user: Any, name: str) -> SecretsManager:
    """The secrets manager, when the person may delete it and nothing uses it. Raises
    `CommandError`."""
    manager = find(SecretsManager.objects, name, user, Role.OWNER)
    refuse_built_in(manager)
    refuse_used(manager, Stack.objects.filter(secrets_manager=manager), user)
    count = manager.secret_set.count()
    if count:
        raise CommandError(
            f"`{manager.name}` cannot be deleted: it keeps {count} secret{'s' * (count > 1)}."
        )
    return manager


def register(
    user: Any, name: str, schema: str, description: str, given: Mapping[str, str]
) -> list[str]:
    """Seal a new secret of the given attributes and say so; `read_value` tells what each means.
    Raises `CommandError`, whose words show no value."""
    kind = SCHEMAS.get(schema)
    if kind is None:
        raise CommandError(f"There is no schema `{schema}`. Schemas: {', '.join(SCHEMAS)}.")
    _check_options(kind, given)
    values = _clean(kind, {option: read_value(option, text) for option, text in given.items()})
    manager = manager_for(user)
    data = {"name": name, "schema": schema, "description": description, "manager": manager.pk}
    with transaction.atomic():
        secret = save(NameForm(data, user=user), name, user)
        secret.replace(values, by=user)
    return [
        f"Registered secret `{secret.name}` ({schema}) in `{manager.name}`, sealed:"
        f" {', '.join(secret.held_keys())}.",
        *(_use(store, values) for store in Store.objects.naming(secret)),
    ]


def _check_options(schema: Schema, given: Mapping[str, str]) -> None:
    """Raise `UsageError` for an attribute that this kind of secret does not have."""
    if not given:
        raise UsageError("A secret needs at least one value, like --connection_string=@file.")
    for option in given:
        try:
            canonical_name(schema, option)
        except ValidationError as error:
            if schema.open_ended:
                raise UsageError(f"Option {shown(option)}: {error.messages[0]}") from None
            names = [attribute.name for attribute in schema.attributes]
            raise unknown_option(option, [*names, "schema", "description"]) from None


def read_value(option: str, text: str) -> str:
    """The value that an option's text means: a file's content (`@file`) or what comes on stdin
    (`-`), both without a line end at their end, else itself; `@@` begins a value that begins
    with `@`. Raises `CommandError` without the text, which may be a value that was not meant as
    a file."""
    try:
        if text == "-":
            return sys.stdin.read().removesuffix("\n")
        if text.startswith("@") and not text.startswith("@@"):
            file = Path(os.path.expanduser(text[1:]))
            return file.read_text("utf-8").removesuffix("\n")
    except OSError as error:
        raise CommandError(
            f"{shown(option)}: its file cannot be read ({error.strerror}). A value that begins"
            " with @ is written @@."
        ) from None
    except UnicodeDecodeError:
        raise CommandError(f"{shown(option)}: what it is read from is no UTF-8 text.") from None
    return text.removeprefix("@")


def _clean(schema: Schema, values: Mapping[str, str]) -> dict[str, str]:
    """The values as they are sealed, and hidden from every log of this process."""
    try:
        cleaned = clean_values(schema, values)
    except ValidationError as error:
        wrong = error.message_dict.items()
        words = (f"{shown(name)}: {message}" for name, messages in wrong for message in messages)
        raise CommandError(" ".join(words)) from None
    redaction.hide(text for name, text in cleaned.items() if schema.is_sensitive(name))
    return cleaned


def _use(store: Store, values: Mapping[str, str]) -> str:
    """What the new secret means for a store that names it."""
    try:
        store.kind.check_secret(store.path, store.configuration, SignIn(store.sign_in), values)
    except StoreError as error:
        return f"It does not fit the artifact store `{store.name}`: {error.text} {error.action}"
    return f"The artifact store `{store.name}` uses it from now on."


def all_facts(user: Any) -> list[dict[str, Any]]:
    """Facts of every secret that the person sees."""
    secrets = Secret.objects.visible_to(user).select_related("owner", "manager", "replaced_by")
    return [facts(secret, user) for secret in secrets.prefetch_related("values").order_by("name")]


def of_name(user: Any, name: str) -> Secret:
    """The secret of this name. Raises `CommandError`."""
    return find(Secret.objects, name, user)


def facts(secret: Secret, user: Any) -> dict[str, Any]:
    """What everyone who sees the secret may know of it: never a value."""
    stores = Store.objects.naming(secret).visible_to(user).order_by("name")
    return {
        "name": secret.name,
        "description": secret.description,
        "schema": secret.schema,
        "attributes": secret.held_keys(),
        "version": secret.version,
        "state": (secret.unreadable() or "sealed") if secret.values.all() else "empty",
        "replaced_at": secret.replaced_at,
        "replaced_by": secret.replaced_by and secret.replaced_by.get_username(),
        "secrets_manager": secret.manager.name,
        "artifact_stores": list(stores.values_list("name", flat=True)),
        "owner": secret.owner and secret.owner.get_username(),
    }


def deletable(user: Any, name: str) -> tuple[Secret, str]:
    """The secret, when the person may delete it, and what becomes of the stores that use it.
    Raises `CommandError`."""
    secret = find(Secret.objects, name, user, Role.OWNER)
    stores = [f"`{store}`" for store in Store.objects.naming(secret).order_by("name")]
    if not stores:
        return secret, "No artifact store names it."
    return secret, f"It cannot be used to sign in any more by {', '.join(stores)}."
