"""What every installation has from the start."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from secrets_app.models import SecretsManager
from stores.defaults import ensure_defaults, first_superuser
from stores.models import ActiveStack, Component, Stack, Store

pytestmark = pytest.mark.django_db


def test_the_first_superuser_gets_a_store_and_an_active_stack(
    admin_user: User, settings: Settings
) -> None:
    ensure_defaults(admin_user)

    store = Store.objects.get(owner=admin_user)
    assert (store.name, store.flavor) == ("default", "local")
    assert (settings.HOME.local_stores / "default").is_dir()
    stack = ActiveStack.objects.get(user=admin_user).stack
    assert [str(part) for part in stack.parts()] == ["default", "default (orchestrator, local)"]
    assert store.check_settings().startswith("The folder is beneath the allowed root")


def test_a_second_time_makes_nothing(admin_user: User) -> None:
    ensure_defaults(admin_user)
    ensure_defaults(admin_user)

    counts = [model.objects.count() for model in (Store, Stack, Component, SecretsManager)]
    assert counts == [1, 1, 1, 1]


def test_a_deleted_default_store_does_not_come_back(admin_user: User) -> None:
    ensure_defaults(admin_user)
    Store.objects.create(
        name="mine", owner=admin_user, flavor="azure", path="az://mine", sign_in="implicit"
    )
    Stack.objects.all().delete()
    Store.objects.get(name="default").delete()

    ensure_defaults(admin_user)

    assert [store.name for store in Store.objects.all()] == ["mine"]
    assert not Stack.objects.exists()


def test_without_an_allowed_folder_there_is_no_local_store(
    admin_user: User, settings: Settings
) -> None:
    settings.STOREROOM_LOCAL_ROOTS = []

    ensure_defaults(admin_user)

    assert not Store.objects.exists()
    assert Component.objects.get().name == "default"


def test_without_anybody_there_are_the_built_in_parts() -> None:
    ensure_defaults(first_superuser())

    assert SecretsManager.objects.get().name == "local"
    assert not Store.objects.exists()


def test_the_first_superuser_is_the_oldest_active_one(admin_user: User) -> None:
    User.objects.create_superuser("zoe")

    assert first_superuser() == admin_user
    User.objects.filter(pk=admin_user.pk).update(is_active=False)
    assert first_superuser().username == "zoe"
