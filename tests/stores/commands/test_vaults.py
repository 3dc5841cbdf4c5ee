"""`secrets-manager` with a vault: the seed's commands write to it and never here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from secrets_app.models import Secret, SecretsManager, SecretValue
from tests.support.vault import CLIENT, GOOD_SECRET, TENANT, Vault

pytestmark = pytest.mark.django_db

KEY = "A" * 86 + "=="
Run = Callable[..., str]
Refusal = Callable[..., CommandError]


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Vault]:
    with Vault() as vault:
        for name, value in vault.environment().items():
            monkeypatch.setenv(name, value)
        settings.STOREROOM_TOKEN_HOSTS = [vault.host]
        yield vault


@pytest.fixture
def stack(run: Run, vault: Vault, admin_user: User) -> None:
    """An active stack with a vault in it."""
    run(
        *("secrets-manager", "secret", "register", "az_sp", "-s", "arbitrary"),
        *(f"--tenant_id={TENANT}", f"--client_id={CLIENT}", f"--client_secret={GOOD_SECRET}"),
    )
    run(
        *("secrets-manager", "register", "kv", "--flavor=azure", f"--vault_url={vault.url}"),
        "--authentication_secret=az_sp",
    )
    run("artifact-store", "register", "az_store", "-f", "azure", "--path=az://container-name")
    run("stack", "register", "custom_stack", "-a", "az_store", "-x", "kv", "--set")


def test_a_vault_is_registered_by_its_name(run: Run, admin_user: User) -> None:
    printed = run(
        "secrets-manager", "register", "secrets_manager", "--flavor=azure",
        "--key_vault_name=Team-Vault",
    )  # fmt: skip

    assert printed == (
        "Registered secrets manager `secrets_manager`: Azure Key Vault at"
        " team-vault.vault.azure.net.\n"
    )
    described = json.loads(run("secrets-manager", "describe", "secrets_manager", "--output=json"))
    assert described["configuration"] == {"key_vault_name": "Team-Vault"}
    assert described["where"] == "team-vault.vault.azure.net"


def test_a_vault_needs_a_name(refusal: Refusal, admin_user: User) -> None:
    refused = refusal("secrets-manager", "register", "kv", "--flavor=azure")

    assert str(refused) == (
        "`kv` was not registered. Key vault's name: Give the vault's name, or else its whole"
        " address."
    )


def test_an_option_of_the_other_flavor_is_refused(refusal: Refusal, admin_user: User) -> None:
    refused = refusal(
        "secrets-manager", "register", "kv", "--flavor=local", "--key_vault_name=kv-one"
    )

    assert str(refused) == "--key_vault_name is no setting of the flavor `local`."


def test_a_misspelled_option_gets_a_guess(refusal: Refusal, admin_user: User) -> None:
    refused = refusal(
        "secrets-manager", "register", "kv", "--flavor=azure", "--key_vault_nam=kv-one"
    )

    assert str(refused) == "There is no option --key_vault_nam; did you mean --key_vault_name?"


def test_the_built_in_one_needs_no_check(run: Run, admin_user: User) -> None:
    SecretsManager.objects.built_in()

    assert run("secrets-manager", "check", "local") == (
        "The values are kept in this database, sealed; nothing has to be reached.\n"
    )


def test_a_vault_is_checked(run: Run, stack: None) -> None:
    assert run("secrets-manager", "check", "kv") == (
        "The vault answers and lets us in; 0 secrets are in it.\n"
    )


def test_a_check_that_fails_says_why(refusal: Refusal, stack: None, vault: Vault) -> None:
    vault.answer_next(403, "Forbidden", "ForbiddenByRbac")

    refused = refusal("secrets-manager", "check", "kv")

    assert str(refused).startswith("The identity may not list secrets in")


def test_a_secret_goes_to_the_active_stacks_vault(run: Run, stack: None, vault: Vault) -> None:
    printed = run(
        *("secrets-manager", "secret", "register", "az_secret", "-s", "azure"),
        *("--account_name=acct", f"--account_key={KEY}"),
    )

    assert printed == "Registered secret `az_secret` (azure) in `kv`, written to the vault.\n"
    assert json.loads(vault.secrets["az-secret"]) == {"account_name": "acct", "account_key": KEY}
    assert not SecretValue.objects.filter(version__secret__name="az_secret").exists()


def test_a_vault_that_refuses_leaves_no_secret_behind(
    refusal: Refusal, stack: None, vault: Vault
) -> None:
    vault.answer_next(403, "Forbidden", "ForbiddenByRbac")

    refused = refusal(
        *("secrets-manager", "secret", "register", "az_secret", "-s", "azure"),
        *("--account_name=acct", f"--account_key={KEY}"),
    )

    assert "may not write the secret `az-secret`" in str(refused)
    assert "Key Vault Secrets Officer" in str(refused)
    assert not Secret.objects.filter(name="az_secret").exists()


def test_an_update_merges_with_what_the_vault_holds(run: Run, stack: None, vault: Vault) -> None:
    run(
        *("secrets-manager", "secret", "register", "az_secret", "-s", "azure"),
        *("--account_name=acct", f"--account_key={KEY}"),
    )
    other = "B" * 86 + "=="

    printed = run("secrets-manager", "secret", "update", "az_secret", f"--account_key={other}")

    assert printed == "Wrote `az_secret` to `kv`; stores use it from now on.\n"
    assert json.loads(vault.secrets["az-secret"]) == {"account_name": "acct", "account_key": other}


def test_a_vault_that_keeps_secrets_is_not_deleted(
    run: Run, refusal: Refusal, stack: None
) -> None:
    run("stack", "register", "other", "-a", "az_store")
    manager = SecretsManager.objects.get(name="kv")
    Secret.objects.create(name="kept", owner=manager.owner, manager=manager)

    refused = refusal("secrets-manager", "delete", "kv", "-y")

    assert str(refused) == ("`kv` cannot be deleted: the stack `custom_stack` uses it.")
