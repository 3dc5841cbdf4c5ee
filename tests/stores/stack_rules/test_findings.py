"""What the rules find wrong with a stack."""

from __future__ import annotations

import shutil
from collections import namedtuple
from typing import Any

import pytest
from django.contrib.auth.models import User

from project.access import Role, Team
from secrets_app.models import Secret, SecretsManager
from stores.models import Component, Stack, Store
from stores.stack_rules import findings

pytestmark = pytest.mark.django_db

KEY = "a2V5" * 22
Disk = namedtuple("Disk", "total used free")
LOSES = (
    "loses",
    "You lose: showing and deleting artifacts from a ZenML server; implicit sign-in is off there"
    " by default.",
)


def component(owner: User, kind: str, flavor: str) -> Component:
    return Component.objects.create(name=f"my_{flavor}", owner=owner, type=kind, flavor=flavor)


def change_store(stack: Stack, **fields: Any) -> None:
    Store.objects.filter(pk=stack.store_id).update(**fields)
    stack.store.refresh_from_db()


def keep_in_folder(stack: Stack) -> None:
    """The same stack over a folder, on the person's own machine."""
    change_store(
        stack,
        flavor="local",
        path="/nowhere/artifacts",
        sign_in="none",
        authentication_secret="",
    )
    stack.components.update(runs_on="this_machine")


def found(stack: Stack) -> list[tuple[str, str]]:
    return [(finding.level, finding.words) for finding in findings(stack)]


def test_nothing_is_wrong_with_a_stack_that_is_right(stack: Stack) -> None:
    assert found(stack) == []


def test_a_store_that_cannot_be_opened_is_said(stack: Stack) -> None:
    change_store(stack, flavor="minio", state="never")

    assert found(stack) == [
        (
            "warning",
            "Storeroom cannot open the flavor `minio`; it is kept for stacks and export.",
        )
    ]


def test_a_remote_component_does_not_see_implicit_sign_in(stack: Stack) -> None:
    change_store(stack, sign_in="implicit", authentication_secret="")

    assert found(stack) == [
        (
            "problem",
            "my_kubeflow (orchestrator, kubeflow) runs elsewhere and cannot see this machine's"
            " variables, but az_store uses implicit sign-in. Nobody said where it runs; kubeflow"
            " usually runs in a Kubernetes that is not AKS.",
        ),
        LOSES,
    ]
    problem = next(findings(stack))
    assert problem.id == f"implicit-out-of-reach:component:{problem.about.pk}"
    assert problem.action == (
        "Name a secret in the store, such as a service principal, or run the component in AKS with"
        " a managed identity."
    )


@pytest.mark.parametrize(
    ("sign_in", "label"),
    [
        ("managed_identity", "Managed identity"),
        ("workload_identity", "Workload identity in AKS"),
        ("azure_cli", "Azure CLI on a developer's machine"),
    ],
)
def test_a_remote_component_is_not_who_the_workers_are(
    stack: Stack, sign_in: str, label: str
) -> None:
    change_store(stack, sign_in=sign_in, authentication_secret="")

    assert found(stack) == [
        (
            "warning",
            "my_kubeflow (orchestrator, kubeflow) runs elsewhere and signs in as itself, but"
            f" az_store signs in as whatever Storeroom's workers run as ({label}). Nobody said"
            " where it runs; kubeflow usually runs in a Kubernetes that is not AKS.",
        ),
        LOSES,
    ]


def test_a_remote_component_does_not_reach_a_folder(stack: Stack) -> None:
    change_store(stack, flavor="local", path="/srv", sign_in="none", authentication_secret="")

    assert found(stack) == [
        (
            "problem",
            "my_kubeflow (orchestrator, kubeflow) runs elsewhere and cannot reach az_store, a"
            " folder of this server. Nobody said where it runs; kubeflow usually runs in a"
            " Kubernetes that is not AKS.",
        )
    ]


@pytest.mark.parametrize(
    ("kind", "flavor", "number"),
    [
        ("step_operator", "azureml", 1),
        ("model_deployer", "seldon", 1),
        ("model_deployer", "mlflow", 0),
        ("step_operator", "local", 0),
        ("experiment_tracker", "wandb", 0),
        ("container_registry", "azure", 0),
    ],
)
def test_what_runs_elsewhere_and_needs_the_store_is_looked_at(
    kind: str, flavor: str, number: int, stack: Stack
) -> None:
    change_store(stack, sign_in="implicit", authentication_secret="")
    stack.components.set(
        [
            component(stack.owner, kind, flavor),
            component(stack.owner, "orchestrator", "local_docker"),
        ]
    )

    assert len([level for level, _ in found(stack) if level == "problem"]) == number


def test_a_secret_without_a_manager_is_not_found_by_zenml(stack: Stack) -> None:
    stack.secrets_manager = None

    assert found(stack) == [
        (
            "problem",
            "az_store names the secret az_secret, but this stack has no secrets manager. ZenML"
            " will not find it.",
        )
    ]


def test_a_secret_that_is_missing_is_said(stack: Stack) -> None:
    Secret.objects.all().delete()

    assert found(stack) == [("problem", "There is no secret az_secret.")]


def test_somebody_elses_secret_of_that_name_is_not_it(stack: Stack, stranger: User) -> None:
    Secret.objects.update(owner=stranger)

    assert found(stack) == [("problem", "There is no secret az_secret.")]


def test_s04_a_secret_of_another_key_is_said(stack: Stack, settings: Any) -> None:
    settings.FERNET_KEYS = ["c3RvcmVyb29tIHRlc3RzOiBub3QgdXNlZCBhbnl3aC4="]

    ((level, words),) = found(stack)

    assert level == "problem"
    assert words.startswith("az_secret cannot be decrypted with the loaded keys (sealed with key")


def test_an_orchestrator_is_required(stack: Stack) -> None:
    stack.components.clear()

    assert found(stack) == [("problem", "No orchestrator chosen. Required.")]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("failing", "The store's last check failed: “Connect” failed."),
        ("never", "The store was never checked."),
    ],
)
def test_a_store_that_is_not_proven_is_a_warning(state: str, words: str, stack: Stack) -> None:
    change_store(stack, state=state, state_words="“Connect” failed.")

    assert found(stack) == [("warning", words)]


def test_problems_come_before_warnings(stack: Stack) -> None:
    change_store(stack, state="never")
    stack.components.clear()

    assert [level for level, _ in found(stack)] == ["problem", "warning"]


@pytest.mark.parametrize(
    ("runs_on", "words"),
    [
        ("azureml", "in Azure Machine Learning"),
        ("kubernetes", "in a Kubernetes that is not AKS"),
        ("cloud", "in another cloud"),
    ],
)
def test_where_a_component_runs_is_said_where_somebody_said_it(
    runs_on: str, words: str, stack: Stack
) -> None:
    change_store(stack, sign_in="implicit", authentication_secret="")
    stack.components.update(runs_on=runs_on)

    problem = next(findings(stack))

    assert problem.words == (
        f"my_kubeflow (orchestrator, kubeflow) runs {words} and cannot see this machine's"
        " variables, but az_store uses implicit sign-in."
    )


def test_a_flavor_that_nobody_knows_is_taken_for_running_elsewhere(stack: Stack) -> None:
    change_store(stack, sign_in="implicit", authentication_secret="")
    stack.components.set([component(stack.owner, "orchestrator", "prefect")])

    assert found(stack)[0][1].endswith("Where my_prefect runs, nobody said.")


def test_in_aks_a_managed_identity_is_needed_and_not_proven(stack: Stack) -> None:
    change_store(stack, sign_in="implicit", authentication_secret="")
    stack.components.update(runs_on="aks", identity="aks-train")

    warning = next(findings(stack))

    assert (warning.rule, warning.level) == ("aks-identity-unproven", "warning")
    assert warning.words == (
        "my_kubeflow (orchestrator, kubeflow) runs in Azure Kubernetes Service and can use a"
        " managed identity, which az_store needs there. Not proven yet. It is said to run as"
        " `aks-train`."
    )
    assert [line.split(" --")[0] for line in warning.commands.splitlines()] == [
        "az aks update",
        "az identity create",
        "az identity federated-credential create",
        "az role assignment create",
    ]
    assert warning.commands.endswith("/blobServices/default/containers/ml")


def test_the_secrets_that_the_person_may_use_are_offered(stack: Stack, stranger: User) -> None:
    change_store(stack, sign_in="implicit", authentication_secret="")
    secret = Secret.objects.get()
    manager = SecretsManager.objects.built_in()
    Secret.objects.create(name="empty", owner=stack.owner, manager=manager)

    mine, theirs, nobodys = (
        next(findings(stack, user)).mends for user in (stack.owner, stranger, None)
    )

    assert [(mend.slug, mend.words) for mend in mine] == [
        (f"use-secret-{secret.pk}", "Use secret az_secret")
    ]
    assert theirs == nobodys == ()


def test_a_secret_without_a_manager_is_mended_by_the_one_that_keeps_it(stack: Stack) -> None:
    stack.secrets_manager = None

    problem = next(findings(stack, stack.owner))

    assert [mend.words for mend in problem.mends] == ["Add secrets manager local"]


def test_a_secret_in_another_manager_is_not_found_by_zenml(stack: Stack) -> None:
    stack.secrets_manager = SecretsManager.objects.create(name="other", owner=stack.owner)

    assert found(stack) == [
        (
            "warning",
            "az_secret is kept in local, but this stack's secrets manager is other. ZenML looks"
            " for it there.",
        )
    ]


def test_the_manager_that_keeps_the_secret_takes_the_place_of_another(stack: Stack) -> None:
    stack.secrets_manager = SecretsManager.objects.create(name="other", owner=stack.owner)

    warning = next(findings(stack, stack.owner))

    assert [mend.words for mend in warning.mends] == ["Use secrets manager local"]


def test_a_similar_secret_is_named_to_who_may_use_it(
    stack: Stack, team: Team, stranger: User
) -> None:
    team.admit(stranger, Role.VIEWER)
    Secret.objects.update(name="az-secret")

    for part in (stack, *stack.parts()):
        part.share(team, Role.VIEWER)

    mine, theirs = (next(findings(stack, user)) for user in (stack.owner, stranger))

    assert mine.words == "There is no secret az_secret. Similar: `az-secret`."
    assert [mend.words for mend in mine.mends] == [
        "Use secret az-secret",
        "Create az_secret",
    ]
    assert theirs.words == "There is no secret az_secret."


def test_w21_who_does_not_see_every_part_learns_that_alone(
    stack: Stack, team: Team, stranger: User
) -> None:
    Secret.objects.all().delete()
    team.admit(stranger, Role.EDITOR)
    stack.share(team, Role.EDITOR)
    stack.components.first().share(team, Role.EDITOR)

    (said,) = findings(stack, stranger)

    assert said.words == (
        "1 of its parts is not shared with you, so what is wrong with the stack is not shown."
    )


def test_a_secret_whose_shape_does_not_fit_is_said(stack: Stack) -> None:
    Secret.objects.get().replace(
        {"account_key": KEY}, clear=frozenset({"account_name", "account_key"})
    )

    ((level, words),) = found(stack)

    assert level == "problem"
    assert words.startswith("az_secret does not fit az_store: ")
    assert KEY not in words


def test_a_folder_does_not_suffice_for_a_shared_stack(stack: Stack, team: Team) -> None:
    keep_in_folder(stack)
    stack.share(team, Role.VIEWER)

    assert found(stack) == [
        (
            "warning",
            "This stack is shared, but az_store is a folder of this server: the others do not"
            " reach its artifacts from their machines.",
        )
    ]


def test_a_folder_does_not_suffice_for_production(stack: Stack) -> None:
    keep_in_folder(stack)
    stack.production = True

    assert found(stack) == [
        (
            "warning",
            "This stack is marked production, but az_store is a folder of this server: production"
            " takes storage that outlives one machine and grows.",
        )
    ]


@pytest.mark.parametrize(("free", "number"), [(4, 1), (5, 0), (60, 0)])
def test_a_folder_on_a_disk_with_little_space_left_is_outgrown(
    free: int, number: int, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_in_folder(stack)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(100, 100 - free, free))

    words = [words for _, words in found(stack)]

    assert words == ["4% of the disk beneath az_store is free."] * number


def test_two_parts_in_one_folder_are_in_each_others_way(stack: Stack) -> None:
    keep_in_folder(stack)
    tracker = component(stack.owner, "experiment_tracker", "mlflow")
    tracker.configuration = {"tracking_uri": "file:///nowhere/artifacts/runs"}
    tracker.save()
    stack.components.add(tracker)

    assert found(stack) == [
        (
            "warning",
            "az_store and my_mlflow keep their data in one folder: `/nowhere/artifacts/runs`. One"
            " could overwrite or delete what the other keeps.",
        )
    ]


def test_folders_side_by_side_are_not(stack: Stack) -> None:
    keep_in_folder(stack)
    tracker = component(stack.owner, "experiment_tracker", "mlflow")
    tracker.configuration = {"tracking_uri": "file:///nowhere/artifacts-of-mlflow"}
    tracker.save()
    stack.components.add(tracker)

    assert found(stack) == []


def test_a_name_with_which_another_begins_is_said(stack: Stack, stranger: User) -> None:
    for owner, kind, name in (
        (stack.owner, "orchestrator", "my_kubeflow_prod"),
        (stack.owner, "step_operator", "my_kubeflow2"),
        (stranger, "orchestrator", "my_kubeflow_of_carl"),
    ):
        Component.objects.create(name=name, owner=owner, type=kind, flavor="kubeflow")

    assert found(stack) == [
        (
            "warning",
            "my_kubeflow is also how another name of the same kind begins. ZenML, which takes the"
            " beginning of a name for the name, could bind that one where my_kubeflow is not"
            " registered.",
        )
    ]


def test_names_of_another_kind_or_another_person_do_not_matter(
    stack: Stack, stranger: User
) -> None:
    component(stranger, "orchestrator", "kubeflow_prod")
    component(stack.owner, "step_operator", "kubeflow_prod")

    assert found(stack) == []


def test_a_degraded_store_is_a_warning(stack: Stack) -> None:
    change_store(stack, state="degraded", state_words="“Write” failed.")

    assert found(stack) == [
        ("warning", "The store's last check did not show all: “Write” failed.")
    ]


def test_the_first_three_secrets_that_are_complete_are_offered(stack: Stack, person: User) -> None:
    manager = SecretsManager.objects.built_in()
    for number in range(25):
        Secret.objects.create(name=f"empty-{number:02}", owner=person, manager=manager)
    for name in ("full-1", "full-2", "full-3", "full-4"):
        secret = Secret.objects.create(name=name, owner=person, manager=manager)
        secret.replace({"account_name": "mlacct", "account_key": KEY})
    other = Secret.objects.create(name="aws", owner=person, manager=manager, schema="aws")
    other.replace({"aws_access_key_id": "A" * 20, "aws_secret_access_key": "b" * 40})
    Secret.objects.filter(name="az_secret").delete()
    change_store(stack, sign_in="implicit", authentication_secret="")

    problem = next(findings(stack, person))

    assert [mend.words for mend in problem.mends] == [
        "Use secret full-1",
        "Use secret full-2",
        "Use secret full-3",
    ]
