"""Secrets in the console, where things rest on them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages

from secrets_app.models import Secret, SecretsManager
from stores.models import ActiveStack, Rehearsal, Stack, Store
from tests.support.pages import KEY, signed_in

pytestmark = pytest.mark.django_db

ADD = "/secrets_app/secret/add/"


@pytest.fixture
def store(person: User) -> Store:
    """A store that names a secret which is not there yet."""
    return Store.objects.create(
        name="az_store",
        owner=person,
        flavor="azure",
        path="az://models",
        sign_in="from_secret",
        authentication_secret="az_secret",
    )


@pytest.fixture
def manager(store: Store, person: User) -> SecretsManager:
    """The secrets manager of the person's active stack."""
    manager = SecretsManager.objects.create(name="ours", owner=person)
    stack = Stack.objects.create(name="train", owner=person, store=store, secrets_manager=manager)
    ActiveStack.objects.create(user=person, stack=stack)
    return manager


def chosen_manager(user: User, address: str) -> Any:
    """The secrets manager that the form of a new secret begins with."""
    return signed_in(user).get(address).context["adminform"].form["manager"].value()


def test_a_new_secret_goes_into_the_active_stacks_manager(
    manager: SecretsManager, person: User
) -> None:
    assert chosen_manager(person, ADD) == manager.pk


def test_a_new_secret_goes_into_this_database_where_no_stack_says_otherwise(
    person: User,
) -> None:
    assert chosen_manager(person, ADD) == SecretsManager.objects.built_in().pk


def test_a_new_secret_goes_where_the_address_says(manager: SecretsManager, person: User) -> None:
    local = SecretsManager.objects.built_in()

    assert chosen_manager(person, f"{ADD}?manager={local.pk}") == str(local.pk)


def test_the_first_value_of_a_secret_that_a_store_waits_for_is_used_at_once(
    store: Store, person: User
) -> None:
    typed = {
        "name": "az_secret",
        "schema": "azure",
        "manager": SecretsManager.objects.built_in().pk,
        "value_account_name": "mlacct",
        "value_account_key": KEY,
    }

    reply = signed_in(person).post(ADD, typed)

    said = [str(message) for message in get_messages(reply.wsgi_request)]
    assert said == ["Saved as version 1. The value will not be shown again."]
    assert Secret.objects.get().version == 1
    assert not Rehearsal.objects.exists()
