"""Stores that real workers reach: folders, and containers in Azurite."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from secrets_app.models import Secret, SecretsManager
from stores.models import Store
from tests.support.azurite import Azurite


@pytest.fixture
def owner(transactional_db: None, admin_user: User) -> User:
    """Whose things they are, in a database that other processes see."""
    return admin_user


@pytest.fixture
def folder_store(owner: User) -> Callable[[str], Store]:
    """A function that registers an empty folder."""

    def register(name: str) -> Store:
        folder = settings.HOME.local_stores / uuid.uuid4().hex
        folder.mkdir(parents=True)
        return Store.objects.create(
            name=name, owner=owner, flavor="local", path=str(folder), sign_in="none"
        )

    return register


@pytest.fixture
def azure_store(owner: User, azurite: Azurite) -> Callable[..., Store]:
    """A function that registers a new container, reached through a port, with its secret."""

    def register(name: str, port: int | None = None) -> Store:
        secret, is_new = Secret.objects.get_or_create(
            name="azurite", owner=owner, manager=SecretsManager.objects.built_in()
        )
        if is_new:
            secret.replace({"account_name": azurite.account, "account_key": azurite.key})
        container = azurite.make_container(f"c{uuid.uuid4().hex}")
        return Store.objects.create(
            name=name,
            owner=owner,
            flavor="azure",
            path=f"az://{container}",
            sign_in="from_secret",
            authentication_secret=secret.name,
            configuration={
                "account_url": f"http://127.0.0.1:{port or azurite.port}/{azurite.account}"
            },
        )

    return register
