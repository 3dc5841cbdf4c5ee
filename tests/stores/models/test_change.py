"""That each change on which what is said of stacks rests is noted, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from project.access import Role, Team
from secrets_app.models import Secret, SecretsManager, SecretVersion
from secrets_app.vaults import note_end
from stores.models import Change, Component, Stack, StackCheck, Store
from stores.models import change as changes

pytestmark = pytest.mark.django_db

TOMORROW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stack(person: User) -> Stack:
    """A stack with a part of each kind, shared with a team."""
    manager = SecretsManager.objects.create(name="kv", owner=person, flavor="azure_key_vault")
    secret = Secret.objects.create(
        name="az_secret", owner=person, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"account_name": "mlacct", "account_key": "a2V5" * 22})
    store = Store.objects.create(
        name="az_store",
        owner=person,
        flavor="azure",
        path="az://ml",
        authentication_secret="az_secret",
    )
    stack = Stack.objects.create(name="train", owner=person, store=store, secrets_manager=manager)
    stack.components.add(component(person, "k8s"))
    stack.share(Team.objects.found("ml", person), Role.VIEWER)
    return stack


def component(owner: User, name: str) -> Component:
    return Component.objects.create(name=name, owner=owner, type="orchestrator", flavor="kubeflow")


CHANGES: dict[str, Callable[[], object]] = {
    "a stack is saved": lambda: Stack.objects.get().save(),
    "stacks are updated": lambda: Stack.objects.update(production=True),
    "a stack is deleted": lambda: Stack.objects.get().delete(),
    "stacks are deleted": lambda: Stack.objects.all().delete(),
    "a stack gets a component": lambda: Stack.objects.get().components.add(
        component(User.objects.get(), "local")
    ),
    "a stack loses its components": lambda: Stack.objects.get().components.clear(),
    "a component leaves its stacks": lambda: Component.objects.get().stacks.clear(),
    "a stack is shared": lambda: Stack.objects.get().share(Team.objects.get(), Role.OPERATOR),
    "a stack is unshared": lambda: Stack.objects.get().unshare(Team.objects.get()),
    "the team that a stack is shared with goes": lambda: Team.objects.get().delete(),
    "a store is saved": lambda: Store.objects.get().save(),
    "a store's address is updated": lambda: Store.objects.update(path="az://other", state="never"),
    "a component is saved": lambda: Component.objects.get().save(),
    "a component is deleted": lambda: Component.objects.all().delete(),
    "a secrets manager is updated": lambda: SecretsManager.objects.update(description="new"),
    "a secret is made": lambda: Secret.objects.create(
        name="other", owner=User.objects.get(), manager=SecretsManager.objects.built_in()
    ),
    "a secret is renamed": lambda: Secret.objects.update(name="renamed"),
    "a secret is deleted": lambda: Secret.objects.get().delete(),
    "a secret is replaced": lambda: Secret.objects.get().replace({"account_name": "other"}),
    "an older version is taken into use": lambda: Secret.objects.get().make_current(1),
    "a version's end is noted": lambda: Secret.objects.get().set_expiry(TOMORROW),
    "a vault's end is noted": lambda: note_end(Secret.objects.get(), TOMORROW),
    "a version is deleted": lambda: SecretVersion.objects.get().delete(),
    "a check of a stack begins": lambda: StackCheck.objects.create(stack=Stack.objects.get()),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_stamp_is_another_after(change: Callable[[], object]) -> None:
    before = Change.objects.stamp()

    change()

    assert Change.objects.stamp() != before


def test_what_a_check_of_a_store_finds_out_is_no_change() -> None:
    before = Change.objects.stamp()

    Store.objects.update(state="failing", state_words="“Connect” failed.", checked_at=TOMORROW)
    Store.objects.filter(name="nobody's").update(path="az://other")

    assert Change.objects.stamp() == before


def test_a_change_that_is_rolled_back_is_none() -> None:
    before = Change.objects.stamp()

    with transaction.atomic():
        Stack.objects.update(production=True)
        transaction.set_rollback(True)

    assert Change.objects.stamp() == before


def test_an_earlier_change_that_comes_to_light_later_is_one() -> None:
    """Two transactions: the one that began first is committed last."""
    later = Change.objects.create(pk=5000)
    before = Change.objects.stamp()

    Change.objects.create(pk=later.pk - 1)

    assert Change.objects.stamp() != before


def test_old_changes_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "KEPT", 3)
    Change.objects.all().delete()

    for _ in range(20):
        Change.objects.note()

    assert Change.objects.count() in (3, 4, 5)
