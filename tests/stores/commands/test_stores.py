"""The command `artifact-store`, as call_command and a shell alike run it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager
from stores import runs
from stores.commands import checks as under_test
from stores.defaults import ensure_defaults
from stores.models import Check, Store
from tests.support.pages import make_check

pytestmark = [
    pytest.mark.django_db,
    # django-typer declares its own options in a way that typer has come to dislike.
]

KEY = "A" * 86 + "=="
CONNECTION = f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={KEY}"
REGISTER = ("artifact-store", "register", "az_store", "-f", "azure", "--path=az://container-name")

Run = Callable[..., str]
Refusal = Callable[..., CommandError]


@pytest.fixture
def folder(settings: Settings) -> str:
    """The path of a folder beneath the allowed root."""
    return f"{settings.STOREROOM_LOCAL_ROOTS[0]}/of-commands"


def test_the_seeds_first_line_registers_an_implicit_store(run: Run, admin_user: User) -> None:
    printed = run(*REGISTER)

    assert printed.splitlines() == [
        "Registered artifact store `az_store`: az://container-name.",
        "It names no secret, so it signs in implicitly, with what the workers' environment holds.",
        "It is used only once the operator allows that (STOREROOM_ALLOW_IMPLICIT=true); it can"
        " also be registered with --authentication_secret.",
        "A superuser has to allow it for this store as well: --allow_implicit, or a tick in its"
        " settings.",
    ]
    store = Store.objects.get()
    assert (store.owner, store.sign_in, store.authentication_secret) == (
        admin_user,
        "implicit",
        "",
    )
    entry = AuditEntry.objects.get(kind="store")
    assert (entry.actor, entry.action, entry.thing_name) == (admin_user, "added", "az_store")


def test_a_secret_that_is_named_may_come_later(run: Run) -> None:
    printed = run(*REGISTER, "--authentication_secret=az_secret")

    assert printed.splitlines()[1:] == [
        "The secret `az_secret` is not there yet; the store uses it as soon as it is."
    ]


def test_settings_of_the_flavor_are_given_in_any_place(run: Run) -> None:
    run("artifact-store", "register", "--account-url=http://127.0.0.1:10000/acme", *REGISTER[2:])

    store = Store.objects.get()
    assert store.name == "az_store"
    assert store.configuration == {"account_url": "http://127.0.0.1:10000/acme"}


def test_options_become_fields(run: Run, folder: str) -> None:
    run(
        "artifact-store", "register", "here", "-f", "local", f"--path={folder}",
        "--allow_probes", "--description=For a start",
    )  # fmt: skip

    store = Store.objects.get()
    assert (store.path, store.allow_probes, store.description) == (folder, True, "For a start")


def test_an_option_close_to_one_that_there_is_gets_a_hint(refusal: Refusal) -> None:
    refused = refusal(*REGISTER, "--authentication_secert=az_secret")

    assert str(refused) == (
        "There is no option --authentication_secert; did you mean --authentication_secret?"
    )
    assert refused.returncode == 2
    assert not Store.objects.exists()


def test_a_setting_of_another_flavor_is_refused(refusal: Refusal, folder: str) -> None:
    refused = refusal(
        "artifact-store", "register", "here", "-f", "local", f"--path={folder}",
        "--account_url=http://127.0.0.1:10000/acme",
    )  # fmt: skip

    assert str(refused) == "--account_url is no setting of the flavor `local`."


@pytest.mark.parametrize(
    ("flavor", "words"),
    [
        (
            "azur",
            "There is no flavor `azur`. Did you mean `azure`?"
            " Storeroom opens: azure, s3, gcp, local.",
        ),
        ("My Flavor", "There is no flavor `My Flavor`. Storeroom opens: azure, s3, gcp, local."),
    ],
)
def test_a_misspelt_flavor_is_refused_with_those_there_are(
    refusal: Refusal, flavor: str, words: str
) -> None:
    refused = refusal("artifact-store", "register", "x", "-f", flavor, "--path=az://models")

    assert str(refused) == words
    assert refused.returncode == 1


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("az:/container", "`az_store` was not registered. Address: "),
        ("az://Container", "Address: Container names have 3–63 lower-case letters"),
    ],
)
def test_a_wrong_address_is_refused_with_the_rule(refusal: Refusal, path: str, words: str) -> None:
    refused = refusal("artifact-store", "register", "az_store", "-f", "azure", f"--path={path}")

    assert words in str(refused)


def test_a_folder_outside_the_allowed_roots_is_refused(refusal: Refusal) -> None:
    refused = refusal("artifact-store", "register", "etc", "-f", "local", "--path=/etc")

    assert "Address: The folder has to be beneath" in str(refused)


def test_a_second_store_of_the_same_name_is_refused(run: Run, refusal: Refusal) -> None:
    run(*REGISTER)

    refused = refusal(*REGISTER)

    assert str(refused) == ("`az_store` was not registered. You have one of this name already.")
    assert Store.objects.count() == 1


def test_an_account_that_differs_from_the_secrets_is_refused(
    refusal: Refusal, admin_user: User
) -> None:
    manager = SecretsManager.objects.built_in()
    secret = Secret.objects.create(name="az_secret", manager=manager, owner=admin_user)
    secret.replace({"connection_string": CONNECTION})

    refused = refusal(
        *REGISTER,
        "--authentication_secret=az_secret",
        "--account_url=https://other.blob.core.windows.net",
    )

    assert "Your address names account `other`, the connection string names `acme`." in str(
        refused
    )
    assert KEY not in str(refused)


def test_a_list_shows_what_the_person_sees(
    run: Run, run_json: Callable[..., Any], person: User, stranger: User
) -> None:
    run(*REGISTER, "--as", "bea")

    assert run("artifact-store", "list", "--as=bea").splitlines() == [
        "NAME      FLAVOR  PATH                 AUTHENTICATION SECRET  STATE  STACKS  OWNER",
        "az_store  azure   az://container-name  -                      never  -       bea",
    ]
    assert run_json("artifact-store", "list", "--as=carl") == []
    assert run_json("artifact-store", "list")[0]["owner"] == "bea"


def test_nobody_learns_of_a_strangers_store(
    run: Run, refusal: Refusal, person: User, stranger: User
) -> None:
    run(*REGISTER, "--as=bea")

    refused = refusal("artifact-store", "describe", "az_store", "--as=carl")

    assert str(refused) == "There is no artifact store `az_store`."


def test_describe_without_a_name_shows_the_active_stacks_store(
    run_json: Callable[..., Any], admin_user: User
) -> None:
    ensure_defaults(admin_user)

    described = run_json("artifact-store", "describe")

    assert (described["name"], described["stacks"]) == ("default", ["default"])
    assert (described["state"], described["secret_state"]) == ("never", "")


def test_a_store_that_signs_in_as_the_workers_is_registered_with_its_settings(run: Run) -> None:
    printed = run(
        *REGISTER,
        "--sign_in=managed_identity",
        "--account_url=https://acct.blob.core.windows.net",
        "--client_id=55555555-6666-7777-8888-999999999999",
        "--allow_implicit",
    )

    assert printed.splitlines() == [
        "Registered artifact store `az_store`: az://container-name.",
        "It signs in as whatever the workers run as: Managed identity.",
        "It is used only once the operator allows that (STOREROOM_ALLOW_IMPLICIT=true); it can"
        " also be registered with --authentication_secret.",
    ]
    store = Store.objects.get()
    assert (store.sign_in, store.allow_implicit) == ("managed_identity", True)
    assert store.configuration["client_id"] == "55555555-6666-7777-8888-999999999999"


def test_s29_only_a_superuser_may_allow_it(refusal: Refusal, person: User) -> None:
    assert str(refusal(*REGISTER, "--allow_implicit", "--as=bea")) == (
        "Only a superuser may allow a store to sign in implicitly."
    )


def test_describe_without_a_name_and_a_stack_is_refused(refusal: Refusal) -> None:
    assert str(refusal("artifact-store", "describe")) == (
        "There is no active stack; `stack set NAME` chooses one."
    )


def test_a_check_shows_the_steps_of_the_worker(
    run: Run, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("artifact-store", "register", "here", "-f", "local", f"--path={folder}")
    monkeypatch.setattr(under_test.time, "sleep", lambda seconds: _work())

    lines = run("artifact-store", "check", "here").splitlines()

    assert [line.split()[0] for line in lines[:10]] == ["ok"] * 7 + ["skipped"] * 3
    assert lines[10:16] == [
        "What it may do:",
        "  List         proven",
        "  Read         not tried",
        "  Write new    not tried",
        "  Overwrite    not tried",
        "  Delete       not tried",
    ]
    assert lines[-1] == "`here` is healthy. Proven: list."


def test_describe_and_json_say_what_the_page_says_of_the_last_check(
    run: Run, run_json: Callable[..., Any], folder: str, admin_user: User
) -> None:
    run("artifact-store", "register", "here", "-f", "local", f"--path={folder}")
    make_check(Store.objects.get(name="here"))

    described = run("artifact-store", "describe", "here")
    last = run_json("artifact-store", "describe", "here")["last_check"]

    assert "        $ az storage blob show --name 'model.bin'" in described.splitlines()
    assert "  Write new    refused (AuthorizationFailure)" in described.splitlines()
    assert (last["signed_in_as"], last["answered_from"]) == (
        "Signs in with an account key",
        "10.4.1.9",
    )
    assert [row["mark"] for row in last["permissions"]] == [
        "proven",
        "proven",
        "refused",
        "untried",
        "untried",
    ]
    assert last["permissions"][2]["command"] == "az storage blob show --name 'model.bin'"
    assert (last["worked_until"], last["changed_since"]) == (None, [])


def test_a_failing_store_ends_in_exit_status_1_after_its_json(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*REGISTER)
    monkeypatch.setattr(under_test.time, "sleep", lambda seconds: _work())
    printed = io.StringIO()

    with pytest.raises(CommandError) as error:
        call_command("artifact-store", "check", "az_store", "--output=json", stdout=printed)

    assert error.value.returncode == 1
    assert str(error.value).startswith("`az_store` is failing. “Settings” failed:")
    facts = json.loads(printed.getvalue())
    assert (facts["verdict"], facts["steps"][0]["category"]) == ("failing", "settings")


def test_a_check_that_nobody_waits_for_is_only_queued(run: Run, run_json: Any) -> None:
    run(*REGISTER)

    assert run("artifact-store", "check", "az_store", "--no-wait") == (
        f"Queued check {Check.objects.get().pk} of `az_store`.\n"
    )
    assert run_json("artifact-store", "check", "az_store", "--no-wait")["status"] == "queued"
    assert Check.objects.count() == 1


def test_a_check_that_no_worker_takes_says_so(
    run: Run, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*REGISTER)
    monkeypatch.setattr(under_test, "PATIENCE", timedelta(0))

    refused = refusal("artifact-store", "check", "az_store")

    assert "No worker took check" in str(refused)
    assert "`./manage.py up` starts one; the check waits for it." in str(refused)


def test_a_check_that_broke_off_says_so(
    run: Run, refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*REGISTER)
    broken = {"status": Check.Status.FAILED, "error": "Internal error."}
    monkeypatch.setattr(under_test.time, "sleep", lambda seconds: Check.objects.update(**broken))

    refused = refusal("artifact-store", "check", "az_store")

    assert str(refused).endswith("broke off. Internal error.")


def test_deleting_asks_and_without_a_terminal_refuses(run: Run, refusal: Refusal) -> None:
    run(*REGISTER)

    refused = refusal("artifact-store", "delete", "az_store")

    assert str(refused) == "This asks first, and nobody is there: give --yes."
    assert Store.objects.exists()


def test_a_deleted_store_leaves_a_line_in_the_audit(run: Run, admin_user: User) -> None:
    run(*REGISTER)

    printed = run("artifact-store", "delete", "az_store", "-y")

    assert printed == "Deleted artifact store `az_store`. Its artifacts stay where they are.\n"
    assert not Store.objects.exists()
    assert list(
        AuditEntry.objects.filter(kind="store").values_list("actor_name", "action", "thing_name")
    ) == [("ada", "deleted", "az_store"), ("ada", "added", "az_store")]


def test_a_store_in_a_stack_is_not_deleted(run: Run, refusal: Refusal) -> None:
    run(*REGISTER)
    run("stack", "register", "custom_stack", "-a", "az_store")

    refused = refusal("artifact-store", "delete", "az_store", "-y")

    assert str(refused) == ("`az_store` cannot be deleted: the stack `custom_stack` uses it.")


def test_stacks_of_other_people_are_counted_and_not_named(
    run: Run, refusal: Refusal, person: User
) -> None:
    run(*REGISTER, "--as=bea")
    run("stack", "register", "hers", "-a", "az_store", "--as=bea")
    run("stack", "register", "private", "-a", "az_store")

    refused = refusal("artifact-store", "delete", "az_store", "-y", "--as=bea")

    assert str(refused) == (
        "`az_store` cannot be deleted: the stack `hers` and a stack of other people use it."
    )


def test_only_an_exact_name_is_found(run: Run, refusal: Refusal) -> None:
    run(*REGISTER)

    refused = refusal("artifact-store", "delete", "az_stor", "-y")

    assert str(refused) == "There is no artifact store `az_stor`. Did you mean `az_store`?"


def _work() -> None:
    """What a worker does."""
    for check in Check.objects.open():
        runs.run_check(check.pk)
