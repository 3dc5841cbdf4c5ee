"""Secrets managers in the console."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from project.access import Role
from secrets_app import vaults
from secrets_app.models import Secret, SecretsManager
from tests.support.pages import signed_in, words_of
from tests.support.vault import CLIENT, GOOD_SECRET, TENANT, Vault

pytestmark = pytest.mark.django_db


@pytest.fixture
def listener(vault: Vault, settings: Any) -> Iterator[Vault]:
    """Another host that may have tokens, of somebody who would like some."""
    with Vault() as listener:
        settings.STOREROOM_TOKEN_HOSTS = [vault.host, listener.host]
        yield listener


@pytest.fixture
def manager(vault: Vault, person: User) -> SecretsManager:
    """A vault, and the secret that signs in to it."""
    principal = Secret.objects.create(
        name="az_sp", owner=person, manager=SecretsManager.objects.built_in(), schema="arbitrary"
    )
    principal.replace({"tenant_id": TENANT, "client_id": CLIENT, "client_secret": GOOD_SECRET})
    return SecretsManager.objects.create(
        name="kv",
        owner=person,
        flavor="azure",
        configuration={"vault_url": vault.url},
        authentication_secret="az_sp",
    )


def change(manager: SecretsManager, user: User, **fields: str) -> Any:
    typed = {
        "name": manager.name,
        "flavor": manager.flavor,
        "authentication_secret": manager.authentication_secret,
        "vault_url": manager.configuration.get("vault_url", ""),
        **fields,
    }
    address = f"/secrets_app/secretsmanager/{manager.pk}/change/"
    return signed_in(user).post(address, typed)


def test_s28_who_may_only_use_a_secret_lets_it_sign_in_to_no_other_vault(
    manager: SecretsManager,
    listener: Vault,
    person: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Secret, "allows", lambda secret, user, role: role <= Role.OPERATOR)

    reply = change(manager, person, vault_url=listener.url)
    manager.refresh_from_db()
    answer = vaults.check(manager, person)

    assert "is sent. You may use this secret, but not change it" in reply.content.decode()
    assert answer == "The vault answers and lets us in; 0 secrets are in it."
    assert listener.requests == []


def test_another_flavor_would_orphan_what_is_sealed(person: User) -> None:
    manager = SecretsManager.objects.create(name="sm", owner=person)
    secret = Secret.objects.create(name="token", owner=person, manager=manager, schema="arbitrary")
    secret.replace({"token": "x"})

    reply = change(manager, person, flavor="azure", key_vault_name="team-vault")

    assert "It keeps 1 secret, which another flavor could not open." in words_of(reply)
    manager.refresh_from_db()
    assert manager.flavor == "local"


@pytest.mark.parametrize("page", ["change", "delete"])
def test_the_built_in_manager_is_neither_changed_nor_deleted(page: str, admin_user: User) -> None:
    manager = SecretsManager.objects.built_in()

    reply = signed_in(admin_user).post(
        f"/secrets_app/secretsmanager/{manager.pk}/{page}/",
        {"name": "mine", "flavor": "local", "post": "yes"},
    )

    assert reply.status_code == 403
    assert SecretsManager.objects.get(pk=manager.pk).name == "local"


def test_the_built_in_manager_is_not_deleted_from_the_list(admin_user: User) -> None:
    manager = SecretsManager.objects.built_in()

    signed_in(admin_user).post(
        "/secrets_app/secretsmanager/",
        {"action": "delete_selected", "_selected_action": [manager.pk], "post": "yes"},
    )

    assert SecretsManager.objects.filter(pk=manager.pk).exists()


def test_the_page_that_deletes_a_secret_says_what_its_vault_keeps(
    manager: SecretsManager, person: User
) -> None:
    secret = Secret.objects.create(name="az_secret", owner=person, manager=manager)

    reply = signed_in(person).get(f"/secrets_app/secret/{secret.pk}/delete/")

    assert "kv keeps its value: az keyvault secret delete" in words_of(reply)
    assert "The sealed values" not in words_of(reply)


def test_a_secrets_page_says_that_a_vault_tries_nothing_first(
    manager: SecretsManager, person: User
) -> None:
    secret = Secret.objects.create(name="az_secret", owner=person, manager=manager)

    reply = signed_in(person).get(f"/secrets/secret/{secret.pk}/overview/")

    assert "What changes there is in use at once, without a trial." in words_of(reply)
