"""What the command `secrets-manager secret` does. No value is printed, but by `get --reveal`."""

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
from django.utils import timezone

from project import audit
from project.access import Role
from project.commands import UsageError, find, save, shown, unknown_option
from project.console import OwnedForm
from secrets_app import redaction, vaults
from secrets_app.changes import Change, prepare
from secrets_app.expiry import expiry_of
from secrets_app.forms import REMIND_AFTER_DAYS
from secrets_app.managers.base import ManagerError
from secrets_app.models import Secret
from secrets_app.schemas import SCHEMAS, Schema, canonical_name
from stores import dispatch
from stores.commands.secrets import managers
from stores.flavors.base import SignIn, StoreError
from stores.models import Store
from stores.revealing import Refused, reveal_values
from stores.secret_uses import uses_of

COLUMNS = ("name", "schema", "attributes", "version", "state", "ends", "secrets_manager", "owner")

# The browser's form asks for the values as well; here they come as options.
NameForm: Any = modelform_factory(
    Secret,
    form=OwnedForm,
    fields=["name", "description", "manager", "schema", "remind_after_days"],
)


def register(
    user: Any, name: str, schema: str, description: str, given: Mapping[str, str]
) -> list[str]:
    """Seal a new secret of the given attributes, or write it to the active stack's vault, and say
    so; `read_value` tells what each means. Raises `CommandError`, whose words show no value."""
    kind = SCHEMAS.get(schema)
    if kind is None:
        raise CommandError(f"There is no schema `{schema}`. Schemas: {', '.join(SCHEMAS)}.")
    change = _prepared(kind, _values(kind, given), None)
    manager = managers.for_new_secrets(user)
    data = {
        "name": name,
        "schema": schema,
        "description": description,
        "manager": manager.pk,
        "remind_after_days": REMIND_AFTER_DAYS,
    }
    try:
        with transaction.atomic():
            secret = save(NameForm(data, user=user), name, user)
            if secret.kept_here:
                secret.replace(change.values, by=user)
            else:
                vaults.open_vault(secret).write(change.values)
    except ManagerError as error:
        raise managers.failed(error) from None
    how = (
        f"sealed: {', '.join(secret.held_keys())}" if secret.kept_here else "written to the vault"
    )
    return [
        f"Registered secret `{secret.name}` ({schema}) in `{manager.name}`, {how}.",
        *(_use(store, change.values) for store in Store.objects.naming(secret)),
    ]


def update(user: Any, name: str, given: Mapping[str, str], *, at_once: bool) -> list[str]:
    """Replace some attributes, keep the others, and say what follows. Where stores use the secret,
    workers try the new version with them first, unless it is wanted at once. Raises
    `CommandError`."""
    secret = of_name(user, name, Role.EDITOR)
    if not secret.kept_here:
        return _update_vault(user, secret, given)
    schema = SCHEMAS[secret.schema]
    change = _prepared(schema, _values(schema, given), secret)
    with transaction.atomic():
        made = secret.add_version(change.values, clear=change.clear, by=user)
        if made is None:
            return [f"This value equals version {secret.version}. Nothing to change."]
        audit.record(
            user,
            "changed",
            secret,
            f"version {made.number}: replaced {', '.join(change.values)}",
            fingerprint=made.fingerprint,
        )
        stores = list(Store.objects.naming(secret).order_by("name"))
        if at_once or not stores:
            secret.make_current(made.number)
            return [f"Version {made.number} of `{secret}` is in use."]
        dispatch.rehearse(secret, made.number, user)
    names = ", ".join(f"`{store}`" for store in stores)
    return [
        f"Version {made.number} of `{secret}` is saved, not in use yet.",
        f"Workers try it with {names}; it is used as soon as all pass. --now would use it at"
        " once.",
    ]


def _update_vault(user: Any, secret: Secret, given: Mapping[str, str]) -> list[str]:
    """Merge the values into what the vault holds, or put a whole other way to sign in in its
    place. Raises `CommandError`."""
    schema = SCHEMAS[secret.schema]
    typed = {canonical_name(schema, name): text for name, text in _values(schema, given).items()}
    try:
        vault = vaults.open_vault(secret)
        held = {} if schema.shape_of(typed) else vault.fetch().values
        vault.write(_prepared(schema, {**held, **typed}, None).values)
    except ManagerError as error:
        raise managers.failed(error) from None
    audit.record(user, "changed", secret, f"in the vault: {', '.join(typed)}")
    return [f"Wrote `{secret}` to `{secret.manager}`; stores use it from now on."]


def _values(schema: Schema, given: Mapping[str, str]) -> dict[str, str]:
    """The values that the options mean. Raises `UsageError` for an attribute that this kind of
    secret does not have."""
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
    return {option: read_value(option, text) for option, text in given.items()}


def _prepared(schema: Schema, values: Mapping[str, str], secret: Secret | None) -> Change:
    """The change that the values make, hidden from every log of this process. Raises
    `CommandError` for a value that is wrong."""
    try:
        change = prepare(schema, values, secret=secret)
    except ValidationError as error:
        wrong = error.message_dict.items()
        words = (f"{shown(name)}: {message}" for name, messages in wrong for message in messages)
        raise CommandError(" ".join(words)) from None
    redaction.hide(text for name, text in change.values.items() if schema.is_sensitive(name))
    return change


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


def askable(schema: str) -> list[tuple[str, bool]]:
    """What an interactive command asks for: each attribute of the schema, and whether it is to be
    typed unseen. Raises `CommandError`."""
    kind = SCHEMAS.get(schema)
    if kind is None:
        raise CommandError(f"There is no schema `{schema}`. Schemas: {', '.join(SCHEMAS)}.")
    return [(attribute.name, attribute.sensitive) for attribute in kind.attributes]


def _use(store: Store, values: Mapping[str, str]) -> str:
    """What the new secret means for a store that names it."""
    try:
        store.kind.check_secret(store.path, store.configuration, SignIn(store.sign_in), values)
    except StoreError as error:
        return f"It does not fit the artifact store `{store.name}`: {error.text} {error.action}"
    return f"The artifact store `{store.name}` uses it from now on."


def all_facts(user: Any) -> list[dict[str, Any]]:
    """Facts of every secret that the person sees."""
    secrets = Secret.objects.visible_to(user).select_related("owner", "manager")
    return [facts(secret, user) for secret in secrets.with_current().order_by("name")]


def of_name(user: Any, name: str, role: Role = Role.VIEWER) -> Secret:
    """The secret of this name. Raises `CommandError`."""
    secret: Secret = find(Secret.objects, name, user, role)
    return secret


def facts(secret: Secret, user: Any) -> dict[str, Any]:
    """What everyone who sees the secret may know of it: never a value."""
    stores = Store.objects.naming(secret).visible_to(user).order_by("name")
    current, expiry = secret.current, expiry_of(secret, timezone.now())
    sealed = (secret.unreadable() or "sealed") if current else "empty"
    by = current and current.created_by
    return {
        "name": secret.name,
        "description": secret.description,
        "schema": secret.schema,
        "attributes": secret.held_keys(),
        "version": secret.version,
        "state": sealed if secret.kept_here else "in the vault",
        "ends": expiry and expiry.at,
        "replaced_at": current and current.created_at,
        "replaced_by": by and by.get_username(),
        "secrets_manager": secret.manager.name,
        "artifact_stores": list(stores.values_list("name", flat=True)),
        "owner": secret.owner and secret.owner.get_username(),
    }


def revealed(user: Any, name: str, reason: str, password: str) -> dict[str, str]:
    """The secret's values in clear, where the rules of revealing allow it. Raises
    `CommandError`."""
    try:
        return reveal_values(of_name(user, name), user, reason=reason, password=password)
    except Refused as error:
        raise CommandError(str(error)) from None


def deletable(user: Any, name: str, *, force: bool) -> tuple[Secret, str]:
    """The secret, when the person may delete it, and what becomes of what uses it. Raises
    `CommandError`, also while something uses it and `force` is not given."""
    secret = of_name(user, name, Role.OWNER)
    users = uses_of(secret, user).direct
    names = [f"`{thing}`" for thing in users.seen]
    if users.others:
        names.append(f"{users.others} of other people")
    if not names:
        return secret, "Nothing uses it."
    if not force:
        raise CommandError(
            f"`{secret}` is used by {', '.join(names)}. Let them use another one first, or give"
            " --force: then they cannot sign in any more."
        )
    return secret, f"It cannot be used to sign in any more by {', '.join(names)}."
