"""The command `secrets-manager` and its group `secret`."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import CommandError
from pytest_django.fixtures import Settings

from project.access import Role
from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager
from stores.models import Store
from tests.support.vault import CLIENT, GOOD_SECRET, TENANT, Vault

pytestmark = [
    pytest.mark.django_db,
    # django-typer declares its own options in a way that typer has come to dislike.
]

KEY = "B" * 86 + "=="
CONNECTION = f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={KEY}"
REGISTER = ("secrets-manager", "secret", "register", "az_secret", "-s", "azure")

UPDATE = ("secrets-manager", "secret", "update", "az_secret")
OTHER_GUID = "33333333-4444-5555-6666-777777777777"
PRINCIPAL = (
    "--account_name=acme",
    f"--tenant_id={TENANT}",
    f"--client_id={CLIENT}",
    f"--client_secret={GOOD_SECRET}",
)

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
    piped_in(monkeypatch, f"{CONNECTION}\n".encode())

    run(*REGISTER, "--connection_string=-")

    assert Secret.objects.get().reveal() == {"connection_string": CONNECTION}


def piped_in(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"one\r\ntwo\r\n", "one\r\ntwo"),
        (b"one\rtwo\n\n", "one\rtwo\n"),
        (b" gr\xc3\xb6\xc3\x9fer\t", " größer\t"),
    ],
)
def test_s14_what_is_read_is_kept_exactly(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, value: str
) -> None:
    (tmp_path / "key").write_bytes(content)
    piped_in(monkeypatch, content)

    run("secrets-manager", "secret", "register", "x", f"--file=@{tmp_path}/key", "--pipe=-")

    assert Secret.objects.get().reveal() == {"file": value, "pipe": value}


def test_what_is_typed_when_asked_is_the_value_itself(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = {"username (empty: none)": "-", "password (empty: none)": "@@/etc/passwd"}
    monkeypatch.setattr("typer.prompt", lambda question, **_: typed[question])

    run("secrets-manager", "secret", "register", "x", "-s", "basic_auth", "-i")

    assert Secret.objects.get().reveal() == {"username": "-", "password": "@@/etc/passwd"}


def test_a_file_that_is_far_too_long_is_refused(refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"a" * (1024 * 1024 + 1))

    refused = refusal(*REGISTER, f"--connection_string=@{tmp_path}/key")

    assert str(refused) == (
        "--connection_string: what it is read from is longer than 1 MiB; no value is."
    )


def test_a_folder_is_no_file(refusal: Refusal, tmp_path: Path) -> None:
    refused = refusal(*REGISTER, f"--connection_string=@{tmp_path}")

    assert "its file cannot be read (Is a directory)" in str(refused)


def test_a_value_that_is_no_text_is_refused(refusal: Refusal) -> None:
    refused = refusal(*REGISTER, "--connection_string=\udcff")

    assert str(refused) == "A word of this call is no UTF-8 text."


def test_s24_a_new_secret_is_audited_by_its_fingerprint(run: Run) -> None:
    run(*REGISTER, f"--connection_string={CONNECTION}")

    entry = AuditEntry.objects.get(action="added")
    assert entry.words == "version 1: replaced connection_string"
    assert entry.fingerprint == Secret.objects.get().current.fingerprint


def test_s25_an_end_is_told_with_a_value_and_stays_with_it(run: Run) -> None:
    run(*REGISTER, *PRINCIPAL, "--expires_on=2030-01-31")
    registered = Secret.objects.get().current.expires_at

    run(*UPDATE, f"--client_id={OTHER_GUID}")

    assert registered == datetime(2030, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert Secret.objects.get().current.expires_at == registered


def test_s25_an_end_goes_with_its_value(run: Run) -> None:
    run(*REGISTER, *PRINCIPAL, "--expires_on=2030-01-31")

    printed = run(*UPDATE, "--client_secret=another~client.secret-of-the-tests-12345")

    assert printed == (
        "Version 2 of `az_secret` is in use.\n"
        "The value before it ended on 2030-01-31; give the new end by --expires_on.\n"
    )
    assert Secret.objects.get().current.expires_at is None


def test_s25_a_new_end_comes_with_a_new_value(run: Run) -> None:
    run(*REGISTER, *PRINCIPAL, "--expires_on=2030-01-31")

    run(
        *UPDATE,
        "--client_secret=another~client.secret-of-the-tests-12345",
        "--expires-on=2031-01-31",
    )

    assert Secret.objects.get().current.expires_at == datetime(2031, 1, 31, 23, 59, 59, tzinfo=UTC)


def test_s25_an_end_alone_can_be_told_later(run: Run) -> None:
    run(*REGISTER, *PRINCIPAL)

    printed = run(*UPDATE, "--expires_on=2030-01-31")

    assert printed == "`az_secret`: version 1 ends on 2030-01-31.\n"
    assert Secret.objects.get().current.expires_at == datetime(2030, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert AuditEntry.objects.get(action="changed").words == "version 1 ends on 2030-01-31"


def test_s25_a_sas_tells_its_end_itself(run: Run, refusal: Refusal) -> None:
    run(
        *(*REGISTER, "--account_name=acme"),
        "--sas_token=sv=2024-11-04&sr=c&sp=rl&se=2029-01-31T00:00:00Z&sig=abc%3D",
    )

    refused = refusal(*UPDATE, "--expires_on=2030-01-31")

    assert str(refused) == "`az_secret` holds no value, or one that tells its end itself."
    assert Secret.objects.get().current.expires_at == datetime(2029, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize("day", ["31.1.2030", "2030-02-31", "soon"])
def test_what_is_no_day_is_refused(refusal: Refusal, day: str) -> None:
    refused = refusal(*REGISTER, *PRINCIPAL, f"--expires_on={day}")

    assert str(refused) == "--expires_on: a day is written like 2030-01-31."
    assert refused.returncode == 2


def test_an_update_without_anything_is_refused(run: Run, refusal: Refusal) -> None:
    run(*REGISTER, *PRINCIPAL)

    assert "A secret needs at least one value" in str(refusal(*UPDATE))


def test_a_skipped_trial_is_audited(run: Run) -> None:
    run(
        "artifact-store", "register", "az_store", "-f", "azure", "--path=az://container-name",
        "--authentication_secret=az_secret",
    )  # fmt: skip
    run(*REGISTER, "--account_name=acme", f"--account_key={KEY}")

    run(*UPDATE, f"--account_key={'C' * 86}==", "--now")

    assert AuditEntry.objects.get(kind="secret", action="changed").words == (
        "version 2: replaced account_key; used at once, not tried first"
    )


def test_s31_a_refusal_for_want_of_a_role_is_audited(
    run: Run, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*REGISTER, "--account_name=acme", f"--account_key={KEY}")
    monkeypatch.setattr(Secret, "allows", lambda secret, user, role: role <= Role.OPERATOR)

    refused = refusal(*UPDATE, f"--account_key={'C' * 86}==")

    entry = AuditEntry.objects.get(action="refused")
    assert "lacks the role for this: Editor" in str(refused)
    assert (entry.actor_name, entry.thing_name) == ("ada", "az_secret")
    assert entry.words.startswith("by a command: this needs Editor")
    assert Secret.objects.get().version == 1


def test_s14_what_is_revealed_is_shown_exactly(
    run: Run, monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    settings.STOREROOM_ALLOW_REVEAL = True
    (tmp_path / "key").write_bytes(b"  one\r\n\ttwo  \n\n")
    run("secrets-manager", "secret", "register", "x", f"--key=@{tmp_path}/key", "--user=a")
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "correct horse battery")

    printed = run("secrets-manager", "secret", "get", "x", "--reveal", "--reason=moving")

    assert printed == "key=  one\r\n\ttwo  \n\nuser=a\n"


def test_s28_a_client_secret_is_not_sent_to_another_tenant(
    run: Run, refusal: Refusal, vault: Vault
) -> None:
    run(*REGISTER, *PRINCIPAL)
    run(
        *("secrets-manager", "register", "kv", "--flavor=azure", f"--vault_url={vault.url}"),
        "--authentication_secret=az_secret",
    )

    refused = refusal(*UPDATE, f"--tenant_id={OTHER_GUID}")
    run("secrets-manager", "check", "kv")

    assert str(refused) == (
        "--client_secret: `tenant_id` changes where this is sent: enter it again, too."
    )
    assert ("POST", f"/{TENANT}/oauth2/v2.0/token") in vault.requests
    assert not [path for _, path in vault.requests if OTHER_GUID in path]


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
