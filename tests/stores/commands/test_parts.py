"""What the commands of all parts do alike: stores, secrets managers, and the other components."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from project.audit import AuditEntry
from secrets_app.models import SecretsManager
from stores.models import Component, Stack, Store

pytestmark = pytest.mark.django_db

Run = Callable[..., str]
Refusal = Callable[..., CommandError]
STORE = ("artifact-store", "register", "az_store", "-f", "azure", "--path=az://container-name")
VAULT = ("secrets-manager", "register", "kv", "--flavor=azure", "--key_vault_name=kv-one")
ALL = [
    "alerter", "annotator", "artifact-store", "container-registry", "data-validator", "deployer",
    "experiment-tracker", "feature-store", "image-builder", "log-store", "model-deployer",
    "model-registry", "orchestrator", "sandbox", "secrets-manager", "step-operator",
]  # fmt: skip


def changes() -> list[tuple[str, str, str, str]]:
    """The audit's lines but for those of registering, oldest first."""
    entries = AuditEntry.objects.exclude(action="added").order_by("pk")
    return list(entries.values_list("actor_name", "action", "thing_name", "words"))


@pytest.mark.parametrize("command", ALL)
def test_every_type_of_part_has_every_verb(
    run: Run, run_json: Callable[..., Any], command: str
) -> None:
    where = ["--path=az://container-name"] if command == "artifact-store" else []
    flavor = "local" if command == "secrets-manager" else "azure"
    run(command, "register", "one", "-f", flavor, *where)
    run(command, "update", "one", "--description=Ours")
    run(command, "rename", "one", "two")
    run(command, "copy", "two", "three")
    run(command, "remove-attribute", "three", "description")
    run(command, "delete", "two", "-y")

    listed = run_json(command, "list")
    described = run_json(command, "describe", "three")
    flavors = run_json(command, "flavor", "list")

    assert [each["name"] for each in listed] == ["three"]
    assert (described["flavor"], described["description"]) == (flavor, "")
    assert flavors[0]["name"]


def test_an_update_changes_what_is_named_and_keeps_the_rest(
    run: Run, run_json: Callable[..., Any]
) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow", "--context=aks", "--ui=8080")

    printed = run("orchestrator", "update", "kf", "--context=aks-2", "--timeout=30")

    assert printed == "Changed orchestrator `kf`: context, timeout.\n"
    assert run_json("orchestrator", "describe", "kf")["configuration"] == {
        "context": "aks-2",
        "ui": "8080",
        "timeout": "30",
    }
    assert changes() == [("ada", "changed", "kf (orchestrator, kubeflow)", "context, timeout")]


def test_a_component_says_where_it_runs_and_as_whom(
    run: Run, run_json: Callable[..., Any], refusal: Refusal
) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow", "--runs_on=aks", "--identity=train")
    registered = run_json("orchestrator", "describe", "kf")
    run("orchestrator", "update", "kf", "--runs-on=azureml")
    run("orchestrator", "remove-attribute", "kf", "identity")

    changed = run_json("orchestrator", "describe", "kf")
    assert (registered["runs_on"], registered["identity"]) == ("aks", "train")
    assert (changed["runs_on"], changed["identity"]) == ("azureml", "")
    assert str(refusal("orchestrator", "update", "kf", "--runs_on=moon")) == (
        "`kf` was not changed. Where it runs: Select a valid choice. moon is not one of the"
        " available choices. Choices: unknown, this_machine, this_server, aks, azureml,"
        " kubernetes, cloud."
    )


def test_an_update_that_changes_nothing_leaves_no_line_in_the_audit(run: Run) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow", "--ui=8080")

    assert run("orchestrator", "update", "kf", "--ui=8080") == "`kf` is like that already.\n"
    assert changes() == []


def test_a_setting_may_come_from_a_file_as_in_zenml(
    run: Run, run_json: Callable[..., Any], refusal: Refusal, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("one\ntwo\n")
    file, missing = f"--config=@{tmp_path}/config", f"--config=@{tmp_path}/none"

    run("orchestrator", "register", "kf", "-f", "kubeflow", file, "--at=@@team", "--dash=-")
    run("orchestrator", "update", "kf", f"--more=@{tmp_path}/config")

    assert run_json("orchestrator", "describe", "kf")["configuration"] == {
        "config": "one\ntwo",
        "at": "@team",
        "dash": "-",
        "more": "one\ntwo",
    }
    assert str(refusal("orchestrator", "update", "kf", missing)) == (
        "--config: its file cannot be read (No such file or directory). A value that begins with @"
        " is written @@."
    )


def test_a_name_is_no_setting(refusal: Refusal) -> None:
    refused = refusal("orchestrator", "register", "kf", "-f", "kubeflow", "--name=other")

    assert str(refused) == "--name is no setting. A name stands alone: `register NAME`."
    assert refused.returncode == 2


def test_the_name_that_a_part_has_leaves_no_line_in_the_audit(run: Run) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow")

    assert run("orchestrator", "rename", "kf", "kf") == "`kf` is called that already.\n"
    assert changes() == []


def test_an_attribute_that_looks_like_a_value_is_not_repeated(run: Run, refusal: Refusal) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow")

    refused = refusal("orchestrator", "remove-attribute", "kf", "k/y+")

    assert str(refused) == "`kf` has no setting of this name."


def test_an_update_without_anything_is_a_wrong_call(refusal: Refusal) -> None:
    refused = refusal("orchestrator", "update", "kf")

    assert str(refused) == "There is nothing to change: give --NAME=VALUE."
    assert refused.returncode == 2


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--name=new", "--name cannot be changed here. `rename` gives it another name."),
        (
            "--flavor=local",
            "--flavor cannot be changed here. A flavor stays as it is; register another one.",
        ),
    ],
)
def test_name_and_flavor_are_no_settings(
    run: Run, refusal: Refusal, option: str, words: str
) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow")

    assert str(refusal("orchestrator", "update", "kf", option)) == words


def test_attributes_are_removed_by_name_or_as_an_option(run: Run) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow", "--a=1", "--b_c=2", "--d=3")

    printed = run("orchestrator", "remove-attribute", "kf", "a", "--b-c")

    assert printed == "Changed orchestrator `kf`: a, b_c.\n"
    assert Component.objects.get(name="kf").configuration == {"d": "3"}


def test_an_attribute_that_is_not_there_is_refused_with_a_guess(
    run: Run, refusal: Refusal
) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow", "--context=aks", "--ui=8080")

    refused = refusal("orchestrator", "remove-attribute", "kf", "ui", "contxt")

    assert str(refused) == "`kf` has no setting --contxt; did you mean context?"
    assert Component.objects.get(name="kf").configuration == {"context": "aks", "ui": "8080"}


def test_a_stores_address_is_checked_as_on_its_page(run: Run, refusal: Refusal) -> None:
    run(*STORE)

    refused = refusal("artifact-store", "update", "az_store", "--path=az://Container")

    assert str(refused).startswith("`az_store` was not changed. Address: Container names have")
    assert Store.objects.get().path == "az://container-name"


def test_what_was_proven_of_a_store_says_nothing_of_its_new_settings(run: Run) -> None:
    run(*STORE)
    Store.objects.update(state="healthy", state_words="Proven: list.")

    run("artifact-store", "update", "az_store", "--account_url=http://127.0.0.1:10000/acme")

    store = Store.objects.get()
    assert (store.state, store.state_words) == ("never", "")
    assert store.configuration == {"account_url": "http://127.0.0.1:10000/acme"}


def test_naming_a_secret_or_none_is_another_way_to_sign_in(run: Run) -> None:
    run(*STORE)

    named = run("artifact-store", "update", "az_store", "--authentication_secret=az_secret")
    way = Store.objects.get().sign_in
    run("artifact-store", "remove-attribute", "az_store", "authentication_secret")

    assert named.splitlines() == [
        "Changed artifact store `az_store`: authentication_secret, sign_in.",
        "The secret `az_secret` is not there yet; the store uses it as soon as it is.",
    ]
    assert way == "from_secret"
    assert (Store.objects.get().sign_in, Store.objects.get().authentication_secret) == (
        "implicit",
        "",
    )


def test_a_box_is_ticked_by_true_or_false(run: Run, refusal: Refusal) -> None:
    run(*STORE)

    run("artifact-store", "update", "az_store", "--allow_probes=true")
    ticked = Store.objects.get().allow_probes
    run("artifact-store", "update", "az_store", "--allow_probes=false")

    assert ticked is True
    assert Store.objects.get().allow_probes is False
    assert str(refusal("artifact-store", "update", "az_store", "--allow_probes=maybe")) == (
        "--allow_probes is true or false."
    )


def test_s29_what_a_superuser_allowed_is_taken_back_by_anybody_elses_update(
    run: Run, refusal: Refusal, person: User
) -> None:
    run(*STORE, "--as=bea")
    run("artifact-store", "update", "az_store", "--allow_implicit=true")

    printed = run(
        "artifact-store", "update", "az_store", "--account_url=https://a.example", "--as=bea"
    )

    assert printed.splitlines()[0] == (
        "Changed artifact store `az_store`: allow_implicit, account_url."
    )
    assert str(
        refusal("artifact-store", "update", "az_store", "--allow_implicit=true", "--as=bea")
    ) == ("Only a superuser may allow a store to sign in implicitly.")


def test_s29_a_copy_is_not_allowed_what_its_source_was(run: Run, person: User) -> None:
    run(*STORE, "--as=bea")
    run("artifact-store", "update", "az_store", "--allow_implicit=true")

    run("artifact-store", "copy", "az_store", "second", "--as=bea")

    assert Store.objects.get(name="second").allow_implicit is False


def test_a_setting_that_the_flavor_does_not_have_is_refused(run: Run, refusal: Refusal) -> None:
    run(*STORE)

    assert str(refusal("artifact-store", "update", "az_store", "--acount_url=x")) == (
        "There is no option --acount_url; did you mean --account_url?"
    )
    assert str(refusal("artifact-store", "update", "az_store", "--region=x")) == (
        "--region is no setting of the flavor `azure`."
    )


def test_a_store_of_another_flavor_keeps_any_setting(run: Run) -> None:
    run("artifact-store", "register", "b2", "-f", "b2", "--path=b2://bucket", "--zone=eu")

    run("artifact-store", "update", "b2", "--zone=us", "--tier=cold")
    run("artifact-store", "remove-attribute", "b2", "tier")

    assert Store.objects.get().configuration == {"zone": "us"}


def test_a_vault_is_changed_and_copied_with_its_settings(run: Run) -> None:
    run(*VAULT)

    run("secrets-manager", "copy", "kv", "second")
    printed = run("secrets-manager", "update", "second", "--key_vault_name=kv-two")

    assert printed == "Changed secrets manager `second`: key_vault_name.\n"
    configurations = SecretsManager.objects.filter(flavor="azure").order_by("name")
    assert [manager.configuration["key_vault_name"] for manager in configurations] == [
        "kv-one",
        "kv-two",
    ]


def test_a_renamed_part_stays_in_its_stacks(run: Run, run_json: Callable[..., Any]) -> None:
    run(*STORE)
    run("stack", "register", "one", "-a", "az_store")

    printed = run("artifact-store", "rename", "az_store", "models")

    assert printed == "Renamed artifact store `az_store` to `models`.\n"
    assert run_json("stack", "describe", "one")["artifact_store"] == "models"
    assert changes() == [("ada", "renamed", "models", "from az_store")]


def test_a_name_that_is_taken_or_could_not_be_written_is_refused(
    run: Run, refusal: Refusal
) -> None:
    run("orchestrator", "register", "one", "-f", "kubeflow")
    run("orchestrator", "register", "two", "-f", "kubeflow")

    assert str(refusal("orchestrator", "rename", "one", "two")) == (
        "`one` was not renamed. You have one of this name already."
    )
    assert str(refusal("orchestrator", "copy", "one", "two")) == (
        "`two` was not registered. You have one of this name already."
    )
    assert "A name has no slash" in str(refusal("orchestrator", "rename", "one", "a/b"))


def test_a_copy_is_like_its_source_and_belongs_to_who_copies(
    run: Run, run_json: Callable[..., Any], person: User
) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow", "--ui=8080", "--as=bea")

    printed = run("orchestrator", "copy", "kf", "second")

    assert printed == "Registered orchestrator `second`, a copy of `kf`.\n"
    described = run_json("orchestrator", "describe", "second")
    assert (described["configuration"], described["owner"]) == ({"ui": "8080"}, "ada")
    assert AuditEntry.objects.get(thing_name__startswith="second").words == "a copy of kf"


def test_get_says_what_the_active_stack_has(
    run: Run, run_json: Callable[..., Any], refusal: Refusal
) -> None:
    run(*STORE)
    run("alerter", "register", "slack", "-f", "slack")
    run("alerter", "register", "mail", "-f", "custom")
    run("stack", "register", "one", "-a", "az_store", "-al", "slack", "-al", "mail", "--set")

    assert run("artifact-store", "get") == "The active stack's artifact store is `az_store`.\n"
    assert run_json("orchestrator", "get") == {"names": ["default"]}
    assert run("alerter", "get").splitlines() == [
        "The active stack's alerter is `mail`.",
        "The active stack's alerter is `slack`.",
    ]
    assert str(refusal("secrets-manager", "get")) == (
        "The active stack `one` has no secrets manager."
    )


def test_without_a_name_the_active_stacks_part_is_meant(
    run: Run, run_json: Callable[..., Any], refusal: Refusal
) -> None:
    run(*STORE)
    run("orchestrator", "register", "kf", "-f", "kubeflow")
    run("alerter", "register", "slack", "-f", "slack")
    run("alerter", "register", "mail", "-f", "custom")
    run(
        *("stack", "register", "one", "-a", "az_store", "-o", "kf"),
        *("-al", "slack", "-al", "mail", "--set"),
    )

    run("orchestrator", "update", "--ui=8080")

    assert run_json("orchestrator", "describe")["configuration"] == {"ui": "8080"}
    assert str(refusal("alerter", "describe")) == (
        "The active stack has more than one alerter: `mail`, `slack`."
    )


@pytest.mark.parametrize(
    "words",
    [
        ("update", "default", "--ui=1"),
        ("rename", "default", "mine"),
        ("remove-attribute", "default", "description"),
        ("delete", "default", "-y"),
    ],
)
def test_what_comes_with_the_installation_stays_as_it_is(
    refusal: Refusal, words: tuple[str, ...]
) -> None:
    Component.objects.default_orchestrator()

    refused = refusal("orchestrator", *words)

    assert str(refused) == "`default` comes with the installation and stays."
    assert Component.objects.get().description == "Runs pipelines on your own machine."


@pytest.mark.parametrize(
    "words",
    [
        ("update", "default", "--ui=1"),
        ("rename", "default", "mine"),
        ("copy", "default", "mine"),
        ("remove-attribute", "default", "description"),
    ],
)
def test_s31_who_only_sees_a_part_changes_nothing_and_is_audited(
    refusal: Refusal, stranger: User, words: tuple[str, ...]
) -> None:
    Component.objects.default_orchestrator()

    refused = refusal("orchestrator", *words, "--as=carl")

    assert str(refused).startswith("carl sees the orchestrator `default`, but lacks the role")
    assert [line[:2] for line in changes()] == [("carl", "refused")]


@pytest.mark.parametrize(
    "words",
    [
        ("describe", "az_store"),
        ("update", "az_store", "--description=x"),
        ("rename", "az_store", "x"),
        ("copy", "az_store", "x"),
        ("remove-attribute", "az_store", "description"),
        ("delete", "az_store", "-y"),
    ],
)
def test_a_strangers_part_is_not_there(
    run: Run, refusal: Refusal, stranger: User, words: tuple[str, ...]
) -> None:
    run(*STORE, "--description=Ours")

    refused = refusal("artifact-store", *words, "--as=carl")

    assert str(refused) == "There is no artifact store `az_store`."
    assert Store.objects.get().description == "Ours"


@pytest.mark.parametrize(
    "words",
    [
        ("describe", "azure"),
        ("update", "azure", "--a=1"),
        ("rename", "azure", "x"),
        ("copy", "azure", "x"),
        ("remove-attribute", "azure", "a"),
        ("delete", "azure"),
    ],
)
def test_no_verb_takes_a_prefix_of_a_name(
    run: Run, refusal: Refusal, words: tuple[str, ...]
) -> None:
    run("orchestrator", "register", "azure_prod", "-f", "kubeflow")

    assert str(refusal("orchestrator", *words)) == (
        "There is no orchestrator `azure`. Did you mean `azure_prod`?"
    )


def test_a_flavor_close_to_one_of_zenmls_is_kept_with_a_warning(run: Run) -> None:
    printed = run("orchestrator", "register", "kf", "-f", "kubeflw")

    assert printed.splitlines() == [
        "Registered orchestrator `kf`, flavor kubeflw.",
        "Warning: ZenML has no flavor `kubeflw`. Did you mean `kubeflow`?",
    ]


def test_the_flavors_of_stores_say_what_is_installed(run: Run) -> None:
    lines = run("artifact-store", "flavor", "list").splitlines()

    assert lines[0].split() == ["NAME", "LABEL", "INSTALLED", "SETTINGS"]
    assert [line.split()[0] for line in lines[1:]] == ["azure", "s3", "gcp", "local"]


def test_a_part_in_a_stack_of_somebody_else_is_not_deleted(
    run: Run, refusal: Refusal, admin_user: User, person: User
) -> None:
    run(*STORE, "--as=bea")
    Stack.objects.create(name="hers", owner=admin_user, store=Store.objects.get())

    refused = refusal("artifact-store", "delete", "az_store", "-y", "--as=bea")

    assert str(refused) == "`az_store` cannot be deleted: a stack of other people uses it."


def test_stacks_of_other_people_are_counted_where_there_are_several(
    run: Run, refusal: Refusal, admin_user: User, person: User
) -> None:
    run(*STORE, "--as=bea")
    for name in ("one", "two", "three"):
        Stack.objects.create(name=name, owner=admin_user, store=Store.objects.get())

    refused = refusal("artifact-store", "delete", "az_store", "-y", "--as=bea")

    assert str(refused) == "`az_store` cannot be deleted: 3 stacks of other people use it."
