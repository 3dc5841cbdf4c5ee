"""The command `secrets-manager` and its group `secret`."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import CommandError
from pytest_django.fixtures import Settings

from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager
from stores.models import Store

pytestmark = [
    pytest.mark.django_db,
    # django-typer declares its own options in a way that typer has come to dislike.
]

KEY = "B" * 86 + "=="
CONNECTION = f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={KEY}"
REGISTER = ("secrets-manager", "secret", "register", "az_secret", "-s", "azure")

Run = Callable[..., str]
Refusal = Callable[..., CommandError]


def test_a_secret_is_sealed_and_its_value_not_printed(run: Run, admin_user: User) -> None:
    printed = run(*REGISTER, f"--connection_string={CONNECTION}")

    assert printed == (
        "Registered secret `az_secret` (azure) in `local`, sealed: connection_string.\n"
    )
    secret = Secret.objects.get()
    assert (secret.owner, secret.version, secret.current.created_by) == (admin_user, 1, admin_user)
    assert secret.reveal() == {"connection_string": CONNECTION}
    assert AuditEntry.objects.filter(kind="secret", action="added", actor=admin_user).count() == 1


def test_the_seeds_misspelt_option_is_refused_with_a_hint(refusal: Refusal) -> None:
    refused = refusal(*REGISTER, f"--connection_sting={CONNECTION}")

    assert str(refused) == (
        "There is no option --connection_sting; did you mean --connection_string?"
    )
    assert refused.returncode == 2
    assert not Secret.objects.exists()


def test_the_older_spelling_of_an_attribute_is_understood(run: Run) -> None:
    run(*REGISTER, "--accountname=acme", f"--account-key={KEY}")

    assert Secret.objects.get().held_keys() == ["account_name", "account_key"]


def test_a_truncated_key_is_refused_without_showing_it(refusal: Refusal) -> None:
    refused = refusal(*REGISTER, f"--connection_string={CONNECTION[:-20]}")

    assert str(refused) == (
        "--connection_string: Part `AccountKey=` has 68 characters; an account key has 88."
    )
    assert not Secret.objects.exists()


def test_values_that_contradict_each_other_are_refused(refusal: Refusal) -> None:
    refused = refusal(*REGISTER, f"--connection_string={CONNECTION}", "--account_name=other")

    assert str(refused).startswith("--account_name: `account_name` is `other`")


def test_a_value_that_lost_its_option_is_not_repeated(refusal: Refusal) -> None:
    refused = refusal(*REGISTER, CONNECTION)

    assert str(refused) == "There is a word too many. See --help."
    assert refused.returncode == 2


def test_a_value_in_the_place_of_an_option_is_not_repeated(refusal: Refusal) -> None:
    assert KEY[:60] not in str(refusal(*REGISTER, f"--{KEY}"))


def test_a_secret_without_values_is_refused(refusal: Refusal) -> None:
    assert "A secret needs at least one value" in str(refusal(*REGISTER))


def test_an_unknown_schema_is_refused_with_those_there_are(refusal: Refusal) -> None:
    refused = refusal("secrets-manager", "secret", "register", "x", "-s", "azur", "--a=b")

    assert (
        str(refused)
        == "There is no schema `azur`. Schemas: azure, aws, gcp, basic_auth, arbitrary."
    )


def test_a_second_secret_of_the_same_name_is_refused(run: Run, refusal: Refusal) -> None:
    run(*REGISTER, f"--connection_string={CONNECTION}")

    refused = refusal(*REGISTER, f"--connection_string={CONNECTION}")

    assert str(refused) == ("`az_secret` was not registered. You have one of this name already.")
    assert Secret.objects.get().version == 1


def test_a_value_is_read_from_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("line one\nline two\n")

    run("secrets-manager", "secret", "register", "pem", f"--key=@{tmp_path}/key")

    secret = Secret.objects.get()
    assert (secret.schema, secret.reveal()) == ("arbitrary", {"key": "line one\nline two"})


def test_a_value_is_read_from_stdin(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{CONNECTION}\n"))

    run(*REGISTER, "--connection_string=-")

    assert Secret.objects.get().reveal() == {"connection_string": CONNECTION}


def test_a_file_that_is_not_there_is_refused(refusal: Refusal, tmp_path: Path) -> None:
    refused = refusal(*REGISTER, f"--connection_string=@{tmp_path}/none")

    assert str(refused) == (
        "--connection_string: its file cannot be read (No such file or directory). A value that"
        " begins with @ is written @@."
    )


@pytest.mark.parametrize("value", ["@hunter2", "@~hunter2/key", "@" + "hunter2" * 100])
def test_a_value_that_begins_with_an_at_sign_is_not_repeated(refusal: Refusal, value: str) -> None:
    refused = refusal("secrets-manager", "secret", "register", "x", f"--password={value}")

    assert str(refused).startswith("--password: its file cannot be read")
    assert "hunter2" not in str(refused)
    assert not Secret.objects.exists()


def test_two_at_signs_begin_a_value_that_begins_with_one(run: Run) -> None:
    run("secrets-manager", "secret", "register", "x", "--password=@@hunter2", "--other=a@@b")

    assert Secret.objects.get().reveal() == {"password": "@hunter2", "other": "a@@b"}


def test_a_file_that_is_no_text_is_refused_by_its_option(refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe")

    refused = refusal(*REGISTER, f"--connection_string=@{tmp_path}/key")

    assert str(refused) == "--connection_string: what it is read from is no UTF-8 text."


def test_a_secret_goes_into_the_active_stacks_manager(run: Run) -> None:
    run("artifact-store", "register", "az_store", "-f", "azure", "--path=az://container-name")
    run("secrets-manager", "register", "secrets_manager", "--flavor=local")
    run("stack", "register", "custom", "-a", "az_store", "-x", "secrets_manager", "--set")

    run(*REGISTER, f"--connection_string={CONNECTION}")

    assert Secret.objects.get().manager.name == "secrets_manager"


def test_a_store_that_waits_for_the_secret_uses_it(run: Run) -> None:
    run(
        "artifact-store", "register", "az_store", "-f", "azure", "--path=az://container-name",
        "--authentication_secret=az_secret",
    )  # fmt: skip

    printed = run(*REGISTER, f"--connection_string={CONNECTION}")

    assert printed.splitlines()[1] == "The artifact store `az_store` uses it from now on."
    assert Store.objects.get().secret() == Secret.objects.get()


def test_a_secret_that_does_not_fit_the_waiting_store_says_so(run: Run) -> None:
    run(
        "artifact-store", "register", "az_store", "-f", "azure", "--path=az://container-name",
        "--authentication_secret=az_secret", "--account_url=https://other.blob.core.windows.net",
    )  # fmt: skip

    printed = run(*REGISTER, f"--connection_string={CONNECTION}")

    assert "It does not fit the artifact store `az_store`: Your address names" in printed
    assert KEY not in printed


def test_get_shows_names_and_state_and_no_value(run: Run, run_json: Callable[..., Any]) -> None:
    run(*REGISTER, f"--connection_string={CONNECTION}")

    printed = run("secrets-manager", "secret", "get", "az_secret")
    facts = run_json("secrets-manager", "secret", "get", "az_secret")
    listed = run_json("secrets-manager", "secret", "list")

    assert KEY not in printed
    assert (facts["attributes"], facts["version"], facts["state"]) == (
        ["connection_string"],
        1,
        "sealed",
    )
    assert listed == [facts]


def test_a_wrong_key_is_shown_in_words(
    run: Run, run_json: Callable[..., Any], settings: Settings
) -> None:
    run(*REGISTER, f"--connection_string={CONNECTION}")
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]

    facts = run_json("secrets-manager", "secret", "get", "az_secret")

    assert "cannot be decrypted" in facts["state"]


def test_s26_a_secret_in_use_is_deleted_only_by_force(run: Run, refusal: Refusal) -> None:
    run(
        "artifact-store", "register", "az_store", "-f", "azure", "--path=az://container-name",
        "--authentication_secret=az_secret",
    )  # fmt: skip
    run(*REGISTER, f"--connection_string={CONNECTION}")

    refused = refusal("secrets-manager", "secret", "delete", "az_secret", "-y")
    printed = run("secrets-manager", "secret", "delete", "az_secret", "-y", "--force")

    assert str(refused) == (
        "`az_secret` is used by `az_store`. Let them use another one first, or give --force: then"
        " they cannot sign in any more."
    )
    assert printed == (
        "Deleted secret `az_secret`. It cannot be used to sign in any more by `az_store`.\n"
    )
    assert not Secret.objects.exists()


def test_a_strangers_secret_is_not_there(run: Run, refusal: Refusal, stranger: User) -> None:
    run(*REGISTER, f"--connection_string={CONNECTION}")

    refused = refusal("secrets-manager", "secret", "get", "az_secret", "--as=carl")

    assert str(refused) == "There is no secret `az_secret`."


def test_an_unknown_flavor_of_manager_is_refused(refusal: Refusal) -> None:
    refused = refusal("secrets-manager", "register", "sm", "--flavor=aws")

    assert str(refused) == "There is no flavor `aws`. Flavors: local, azure."


def test_managers_are_listed_and_described(run: Run, run_json: Callable[..., Any]) -> None:
    SecretsManager.objects.built_in()

    printed = run("secrets-manager", "register", "sm", "--flavor=local", "--description=Ours")

    assert printed == "Registered secrets manager `sm`: this database, sealed with Fernet.\n"
    assert [each["name"] for each in run_json("secrets-manager", "list")] == ["local", "sm"]
    assert run_json("secrets-manager", "describe", "sm")["description"] == "Ours"
    assert run_json("secrets-manager", "describe")["name"] == "local"


def test_a_manager_that_keeps_secrets_is_not_deleted(
    run: Run, refusal: Refusal, admin_user: User
) -> None:
    run("secrets-manager", "register", "sm", "--flavor=local")
    manager = SecretsManager.objects.get(name="sm")
    secret = Secret.objects.create(name="kept", manager=manager, owner=admin_user)

    refused = refusal("secrets-manager", "delete", "sm", "-y")
    secret.delete()
    printed = run("secrets-manager", "delete", "sm", "-y")

    assert str(refused) == "`sm` cannot be deleted: it keeps 1 secret."
    assert printed == "Deleted secrets manager `sm`.\n"


def test_the_built_in_manager_stays(refusal: Refusal) -> None:
    SecretsManager.objects.built_in()

    refused = refusal("secrets-manager", "delete", "local", "-y")

    assert str(refused) == "`local` comes with the installation and stays."
