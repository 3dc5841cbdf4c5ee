"""A copy of a part for one stack only, by a click on the stack's page."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages

from project.access import Role, Team
from project.audit import AuditEntry
from secrets_app.models import SecretsManager
from stores.models import Component, Stack, Store
from tests.support.pages import signed_in

pytestmark = pytest.mark.django_db

BUTTON = "Make a copy for this stack only"


@pytest.fixture
def stack(person: User) -> Stack:
    """One of two stacks that join the same three parts."""
    store = Store.objects.create(
        name="az_store",
        owner=person,
        flavor="azure",
        path="az://models",
        sign_in="from_secret",
        authentication_secret="az_secret",
        labels={"stage": "prod"},
    )
    manager = SecretsManager.objects.create(name="ours", owner=person, flavor="local")
    kubeflow = Component.objects.create(
        name="kf", owner=person, type="orchestrator", flavor="kubeflow", configuration={"a": 1}
    )
    for name in ("train", "serve"):
        joins = Stack.objects.create(name=name, owner=person, store=store, secrets_manager=manager)
        joins.components.add(kubeflow)
    return Stack.objects.get(name="train")


def page(user: User, stack: Stack) -> str:
    return signed_in(user).get(f"/stores/stack/{stack.pk}/overview/").content.decode()


def copy(user: User, stack: Stack, part: Any) -> Any:
    """Press the button beside the part."""
    address = f"/stores/stack/{stack.pk}/copy-part/"
    return signed_in(user).post(address, {"part": f"{part._meta.model_name}:{part.pk}"})


def said(reply: Any) -> list[str]:
    return [str(message) for message in get_messages(reply.wsgi_request)]


def test_a_click_puts_a_copy_in_the_place_of_a_store_that_others_use(
    stack: Stack, person: User
) -> None:
    source = stack.store
    assert page(person, stack).count(BUTTON) == 3

    reply = copy(person, stack, source)

    stack.refresh_from_db()
    assert (stack.store.name, stack.store.owner) == ("train-az_store", person)
    assert (stack.store.path, stack.store.labels) == ("az://models", {"stage": "prod"})
    assert Stack.objects.get(name="serve").store == source
    assert said(reply) == ["train has train-az_store now, a copy of az_store for it alone."]
    assert page(person, stack).count(BUTTON) == 2
    assert list(
        AuditEntry.objects.order_by("pk").values_list("action", "thing_name", "words")
    ) == [
        ("added", "train-az_store", "a copy of az_store"),
        (
            "changed",
            "train",
            "artifact_store train-az_store, a copy of az_store for this stack alone",
        ),
    ]


def test_a_component_and_a_secrets_manager_are_copied_alike(stack: Stack, person: User) -> None:
    copy(person, stack, stack.secrets_manager)
    copy(person, stack, stack.components.get())

    stack.refresh_from_db()
    made = stack.components.get()
    assert stack.secrets_manager is not None
    assert stack.secrets_manager.name == "train-ours"
    assert (made.name, made.type, made.configuration) == ("train-kf", "orchestrator", {"a": 1})
    assert stack.history.first().components.get().component == made
    assert Stack.objects.get(name="serve").components.get().name == "kf"


def test_what_no_other_stack_uses_and_what_comes_with_the_installation_is_not_copied(
    stack: Stack, person: User, admin_user: User
) -> None:
    Stack.objects.get(name="serve").delete()
    other = Stack.objects.create(name="other", owner=person, store=stack.store)
    other.components.add(Component.objects.default_orchestrator())
    stack.components.set([Component.objects.default_orchestrator()])

    reply = copy(admin_user, stack, stack.components.get())

    assert page(admin_user, stack).count(BUTTON) == 1
    assert said(reply) == ["Nothing was changed: this is offered no more."]
    assert Component.objects.filter(name__startswith="train").count() == 0


def test_it_takes_an_editor_of_both(stack: Stack, person: User, stranger: User) -> None:
    team = Team.objects.found("ml", person)
    team.admit(stranger, Role.EDITOR)
    stack.share(team, Role.EDITOR)
    stack.store.share(team, Role.OPERATOR)

    reply = copy(stranger, stack, stack.store)

    assert BUTTON not in page(stranger, stack)
    assert said(reply) == ["Nothing was changed: this is offered no more."]
    assert Store.objects.count() == 1


def test_a_copy_whose_name_is_taken_leaves_the_stack_as_it_is(stack: Stack, person: User) -> None:
    Store.objects.create(
        name="train-az_store", owner=person, flavor="local", path="/srv", sign_in="none"
    )

    reply = copy(person, stack, stack.store)

    stack.refresh_from_db()
    assert stack.store.name == "az_store"
    assert said(reply) == ["train was not changed. You have one of this name already."]
