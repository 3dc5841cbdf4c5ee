"""Stacks and their parts."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from secrets_app.models import SecretsManager
from stores.models import Component, Stack, Store

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def stack(person: User) -> Stack:
    store = Store.objects.create(
        name="folder", owner=person, flavor="local", path="/srv", sign_in="none"
    )
    return Stack.objects.create(name="train", owner=person, store=store)


def test_a_stack_joins_its_store_its_manager_and_its_components(stack: Stack) -> None:
    stack.secrets_manager = SecretsManager.objects.built_in()
    stack.components.add(Component.objects.default_orchestrator())

    assert [part.name for part in stack.parts()] == ["folder", "local", "default"]


def test_a_stack_may_do_without_a_manager(stack: Stack) -> None:
    assert [part.name for part in stack.parts()] == ["folder"]


def test_the_default_orchestrator_is_there_once_and_serves_all(person: User) -> None:
    first = Component.objects.default_orchestrator()

    assert Component.objects.default_orchestrator() == first
    assert (first.owner, first.flavor) == (None, "local")
    assert Component.objects.visible_to(person).contains(first)
    assert str(first) == "default (orchestrator, local)"
