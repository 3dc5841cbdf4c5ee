"""A store whose secret a vault keeps: the fetch is a step of its own, and nothing is stored."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import serializers

from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager, SecretValue
from stores import runs
from stores.models import Check, Store
from tests.support.azurite import Azurite
from tests.support.vault import CLIENT, GOOD_SECRET, TENANT, Vault

pytestmark = pytest.mark.django_db


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Vault]:
    with Vault() as vault:
        for name, value in vault.environment().items():
            monkeypatch.setenv(name, value)
        settings.STOREROOM_TOKEN_HOSTS = [vault.host]
        yield vault


@pytest.fixture
def store(vault: Vault, azurite: Azurite, admin_user: User) -> Store:
    """A container whose connection string is in the vault."""
    principal = Secret.objects.create(
        name="az_sp",
        owner=admin_user,
        manager=SecretsManager.objects.built_in(),
        schema="arbitrary",
    )
    principal.replace({"tenant_id": TENANT, "client_id": CLIENT, "client_secret": GOOD_SECRET})
    manager = SecretsManager.objects.create(
        name="kv",
        owner=admin_user,
        flavor="azure",
        configuration={"vault_url": vault.url},
        authentication_secret="az_sp",
    )
    Secret.objects.create(name="az_secret", owner=admin_user, manager=manager)
    vault.secrets["az-secret"] = json.dumps({"connection_string": azurite.connection_string})
    return Store.objects.create(
        name="az_store",
        owner=admin_user,
        flavor="azure",
        path=f"az://{azurite.make_container(f'c{uuid.uuid4().hex}')}",
        sign_in="from_secret",
        authentication_secret="az_secret",
    )


def checked(store: Store) -> Check:
    check = Check.objects.create(store=store, requested_by=store.owner)
    runs.run_check(check.pk)
    check.refresh_from_db()
    return check


def step(check: Check, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in check.steps if each["name"] == name)
    return found


def test_the_fetch_is_a_step_of_its_own(store: Store) -> None:
    check = checked(store)

    assert [f"{each['name']} {each['mark']}" for each in check.steps] == [
        "settings ok",
        "secret ok",
        "fetch ok",
        "name ok",
        "connect ok",
        "container ok",
        "list ok",
        "read skipped",
        "write skipped",
        "delete skipped",
    ]
    assert step(check, "secret")["words"] == "`az_secret` is kept in `kv`."
    assert step(check, "fetch")["words"] == (
        "`az_secret` version 0123456789abcdef0123456789abcdef fetched from `kv` (values not"
        " shown): connection string."
    )


def test_nothing_of_the_value_is_stored(store: Store, azurite: Azurite) -> None:
    checked(store)

    rows = serializers.serialize(
        "json", [*Check.objects.all(), *Secret.objects.all(), *AuditEntry.objects.all()]
    )
    assert azurite.key not in rows
    assert not SecretValue.objects.filter(version__secret__name="az_secret").exists()
    used = AuditEntry.objects.filter(action="used").values_list("thing_name", "words", "run")
    assert ("az_secret", "from kv for az_store", f"check {Check.objects.get().pk}") in used


@pytest.mark.parametrize(
    ("status", "code", "category", "words"),
    [
        (404, "SecretNotFound", "secret_missing", "has no secret `az-secret`."),
        (403, "Forbidden", "permission", "The identity may not read the secret `az-secret` in"),
    ],
)
def test_a_vault_that_refuses_stops_the_check_there(
    store: Store, vault: Vault, status: int, code: str, category: str, words: str
) -> None:
    vault.answer_next(status, code)

    check = checked(store)

    failed = step(check, "fetch")
    assert (failed["mark"], failed["category"], failed["code"]) == ("failed", category, code)
    assert words in failed["words"]
    assert step(check, "name")["words"] == ("Skipped because step “Fetch from the vault” failed.")
    store.refresh_from_db()
    assert store.state == Store.State.FAILING


def test_a_vault_that_is_down_stops_the_check_there(store: Store, vault: Vault) -> None:
    vault.stop()

    failed = step(checked(store), "fetch")

    assert (failed["category"], failed["words"]) == (
        "unavailable",
        f"`{vault.host}` cannot be reached.",
    )


def test_a_shape_that_does_not_fit_is_said(store: Store, vault: Vault) -> None:
    vault.secrets["az-secret"] = '{"account_name": "acct"}'

    failed = step(checked(store), "fetch")

    assert failed["category"] == "secret_shape"
    assert failed["words"].startswith("What `kv` keeps as `az_secret` does not fit its kind")
