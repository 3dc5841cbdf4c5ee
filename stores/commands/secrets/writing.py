"""`secrets-manager secret register` and `update`: values go in, here or into a vault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from project import audit
from project.commands import UsageError, save, shown
from secrets_app import redaction, vaults
from secrets_app.changes import Change, merge, prepare
from secrets_app.forms import REMIND_AFTER_DAYS, SecretNameForm
from secrets_app.managers.base import Fetched, ManagerError
from secrets_app.models import Secret, SecretVersion, fingerprint
from secrets_app.schemas import SCHEMAS, Schema, canonical_names
from stores import dispatch
from stores.commands.belonging import team_as_typed
from stores.commands.secrets import managers
from stores.commands.secrets.options import Given, schema_of
from stores.flavors.base import SignIn, StoreError
from stores.models import Stack, Store

NO_VALUE = "A secret needs at least one value, like --connection_string=@file."


@sensitive_variables()
def register(
    user: Any,
    name: str,
    schema: str,
    description: str,
    given: Given,
    *,
    expires: datetime | None,
    force: bool,
    team: str = "",
) -> list[str]:
    """Seal a new secret of the given attributes, or write it to the active stack's vault, and say
    so; over what the vault holds under its name only by `force`. Raises `CommandError`, whose
    words show no value."""
    kind = schema_of(schema)
    if not given:
        raise UsageError(NO_VALUE)
    typed = given.values(kind)
    values = _in_words(kind, lambda: prepare(kind, typed)).values
    manager = Stack.objects.manager_for_new_secrets(user)
    data = {
        "name": name,
        "schema": schema,
        "description": description,
        "team": team_as_typed(user, team),
        "manager": manager.pk,
        "remind_after_days": REMIND_AFTER_DAYS,
    }
    form = SecretNameForm(data, user=user)
    version, how = "version 1", f"sealed: {', '.join(kind.in_order(values))}"
    if form.is_valid() and not manager.keeps_values_here:
        written = _write_new(user, form.instance, values, expires, force=force)
        form.instance.ends_in_vault = written.expires_at
        version, how = f"in the vault, version {written.version}", "written to the vault"
    noted = f"{version}: replaced {', '.join(values)}"
    with transaction.atomic():
        secret = save(form, name, user, noted, fingerprint=fingerprint(values))
        if secret.kept_here:
            secret.replace(values, by=user, expires=expires)
    return [
        f"Registered secret `{secret.name}` ({schema}) in `{manager.name}`, {how}.",
        *(_use(store, values) for store in Store.objects.naming(secret)),
    ]


@sensitive_variables()
def _write_new(
    user: Any,
    secret: Secret,
    values: Mapping[str, str],
    expires: datetime | None,
    *,
    force: bool,
) -> Fetched:
    """Write a secret that is not saved yet to its vault: first, so that a vault that refuses
    leaves none behind, and outside of any transaction. Raises `CommandError`."""
    try:
        vault = vaults.open_vault(secret)
        vault.note_sign_in(user)
        if not force and vault.holds():
            raise CommandError(
                f"`{secret}` was not registered: `{secret.manager}` holds a secret of this name"
                " already. --force writes over it. To use what it holds, add the secret on the"
                " page Secrets, with no values; then `secrets-manager secret update` changes"
                " single ones."
            )
        return vault.write(values, expires)
    except ManagerError as error:
        raise managers.failed(error) from None


@sensitive_variables()
def update(
    user: Any, secret: Secret, given: Given, *, expires: datetime | None, at_once: bool
) -> list[str]:
    """Replace some attributes, keep the others, and say what follows. Where stores use the secret,
    workers try the new version with them first, unless it is wanted at once. The end that was told
    of a value stays as long as that does. For its editors. Raises `CommandError`."""
    if not given and not expires:
        raise UsageError(NO_VALUE)
    schema = SCHEMAS[secret.schema]
    typed = given.values(schema)
    if not secret.kept_here:
        return _update_vault(user, secret, typed, expires)
    if not typed:
        return _set_end(user, secret, expires)
    change = _in_words(schema, lambda: prepare(schema, typed, secret=secret))
    before = secret.current.expires_at if secret.current else None
    with transaction.atomic():
        made = secret.add_version(change.values, clear=change.clear, by=user, expires=expires)
        if made is None:
            return [f"This value equals version {secret.version}. Nothing to change."]
        stores = list(Store.objects.naming(secret).order_by("name"))
        untried = "; used at once, not tried first" if at_once and stores else ""
        audit.record(
            user,
            "changed",
            secret,
            f"version {made.number}: replaced {', '.join(change.values)}{untried}",
            fingerprint=made.fingerprint,
        )
        if at_once or not stores:
            secret.make_current(made.number)
            return [f"Version {made.number} of `{secret}` is in use.", *_lost_end(before, made)]
        dispatch.rehearse(secret, made.number, user)
    names = ", ".join(f"`{store}`" for store in stores)
    return [
        f"Version {made.number} of `{secret}` is saved, not in use yet.",
        f"Workers try it with {names}; it is used as soon as all pass. --now would use it at"
        " once.",
        *_lost_end(before, made),
    ]


def _lost_end(before: datetime | None, made: SecretVersion) -> list[str]:
    """That an end was known of the version before, and none is of this one."""
    if before is None or made.expires_at:
        return []
    return [f"The value before it ended on {before:%Y-%m-%d}; give the new end by --expires_on."]


def _set_end(user: Any, secret: Secret, expires: datetime | None) -> list[str]:
    """Note when the version in use ends. Raises `CommandError`."""
    secret.set_expiry(expires)
    current = secret.current
    if current is None or current.expires_at != expires:
        raise CommandError(f"`{secret}` holds no value, or one that tells its end itself.")
    words = f"version {current.number} ends on {expires:%Y-%m-%d}"
    audit.record(user, "changed", secret, words, fingerprint=current.fingerprint)
    return [f"`{secret}`: {words}."]


@sensitive_variables()
def _update_vault(
    user: Any, secret: Secret, typed: Mapping[str, str], expires: datetime | None
) -> list[str]:
    """Merge the values into what the vault holds, or put a whole other way to sign in in its
    place. Raises `CommandError`."""
    schema = SCHEMAS[secret.schema]
    named = canonical_names(schema, typed)
    try:
        vault = vaults.open_vault(secret)
        vault.note_sign_in(user)
        held = Fetched({}) if schema.shape_of(named) else vault.held()
        values = _in_words(schema, lambda: merge(schema, typed, held.values)).values
        if schema.keeps_end(named):
            expires = expires or held.expires_at
        written = vault.write(values, expires)
    except ManagerError as error:
        raise managers.failed(error) from None
    vaults.note_end(secret, written.expires_at)
    replaced = f"replaced {', '.join(schema.in_order(named))}" if named else "another end"
    audit.record(
        user,
        "changed",
        secret,
        f"in the vault, version {written.version}: {replaced}",
        fingerprint=fingerprint(values),
    )
    return [
        f"Wrote `{secret}` to `{secret.manager}`; stores use it from now on. What a vault keeps is"
        " not tried first: `artifact-store check` tells whether it works."
    ]


@sensitive_variables()
def _in_words(schema: Schema, make: Callable[[], Change]) -> Change:
    """The change that values make, hidden from every log of this process. Raises `CommandError`
    for a value that is wrong."""
    try:
        change = make()
    except ValidationError as error:
        wrong = error.message_dict.items()
        words = (f"{shown(name)}: {message}" for name, messages in wrong for message in messages)
        raise CommandError(" ".join(words)) from None
    redaction.hide(text for name, text in change.values.items() if schema.is_sensitive(name))
    return change


def _use(store: Store, values: Mapping[str, str]) -> str:
    """What the new secret means for a store that names it."""
    try:
        store.kind.check_secret(store.path, store.configuration, SignIn(store.sign_in), values)
    except StoreError as error:
        return f"It does not fit the artifact store `{store.name}`: {error.text} {error.action}"
    return f"The artifact store `{store.name}` uses it from now on."
