"""A secret in three versions, and stores that work with all of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from secrets_app.models import Secret, SecretsManager
from stores.models import Store
from tests.stores.runs.memory_flavor import MemoryFlavor
from tests.support.memory import MemoryBackend


@pytest.fixture
def add_secret(admin_user: User) -> Callable[[str], Secret]:
    """A function that seals a secret in three versions, of which the first is in use."""

    def add(name: str) -> Secret:
        secret = Secret.objects.create(
            name=name,
            owner=admin_user,
            schema="arbitrary",
            manager=SecretsManager.objects.built_in(),
        )
        secret.replace({"token": "one"})
        secret.add_version({"token": "two"})
        secret.add_version({"token": "three"})
        return secret

    return add


@pytest.fixture
def secret(add_secret: Callable[[str], Secret]) -> Secret:
    return add_secret("az_secret")


@pytest.fixture
def add_store(memory: MemoryFlavor, secret: Secret, admin_user: User) -> Callable[..., Store]:
    """A function that registers a store that names the secret and works with all its versions."""

    def add(name: str, *, allow_probes: bool = False) -> Store:
        memory.backends[name] = MemoryBackend()
        return Store.objects.create(
            name=name,
            path=name,
            flavor="memory",
            sign_in="from_secret",
            authentication_secret=secret.name,
            allow_probes=allow_probes,
            owner=admin_user,
        )

    return add


@pytest.fixture
def store(add_store: Callable[..., Store]) -> Store:
    return add_store("first", allow_probes=True)
