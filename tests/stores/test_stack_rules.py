"""What the rules find wrong with a stack."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from secrets_app.models import Secret, SecretsManager
from stores.models import Component, Stack, Store
from stores.stack_rules import Finding, findings

pytestmark = pytest.mark.django_db


@pytest.fixture
def stack(person: User) -> Stack:
    """A stack in which nothing is wrong."""
    manager = SecretsManager.objects.built_in()
    secret = Secret.objects.create(name="az_secret", owner=person, manager=manager)
    secret.replace({"account_name": "acct"})
    store = Store.objects.create(
        name="az_store",
        owner=person,
        flavor="azure",
        path="az://ml",
        sign_in="from_secret",
        authentication_secret="az_secret",
        state="healthy",
    )
    stack = Stack.objects.create(name="train", owner=person, store=store, secrets_manager=manager)
    stack.components.add(component(person, "orchestrator", "kubeflow"))
    return stack


def component(owner: User, kind: str, flavor: str) -> Component:
    return Component.objects.create(name=f"my_{flavor}", owner=owner, type=kind, flavor=flavor)


def change_store(stack: Stack, **fields: Any) -> None:
    Store.objects.filter(pk=stack.store_id).update(**fields)
    stack.store.refresh_from_db()


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

    assert list(findings(stack)) == [
        Finding(
            "problem",
            "my_kubeflow",
            "my_kubeflow (orchestrator, kubeflow) runs elsewhere and cannot see this machine's"
            " variables, but az_store uses implicit sign-in.",
            "Name a secret in the store, or run the component in AKS with a managed identity.",
        )
    ]


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

    assert list(findings(stack)) == [
        Finding(
            "warning",
            "my_kubeflow",
            "my_kubeflow (orchestrator, kubeflow) runs elsewhere and signs in as itself, but"
            f" az_store signs in as whatever Storeroom's workers run as ({label}).",
            "Give the component an identity with the same rights, or name a secret in the store.",
        )
    ]


def test_a_remote_component_does_not_reach_a_folder(stack: Stack) -> None:
    change_store(stack, flavor="local", path="/srv", sign_in="none", authentication_secret="")

    assert found(stack) == [
        (
            "problem",
            "my_kubeflow (orchestrator, kubeflow) runs elsewhere and cannot reach az_store, a"
            " folder of this server.",
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

    assert len(found(stack)) == number


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
