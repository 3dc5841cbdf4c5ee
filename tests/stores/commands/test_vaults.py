"""`secrets-manager` with a vault: the seed's commands write to it and never here."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError
from django.db import connection

from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager, SecretValue
from tests.support.vault import CLIENT, GOOD_SECRET, TENANT, VERSION, Vault

pytestmark = pytest.mark.django_db

KEY, OTHER_KEY = "A" * 86 + "==", "B" * 86 + "=="
REGISTER = ("secrets-manager", "secret", "register", "az_secret", "-s", "azure")
UPDATE = ("secrets-manager", "secret", "update", "az_secret")
Run = Callable[..., str]
Refusal = Callable[..., CommandError]


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
    vault.answer_next(404, "SecretNotFound")
    vault.answer_next(403, "Forbidden", "ForbiddenByRbac")

    refused = refusal(
        *("secrets-manager", "secret", "register", "az_secret", "-s", "azure"),
        *("--account_name=acct", f"--account_key={KEY}"),
    )

    assert "may not write the secret `az-secret`" in str(refused)
    assert "Key Vault Secrets Officer" in str(refused)
    assert not Secret.objects.filter(name="az_secret").exists()


@pytest.mark.django_db(transaction=True)
def test_a_slow_vault_holds_no_lock_of_the_database(run: Run, stack: None, vault: Vault) -> None:
    def write_from_another_connection() -> None:
        SecretsManager.objects.filter(name="kv").update(description="written meanwhile")
        connection.close()

    vault.meanwhile = write_from_another_connection

    run(*REGISTER, "--account_name=acct", f"--account_key={KEY}")

    assert SecretsManager.objects.get(name="kv").description == "written meanwhile"
    assert Secret.objects.filter(name="az_secret").exists()


def test_what_a_vault_holds_is_not_overwritten(
    run: Run, refusal: Refusal, stack: None, vault: Vault
) -> None:
    vault.secrets["az-secret"] = "somebody else's"

    refused = refusal(*REGISTER, "--account_name=acct", f"--account_key={KEY}")

    assert str(refused) == (
        "`az_secret` was not registered: `kv` holds a secret of this name already. --force writes"
        " over it. To use what it holds, add the secret on the page Secrets, with no values; then"
        " `secrets-manager secret update` changes single ones."
    )
    assert vault.secrets == {"az-secret": "somebody else's"}
    assert not Secret.objects.filter(name="az_secret").exists()


def test_force_writes_over_what_a_vault_holds(run: Run, stack: None, vault: Vault) -> None:
    vault.secrets["az-secret"] = "one's own, from before"

    run(*REGISTER, "--account_name=acct", f"--account_key={KEY}", "--force")

    assert json.loads(vault.secrets["az-secret"]) == {"account_name": "acct", "account_key": KEY}


@pytest.mark.parametrize("name", ["az-secret", "AZ_Secret"])
def test_a_name_that_a_vault_does_not_tell_from_another_is_refused(
    run: Run, refusal: Refusal, stack: None, vault: Vault, name: str
) -> None:
    run(*REGISTER, "--account_name=acct", f"--account_key={KEY}")
    before = dict(vault.secrets)

    refused = refusal(
        *("secrets-manager", "secret", "register", name, "-s", "arbitrary"),
        *("--token=other", "--force"),
    )

    assert str(refused) == (
        f"`{name}` was not registered. Name: `kv` keeps another secret as `az-secret` already."
    )
    assert vault.secrets == before


def test_a_name_that_a_vault_cannot_keep_is_refused(refusal: Refusal, stack: None) -> None:
    refused = refusal("secrets-manager", "secret", "register", "größer", "--token=x")

    assert "A key vault takes no secret of the name `größer`" in str(refused)


def test_s24_what_is_written_to_a_vault_is_audited_by_its_fingerprint(
    run: Run, stack: None
) -> None:
    run(*REGISTER, "--account_name=acct", f"--account_key={KEY}")
    run(*UPDATE, f"--account_key={OTHER_KEY}")
    run(*UPDATE, f"--account_key={KEY}")

    first, second, third = AuditEntry.objects.filter(thing_name="az_secret").order_by("pk")

    assert (first.action, first.words) == (
        "added",
        f"in the vault, version {VERSION}: replaced account_name, account_key",
    )
    assert (second.action, second.words) == (
        "changed",
        f"in the vault, version {VERSION}: replaced account_key",
    )
    assert first.fingerprint
    assert first.fingerprint == third.fingerprint
    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize(
    "words",
    [
        ("secrets-manager", "check", "kv"),
        (*UPDATE, f"--account_key={KEY}"),
        ("secrets-manager", "secret", "register", "other", "--token=x"),
    ],
)
def test_the_use_of_the_secret_that_signs_in_to_a_vault_is_audited(
    run: Run, stack: None, words: tuple[str, ...]
) -> None:
    run(*REGISTER, "--account_name=acct", f"--account_key={KEY}")
    before = AuditEntry.objects.filter(action="used").count()

    run(*words)

    (used,) = AuditEntry.objects.filter(action="used").order_by("pk")[before:]
    assert (used.actor_name, used.thing_name, used.words) == (
        "ada",
        "az_sp",
        "version 1 to sign in to kv",
    )
    assert used.fingerprint == Secret.objects.get(name="az_sp").current.fingerprint


def test_an_update_merges_with_what_the_vault_holds(run: Run, stack: None, vault: Vault) -> None:
    run(
        *("secrets-manager", "secret", "register", "az_secret", "-s", "azure"),
        *("--account_name=acct", f"--account_key={KEY}"),
    )
    other = "B" * 86 + "=="

    printed = run("secrets-manager", "secret", "update", "az_secret", f"--account_key={other}")

    assert printed == (
        "Wrote `az_secret` to `kv`; stores use it from now on. What a vault keeps is not tried"
        " first: `artifact-store check` tells whether it works.\n"
    )
    assert json.loads(vault.secrets["az-secret"]) == {"account_name": "acct", "account_key": other}


def kept(vault: Vault, **values: str) -> None:
    """Put the values into the vault, and the secret's name here."""
    vault.secrets["az-secret"] = json.dumps(values)
    manager = SecretsManager.objects.get(name="kv")
    Secret.objects.create(name="az_secret", owner=manager.owner, manager=manager)


def test_s28_a_key_in_a_vault_is_not_sent_to_another_account(
    refusal: Refusal, stack: None, vault: Vault
) -> None:
    kept(vault, account_name="acct", account_key=KEY)

    refused = refusal(*UPDATE, "--account_name=evil")

    assert str(refused) == (
        "--account_key: `account_name` changes where this is sent: enter it again, too."
    )
    assert json.loads(vault.secrets["az-secret"]) == {"account_name": "acct", "account_key": KEY}
    assert "PUT" not in [method for method, _ in vault.requests]


def test_s28_a_client_secret_in_a_vault_is_not_sent_to_another_tenant(
    refusal: Refusal, stack: None, vault: Vault
) -> None:
    kept(vault, account_name="acct", tenant_id=TENANT, client_id=CLIENT, client_secret="x~y.z" * 7)

    refused = refusal(*UPDATE, "--tenant_id=33333333-4444-5555-6666-777777777777")

    assert str(refused) == (
        "--client_secret: `tenant_id` changes where this is sent: enter it again, too."
    )
    assert "PUT" not in [method for method, _ in vault.requests]


def test_two_spellings_of_one_attribute_are_refused(
    refusal: Refusal, stack: None, vault: Vault
) -> None:
    kept(vault, account_name="acct", account_key=KEY)

    refused = refusal(*UPDATE, f"--account_key={KEY}", f"--accountkey={OTHER_KEY}")

    assert str(refused) == "--account_key: This is given twice, in two spellings."
    assert "PUT" not in [method for method, _ in vault.requests]


def test_an_older_spelling_in_a_vault_is_replaced(run: Run, stack: None, vault: Vault) -> None:
    kept(vault, accountname="acct", accountkey=KEY)

    run(*UPDATE, f"--account_key={OTHER_KEY}")

    assert json.loads(vault.secrets["az-secret"]) == {
        "account_name": "acct",
        "account_key": OTHER_KEY,
    }


@pytest.mark.parametrize(
    "held",
    [
        {"account_name": "acct"},
        {"account_name": "acct", "account_key": "cut off"},
        {"account_name": "acct", "account_key": KEY, "accountkey": OTHER_KEY},
    ],
)
def test_an_update_repairs_what_does_not_fit(
    run: Run, stack: None, vault: Vault, held: dict[str, str]
) -> None:
    kept(vault, **held)

    run(*UPDATE, f"--account_key={KEY}")

    assert json.loads(vault.secrets["az-secret"]) == {"account_name": "acct", "account_key": KEY}


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (
            {"account_name": "acct", "note": "keep it"},
            "--note: This does not belong to `account_name` and `account_key`.",
        ),
        (
            {"account_name": "acct", "connection_string": "AccountName=acct"},
            "2 ways to sign in. Keep one of them.",
        ),
    ],
)
def test_an_update_whose_result_does_not_fit_is_refused(
    refusal: Refusal, stack: None, vault: Vault, held: dict[str, str], words: str
) -> None:
    kept(vault, **held)

    assert words in str(refusal(*UPDATE, f"--account_key={KEY}"))
    assert json.loads(vault.secrets["az-secret"]) == held


def test_s25_an_end_goes_to_the_vault_and_stays_with_its_value(
    run: Run, stack: None, vault: Vault
) -> None:
    end = datetime(2030, 1, 31, 23, 59, 59, tzinfo=UTC)
    run(*REGISTER, "--account_name=acct", f"--account_key={KEY}", "--expires_on=2030-01-31")
    registered = dict(vault.expires)
    seen = Secret.objects.get(name="az_secret").ends_in_vault

    run(*UPDATE, "--account_name=acct")

    assert registered == {"az-secret": int(end.timestamp())}
    assert seen == end
    assert vault.expires == registered


def test_s25_an_end_goes_with_its_value(run: Run, stack: None, vault: Vault) -> None:
    run(*REGISTER, "--account_name=acct", f"--account_key={KEY}", "--expires_on=2030-01-31")

    run(*UPDATE, f"--account_key={OTHER_KEY}")

    assert vault.expires == {}
    assert Secret.objects.get(name="az_secret").ends_in_vault is None


def test_s25_a_new_end_alone_keeps_the_values(run: Run, stack: None, vault: Vault) -> None:
    kept(vault, account_name="acct", account_key=KEY)

    run(*UPDATE, "--expires_on=2030-01-31")

    assert json.loads(vault.secrets["az-secret"]) == {"account_name": "acct", "account_key": KEY}
    assert Secret.objects.get(name="az_secret").ends_in_vault == datetime(
        2030, 1, 31, 23, 59, 59, tzinfo=UTC
    )
    assert AuditEntry.objects.filter(
        action="changed", words=f"in the vault, version {VERSION}: another end"
    ).exists()


def test_a_deleted_secret_stays_in_its_vault_and_the_way_to_remove_it_is_said(
    run: Run, stack: None, vault: Vault
) -> None:
    kept(vault, account_name="acct", account_key=KEY)
    name = vault.host.partition(".")[0]

    printed = run("secrets-manager", "secret", "delete", "az_secret", "-y")

    assert printed == (
        "Deleted secret `az_secret`. Nothing uses it. `kv` keeps its value: `az keyvault secret"
        f" delete --vault-name {name} --name az-secret` removes it there.\n"
    )
    assert list(vault.secrets) == ["az-secret"]


def test_a_secret_without_a_value_signs_in_nowhere(
    refusal: Refusal, stack: None, vault: Vault, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Least of all as the environment does."""
    settings.STOREROOM_ALLOW_IMPLICIT = True
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", GOOD_SECRET)
    Secret.objects.filter(name="az_sp").update(version=0)

    refused = refusal("secrets-manager", "check", "kv")

    assert str(refused).startswith("There is no secret `az_sp` in this database")
    assert vault.requests == []


def test_a_vault_that_keeps_secrets_is_not_deleted(
    run: Run, refusal: Refusal, stack: None
) -> None:
    run("stack", "register", "other", "-a", "az_store")
    manager = SecretsManager.objects.get(name="kv")
    Secret.objects.create(name="kept", owner=manager.owner, manager=manager)

    refused = refusal("secrets-manager", "delete", "kv", "-y")

    assert str(refused) == ("`kv` cannot be deleted: the stack `custom_stack` uses it.")
