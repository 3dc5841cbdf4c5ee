"""A secret, with what uses it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from secrets_app.models import Secret, SecretsManager
from stores.models import Stack, Store
from tests.stores.secret_uses.keys import KEY


@pytest.fixture
def add_secret(person: User) -> Callable[..., Secret]:
    """A function that seals a secret."""

    def add(name: str, **values: str) -> Secret:
        secret = Secret.objects.create(
            name=name, owner=person, manager=SecretsManager.objects.built_in()
        )
        secret.replace(values or {"account_name": "acct", "account_key": KEY}, by=person)
        return secret

    return add


@pytest.fixture
def secret(add_secret: Callable[..., Secret]) -> Secret:
    return add_secret("az_secret")


@pytest.fixture
def stores(person: User, secret: Secret) -> list[Store]:
    """Three stores that name the secret."""
    return [
        Store.objects.create(
            name=name,
            owner=person,
            flavor="azure",
            path=f"az://{name}",
            sign_in="from_secret",
            authentication_secret=secret.name,
        )
        for name in ("first", "second", "third")
    ]


@pytest.fixture
def stack(person: User, stores: list[Store]) -> Stack:
    return Stack.objects.create(name="train", owner=person, store=stores[0])
