"""Stacks and their parts."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from project.access import Role, Team
from secrets_app.models import SecretsManager
from stores.models import ActiveStack, Component, DefaultStack, Stack, Store

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


def test_a_member_who_chose_nothing_works_with_the_teams_default(
    stack: Stack, person: User, stranger: User
) -> None:
    team = Team.objects.found("data-science", person)
    team.admit(stranger, Role.VIEWER)
    stack.share(team, Role.OPERATOR)
    DefaultStack.objects.create(team=team, stack=stack)

    assert Stack.objects.active_of(stranger) == stack


def test_a_default_that_a_member_may_not_see_is_none_of_theirs(
    stack: Stack, person: User, stranger: User
) -> None:
    team = Team.objects.found("data-science", person)
    team.admit(stranger, Role.VIEWER)
    DefaultStack.objects.create(team=team, stack=stack)

    assert Stack.objects.active_of(stranger) is None


def test_ones_own_default_comes_before_the_teams(stack: Stack, person: User) -> None:
    own = Stack.objects.create(name="default", owner=person, store=stack.store)
    team = Team.objects.found("data-science", person)
    DefaultStack.objects.create(team=team, stack=stack)

    assert Stack.objects.active_of(person) == own


def test_the_chosen_stack_comes_first(stack: Stack, person: User) -> None:
    Stack.objects.create(name="default", owner=person, store=stack.store)
    ActiveStack.objects.create(user=person, stack=stack)

    assert Stack.objects.active_of(person) == stack
