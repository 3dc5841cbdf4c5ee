"""Where a secret is used, and how far a change of it reaches: stores, stacks, schedules, vaults,
components, people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q

from project import audit
from project.access import Role
from secrets_app import keyring
from secrets_app.models import Secret, SecretsManager
from secrets_app.references import references_in
from stores.flavors.base import SignIn, StoreError
from stores.models import Component, Schedule, Stack, Store, Transfer


@dataclass(frozen=True, slots=True)
class Uses:
    """Everything that a secret's end would reach."""

    stores: list[Store]
    managers: list[SecretsManager]
    components: list[Component]
    stacks: list[Stack]
    schedules: list[Schedule]
    transfers: list[Transfer]
    people: list[Any]

    def __bool__(self) -> bool:
        """Whether anything names the secret."""
        return bool(self.direct)

    @property
    def direct(self) -> list[Any]:
        """What names the secret itself."""
        return [*self.stores, *self.managers, *self.components]


def uses_of(secret: Secret) -> Uses:
    """What uses the secret, directly or through something that does."""
    stores = list(Store.objects.naming(secret).order_by("name"))
    theirs = {"owner": secret.owner, "team": secret.team}
    managers = SecretsManager.objects.filter(authentication_secret=secret.name, **theirs)
    components = [
        component
        for component in Component.objects.filter(**theirs).order_by("name")
        if any(found.secret == secret.name for found in references_in(component.configuration))
    ]
    return Uses(
        stores,
        list(managers.order_by("name")),
        components,
        list(
            Stack.objects.filter(Q(store__in=stores) | Q(components__in=components))
            .distinct()
            .order_by("name")
        ),
        list(Schedule.objects.filter(store__in=stores).select_related("store")),
        list(Transfer.objects.under_way(stores)),
        [
            person
            for person in get_user_model()._default_manager.filter(is_active=True)
            if secret.allows(person, Role.OPERATOR)
        ],
    )


def refusals(secret: Secret, other: Secret) -> dict[str, str]:
    """Why stores that use `secret` could not use `other`: words by the store's name."""
    try:
        values = other.reveal() if other.kept_here else None
    except keyring.Undecryptable as error:
        return {store.name: f"`{other}` {error}" for store in Store.objects.naming(secret)}
    if values is None:
        return {}
    refused = {}
    for store in Store.objects.naming(secret):
        try:
            store.kind.check_secret(store.path, store.configuration, SignIn(store.sign_in), values)
        except StoreError as error:
            refused[store.name] = error.text
    return refused


@transaction.atomic
def replace_everywhere(secret: Secret, other: Secret, by: Any) -> list[Store]:
    """Let every store that names `secret` name `other`, of the same owner and team, from now on;
    they count as never checked. The stores that were changed."""
    if (secret.owner_id, secret.team_id) != (other.owner_id, other.team_id):
        raise ValueError("Stores name secrets of their own owner and team only.")
    changed = list(Store.objects.naming(secret))
    for store in changed:
        store.authentication_secret = other.name
        store.state, store.state_words, store.checked_at = Store.State.NEVER, "", None
        store.save()
        audit.record(by, "changed", store, f"secret {secret} replaced with {other}")
    return changed
