"""The command `stack`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from stores.models import ActiveStack, Component, Stack, Store

pytestmark = [
    pytest.mark.django_db,
    # django-typer declares its own options in a way that typer has come to dislike.
]

Run = Callable[..., str]
Refusal = Callable[..., CommandError]


@pytest.fixture(autouse=True)
def store(run: Run) -> None:
    run("artifact-store", "register", "az_store", "-f", "azure", "--path=az://container-name")


def test_a_stack_without_an_orchestrator_gets_the_default_one(run: Run, admin_user: User) -> None:
    printed = run("stack", "register", "custom_stack", "-a", "az_store", "--set")

    assert printed.splitlines() == [
        "Registered stack `custom_stack`: artifact store `az_store`, orchestrator `default`.",
        "`custom_stack` is the active stack now.",
    ]
    assert ActiveStack.objects.get(user=admin_user).stack.name == "custom_stack"


def test_every_option_names_a_part_of_its_type(run: Run, run_json: Callable[..., Any]) -> None:
    run("secrets-manager", "register", "sm", "--flavor=local")
    commands = {
        "-o": "orchestrator", "-c": "container-registry", "-s": "step-operator",
        "-f": "feature-store", "-d": "model-deployer", "-e": "experiment-tracker",
        "-al": "alerter", "-an": "annotator", "-dv": "data-validator", "-i": "image-builder",
        "-r": "model-registry",
    }  # fmt: skip
    options = []
    for option, command in commands.items():
        run(command, "register", f"my-{command}", "-f", "local")
        options += [option, f"my-{command}"]

    run("stack", "register", "full", "-a", "az_store", "-x", "sm", *options)

    described = run_json("stack", "describe", "full")
    assert described["secrets_manager"] == "sm"
    assert described["components"] == {
        "orchestrator": "my-orchestrator",
        "container_registry": "my-container-registry",
        "step_operator": "my-step-operator",
        "feature_store": "my-feature-store",
        "model_deployer": "my-model-deployer",
        "experiment_tracker": "my-experiment-tracker",
        "alerter": "my-alerter",
        "annotator": "my-annotator",
        "data_validator": "my-data-validator",
        "image_builder": "my-image-builder",
        "model_registry": "my-model-registry",
    }


def test_components_are_found_by_exact_name_and_type(run: Run, refusal: Refusal) -> None:
    run("orchestrator", "register", "azure_prod", "-f", "kubeflow")

    assert str(refusal("stack", "register", "x", "-a", "az_store", "-o", "azure")) == (
        "There is no orchestrator `azure`. Did you mean `azure_prod`?"
    )
    assert str(refusal("stack", "register", "x", "-a", "az_store", "-s", "azure_prod")) == (
        "There is no step operator `azure_prod`."
    )
    assert not Stack.objects.exists()


def test_the_mistake_of_the_seeds_warning_is_named(run: Run) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow")

    printed = run("stack", "register", "custom_stack", "-a", "az_store", "-o", "kf")

    assert printed.splitlines()[1].startswith(
        "Problem: kf (orchestrator, kubeflow) runs elsewhere and cannot see this machine's"
    )


def test_a_store_of_somebody_else_cannot_be_used(refusal: Refusal, stranger: User) -> None:
    refused = refusal("stack", "register", "mine", "-a", "az_store", "--as=carl")

    assert str(refused) == "There is no artifact store `az_store`."


def test_a_second_stack_of_the_same_name_is_refused(run: Run, refusal: Refusal) -> None:
    run("stack", "register", "custom_stack", "-a", "az_store")

    refused = refusal("stack", "register", "custom_stack", "-a", "az_store")

    assert str(refused) == (
        "`custom_stack` was not registered. You have one of this name already."
    )


def test_without_a_store_the_call_is_wrong(refusal: Refusal) -> None:
    refused = refusal("stack", "register", "custom_stack")

    assert str(refused).startswith("Missing option '--artifact-store'")
    assert refused.returncode == 2


def test_a_person_works_with_default_until_they_set_another(
    run: Run, admin_user: User, stranger: User
) -> None:
    Stack.objects.create(name="default", owner=admin_user, store=Store.objects.get())
    run("stack", "register", "custom_stack", "-a", "az_store")

    before = run("stack", "get")
    run("stack", "set", "custom_stack")

    assert before == "The active stack is `default`.\n"
    assert run("stack", "get") == "The active stack is `custom_stack`.\n"
    assert Stack.objects.active_of(stranger) is None


def test_the_list_marks_the_active_stack(run: Run) -> None:
    run("stack", "register", "one", "-a", "az_store")
    run("stack", "register", "two", "-a", "az_store", "--set")

    assert run("stack", "list").splitlines() == [
        "ACTIVE  NAME  ARTIFACT STORE  SECRETS MANAGER  COMPONENTS            OWNER",
        "no      one   az_store        -                orchestrator=default  ada",
        "yes     two   az_store        -                orchestrator=default  ada",
    ]


def test_describe_says_what_is_wrong(run: Run, run_json: Callable[..., Any]) -> None:
    run("stack", "register", "one", "-a", "az_store", "--set")

    assert run_json("stack", "describe") == {
        "name": "one",
        "description": "",
        "active": True,
        "artifact_store": "az_store",
        "secrets_manager": None,
        "components": {"orchestrator": "default"},
        "owner": "ada",
        "findings": [
            "warning: The store was never checked. Check it.",
            "loses: You lose: showing and deleting artifacts from a ZenML server; implicit sign-in"
            " is off there by default. Name a secret in the store.",
        ],
    }


def test_the_active_stack_is_not_deleted(run: Run, refusal: Refusal) -> None:
    run("stack", "register", "one", "-a", "az_store", "--set")
    run("stack", "register", "two", "-a", "az_store")

    refused = refusal("stack", "delete", "one", "-y")
    printed = run("stack", "delete", "two", "-y")

    assert str(refused) == ("`one` is the active stack; choose another first: `stack set NAME`.")
    assert printed == "Deleted stack `two`; what it joined stays.\n"
    assert Component.objects.default_orchestrator().stacks.get().name == "one"
