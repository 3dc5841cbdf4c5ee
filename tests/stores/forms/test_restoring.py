"""Going back to a revision."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from project.audit import AuditEntry
from secrets_app.models import SecretsManager
from stores import history
from stores.forms.restoring import NotRestored, restore
from stores.models import Component, Stack, Store
from tests.support.pages import make_secret

pytestmark = pytest.mark.django_db
STORE = {"flavor": "azure", "path": "az://runs", "sign_in": "implicit"}


@pytest.fixture
def store(person: User) -> Store:
    return Store.objects.create(name="az_store", owner=person, **STORE)


@pytest.fixture
def kubeflow(person: User) -> Component:
    return Component.objects.create(
        name="kf", type="orchestrator", flavor="kubeflow", owner=person
    )


def refusal(thing: Any, number: int, user: User) -> str:
    with pytest.raises(NotRestored) as refused:
        restore(thing, number, user)
    return str(refused.value)


def change(thing: Any, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(thing, name, value)
    thing.save()


def test_a_store_is_what_it_was_and_counts_as_never_checked(store: Store, person: User) -> None:
    change(store, path="az://other", description="new", labels={"a": "b"}, state="healthy")

    restore(store, 1, person)

    now = Store.objects.get(pk=store.pk)
    assert (now.path, now.description, now.labels, now.state) == ("az://runs", "", {}, "never")


def test_it_is_a_new_revision_that_says_so_and_stands_in_the_audit(
    store: Store, person: User
) -> None:
    change(store, path="az://other")

    restore(store, 1, person)

    newest = history.latest(store)
    assert newest.number == 3
    assert history.what_happened(newest) == "Restored from revision 1"
    entry = AuditEntry.objects.get(action="restored")
    assert (entry.actor, entry.kind, entry.words) == (person, "store", "revision 1")


def test_a_component_gets_its_settings_back(kubeflow: Component, person: User) -> None:
    change(kubeflow, configuration={"context": "aks"}, runs_on="aks", identity="trainer")
    change(kubeflow, configuration={}, runs_on="unknown", identity="")

    restore(kubeflow, 2, person)

    now = Component.objects.get(pk=kubeflow.pk)
    assert now.configuration == {"context": "aks"}
    assert (now.runs_on, now.identity) == ("aks", "trainer")


def test_a_vault_gets_its_address_back(person: User) -> None:
    vault = SecretsManager.objects.create(
        name="v", flavor="azure", owner=person, configuration={"key_vault_name": "team-vault"}
    )
    change(vault, configuration={"key_vault_name": "other-vault"})

    restore(vault, 1, person)

    vault.refresh_from_db()
    assert vault.configuration == {"key_vault_name": "team-vault"}


def test_a_stack_gets_its_parts_back(store: Store, kubeflow: Component, person: User) -> None:
    stack = Stack.objects.create(name="train", owner=person, store=store)
    stack.components.set([kubeflow])
    stack = Stack.objects.get(pk=stack.pk)
    stack.components.set([])

    restore(stack, 1, person)

    assert list(stack.components.all()) == [kubeflow]


def test_a_part_that_is_gone_is_named(store: Store, kubeflow: Component, person: User) -> None:
    stack = Stack.objects.create(name="train", owner=person, store=store)
    stack.components.set([kubeflow])
    stack = Stack.objects.get(pk=stack.pk)
    stack.components.set([])
    kubeflow.delete()

    assert refusal(stack, 1, person) == (
        "kf (orchestrator, kubeflow) (deleted) was part of it, and is gone or not yours to use."
        " Register it again, or change what is there now."
    )


def test_a_path_outside_the_allowed_roots_is_refused(store: Store, person: User) -> None:
    change(store, flavor="local", path="/etc", sign_in="none")
    change(store, flavor="azure", path="az://runs", sign_in="implicit")

    assert "Address: " in refusal(store, 2, person)
    assert Store.objects.get(pk=store.pk).path == "az://runs"


def test_a_name_that_somebody_took_meanwhile_is_refused(store: Store, person: User) -> None:
    change(store, name="renamed")
    Store.objects.create(name="az_store", owner=person, **STORE)

    assert refusal(store, 1, person) == "You have one of this name already."


def test_a_secret_goes_nowhere_that_who_restores_may_not_send_it(
    person: User, stranger: User, store: Store
) -> None:
    """S12: who may change the store alone may not choose where its secret goes."""
    make_secret(person, "az_secret")
    change(
        store,
        sign_in="from_secret",
        authentication_secret="az_secret",
        configuration={"account_url": "https://first.blob.core.windows.net"},
    )
    change(store, configuration={"account_url": "https://second.blob.core.windows.net"})

    assert "sent" in refusal(store, 2, stranger)


def test_what_a_superuser_allowed_is_not_brought_back_by_another(
    store: Store, person: User
) -> None:
    change(store, allow_implicit=True)
    change(store, allow_implicit=False, path="az://other")

    restore(store, 2, person)

    assert Store.objects.get(pk=store.pk).allow_implicit is False


def test_nothing_to_change_is_said(store: Store, person: User) -> None:
    assert refusal(store, 1, person) == "It is as it was at revision 1."


def test_what_comes_with_the_installation_stays(admin_user: User) -> None:
    manager = SecretsManager.objects.built_in()

    assert refusal(manager, 1, admin_user) == (
        "`local` comes with the installation and stays as it is."
    )


def test_a_revision_that_there_never_was_is_refused(store: Store, person: User) -> None:
    assert refusal(store, 9, person) == "There is no revision 9."
