"""A store whose secret a vault keeps: the fetch is a step of its own, and nothing is stored."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import serializers
from django.utils import timezone

from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager, SecretValue
from stores import runs
from stores.flavors.base import StoreError
from stores.models import Check, Stack, Store
from stores.runs.states import open_store
from tests.support.azurite import Azurite
from tests.support.pages import signed_in, words
from tests.support.vault import CLIENT, GOOD_SECRET, TENANT, VERSION, Vault

pytestmark = pytest.mark.django_db


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
        "identity ok",
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


def used() -> list[tuple[str, str, str]]:
    """What the audit says of uses, the first before others."""
    entries = AuditEntry.objects.filter(action="used").order_by("pk")
    return list(entries.values_list("thing_name", "words", "run"))


def test_both_secrets_uses_are_audited_with_their_versions(store: Store) -> None:
    run = f"check {checked(store).pk}"

    assert used() == [
        ("az_sp", "version 1 to sign in to kv", run),
        ("az_secret", f"version {VERSION} from kv for az_store", run),
    ]


def test_a_transfer_audits_the_uses_of_both_secrets(store: Store) -> None:
    open_store(store, store.owner, "transfer 1").close()

    assert used() == [
        ("az_sp", "version 1 to sign in to kv", "transfer 1"),
        ("az_secret", f"version {VERSION} from kv for az_store", "transfer 1"),
    ]


def test_what_a_vault_did_not_give_out_was_not_used(store: Store, vault: Vault) -> None:
    vault.answer_next(403, "Forbidden")

    run = f"check {checked(store).pk}"

    assert used() == [("az_sp", "version 1 to sign in to kv", run)]


def test_s25_an_end_in_the_vault_shows_here(store: Store, vault: Vault) -> None:
    end = timezone.now() + timedelta(days=6, hours=1)
    vault.expires["az-secret"] = int(end.timestamp())
    stack = Stack.objects.create(name="train", owner=store.owner, store=store)
    checked(store)
    secret = Secret.objects.get(name="az_secret")
    browser = signed_in(store.owner)

    pages = [
        f"/secrets/secret/{secret.pk}/overview/",
        "/secrets_app/secret/",
        f"/stores/store/{store.pk}/overview/",
        f"/stores/stack/{stack.pk}/overview/",
        "/",
    ]

    assert secret.ends_in_vault == end.replace(microsecond=0)
    for address in pages:
        assert "Expires in 6 days" in words(browser, address), address


def test_s25_the_end_of_a_sas_in_the_vault_shows_here(store: Store, vault: Vault) -> None:
    sas = "sv=2024-11-04&sr=c&sp=rl&se=2031-01-31T00:00:00Z&sig=abc%3D"
    vault.secrets["az-secret"] = json.dumps({"account_name": "acct", "sas_token": sas})
    vault.expires["az-secret"] = int(datetime(2032, 1, 31, tzinfo=UTC).timestamp())

    checked(store)

    assert Secret.objects.get(name="az_secret").ends_in_vault == datetime(2031, 1, 31, tzinfo=UTC)


def test_s25_an_end_that_is_gone_is_forgotten(store: Store) -> None:
    Secret.objects.filter(name="az_secret").update(ends_in_vault=timezone.now())

    checked(store)

    assert Secret.objects.get(name="az_secret").ends_in_vault is None


def test_s25_what_ended_in_the_vault_is_sent_nowhere(store: Store, vault: Vault) -> None:
    end = timezone.now() - timedelta(hours=3, minutes=1)
    vault.expires["az-secret"] = int(end.timestamp())

    check = checked(store)

    failed = step(check, "fetch")
    assert (failed["category"], failed["words"]) == (
        "secret_expired",
        "`az_secret` expired 3 hours ago: `kv` says so. Nothing was sent.",
    )
    assert {each["mark"] for each in check.steps[3:]} == {"skipped"}
    assert Secret.objects.get(name="az_secret").ends_in_vault == end.replace(microsecond=0)


def test_s25_a_transfer_uses_nothing_that_ended_in_the_vault(store: Store, vault: Vault) -> None:
    end = timezone.now() - timedelta(hours=3, minutes=1)
    vault.expires["az-secret"] = int(end.timestamp())

    with pytest.raises(StoreError) as refused:
        open_store(store, store.owner, "transfer 1")

    assert refused.value.category == "secret_expired"
    assert used() == [("az_sp", "version 1 to sign in to kv", "transfer 1")]
    assert Secret.objects.get(name="az_secret").ends_in_vault == end.replace(microsecond=0)


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
