"""Put another secret in the place of one, wherever it is named and the person may change that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from project import audit
from project.access import Role
from project.locking import hold
from secrets_app import keyring
from secrets_app.models import Secret, SecretsManager
from secrets_app.redaction import REFERENCE
from secrets_app.references import Reference, references_in, renamed
from stores.flavors.base import SignIn, StoreError
from stores.models import Component, Store
from stores.secret_uses import Some, components_naming, managers_naming, uses_of

# What a secrets manager signs in with.
PRINCIPAL = ("tenant_id", "client_id", "client_secret")


@dataclass(frozen=True, slots=True)
class Places:
    """What names a secret and a person may change; `left` is what they may not."""

    stores: list[Store]
    managers: list[SecretsManager]
    components: list[Component]
    left: Some

    def __iter__(self) -> Iterator[Any]:
        yield from (*self.stores, *self.managers, *self.components)

    def __bool__(self) -> bool:
        """Whether there is anything to change."""
        return bool(self.stores or self.managers or self.components)

    @property
    def counts(self) -> str:
        """How many of each: "3 stores, 1 component"."""
        kinds = (self.stores, self.managers, self.components)
        return ", ".join(_count(things) for things in kinds if things)


def places_of(secret: Secret, by: Any) -> Places:
    """Where the person may put another secret in the place of this one."""
    stores, managers, components = (
        list(things.visible_to(by, Role.EDITOR).order_by("name"))
        for things in (
            Store.objects.naming(secret),
            managers_naming(secret),
            components_naming(secret),
        )
    )
    direct = uses_of(secret, by).direct
    changed = [*stores, *managers, *components]
    left = [thing for thing in direct.seen if thing not in changed]
    return Places(stores, managers, components, Some(left, direct.others))


def held_places_of(secret: Secret, by: Any) -> Places:
    """The same as they are now, kept from others until the transaction ends."""
    for thing in places_of(secret, by):
        hold(type(thing), thing.pk)
    return places_of(secret, by)


@sensitive_variables()
def refusals(places: Places, secret: Secret, other: Secret) -> dict[str, str]:
    """Why what names `secret` could not use `other`: words by the thing's name."""
    refused = {}
    try:
        values = other.reveal()
    except keyring.Undecryptable as error:
        return {str(thing): f"`{other}` {error}" for thing in places}
    for store in places.stores if other.kept_here else []:
        try:
            store.kind.check_secret(store.path, store.configuration, SignIn(store.sign_in), values)
        except StoreError as error:
            refused[store.name] = error.text
    for manager in places.managers:
        missing = [f"`{key}`" for key in PRINCIPAL if key not in other.held_keys()]
        if missing:
            refused[manager.name] = f"`{other}` holds no {', '.join(missing)}."
    for component in places.components:
        if words := _dangling(component, secret, other):
            refused[component.name] = words
    return refused


@transaction.atomic
def replace_everywhere(places: Places, secret: Secret, other: Secret, by: Any) -> None:
    """Let everything in `places`, which this transaction holds, name `other`, beside it, from now
    on. The stores count as never checked."""
    if secret.namespace != other.namespace:
        raise ValueError("Things name secrets beside them only.")
    for store in places.stores:
        store.authentication_secret = other.name
        store.state, store.state_words, store.checked_at = Store.State.NEVER, "", None
        store.save(
            update_fields=[
                "authentication_secret",
                "state",
                "state_words",
                "checked_at",
                "changed_at",
            ]
        )
    for manager in places.managers:
        manager.authentication_secret = other.name
        manager.save(update_fields=["authentication_secret", "changed_at"])
    for component in places.components:
        component.configuration = renamed(component.configuration, secret.name, other.name)
        component.save(update_fields=["configuration", "changed_at"])
    for thing in places:
        audit.record(by, "changed", thing, f"secret {secret} replaced with {other}")
    audit.record(by, "replaced", secret, f"with {other} in {places.counts}")


def _dangling(component: Component, secret: Secret, other: Secret) -> str:
    """Why the component's references could not lead to `other`, or ""."""
    named = [
        Reference(other.name, found.key)
        for found in references_in(component.configuration)
        if found.secret == secret.name
    ]
    if not all(REFERENCE.fullmatch(str(reference)) for reference in named):
        return f"`{other}` cannot be named in a reference: its name has a space, a dot or a brace."
    missing = [f"`{each}`" for each in named if each.key not in other.held_keys()]
    if missing and other.kept_here:
        return f"`{other}` holds nothing for {', '.join(dict.fromkeys(missing))}."
    return ""


def _count(things: list[Any]) -> str:
    names = things[0]._meta
    word = names.verbose_name if len(things) == 1 else names.verbose_name_plural
    return f"{len(things)} {word}"
