"""What the tests of the rules begin with."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from project.access import Team
from secrets_app.models import Secret, SecretsManager
from stores.models import Stack, Store


@pytest.fixture
def stack(person: User) -> Stack:
    """A stack in which nothing is wrong: kubeflow, and a store whose secret is sealed here."""
    manager = SecretsManager.objects.built_in()
    secret = Secret.objects.create(name="az_secret", owner=person, manager=manager)
    secret.replace({"account_name": "mlacct", "account_key": "a2V5" * 22})
    store = Store.objects.create(
        name="az_store",
        owner=person,
        flavor="azure",
        path="az://ml",
        sign_in="from_secret",
        authentication_secret="az_secret",
        state="healthy",
    )
    stack = Stack.objects.create(name="train", owner=person, store=store, secrets_manager=manager)
    stack.components.create(
        name="my_kubeflow", owner=person, type="orchestrator", flavor="kubeflow"
    )
    return stack


@pytest.fixture
def team(person: User) -> Team:
    """A team of bea's."""
    return Team.objects.found("ml", person)
