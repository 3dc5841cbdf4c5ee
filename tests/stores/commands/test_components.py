"""The commands of components: one class, a type for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, get_commands

from project.audit import AuditEntry
from stores.models import Component

pytestmark = [
    pytest.mark.django_db,
    # django-typer declares its own options in a way that typer has come to dislike.
]

Run = Callable[..., str]
Refusal = Callable[..., CommandError]


def test_every_type_has_its_command() -> None:
    expected = {kind.value.replace("_", "-") for kind in Component.Type}

    assert expected <= set(get_commands())


def test_a_component_is_registered_with_its_settings(
    run: Run, run_json: Callable[..., Any], admin_user: User
) -> None:
    printed = run(
        "orchestrator", "register", "kf", "-f", "kubeflow", "--kubernetes_context=aks-train"
    )

    assert printed == "Registered orchestrator `kf`, flavor kubeflow.\n"
    assert run_json("orchestrator", "describe", "kf") == {
        "name": "kf",
        "description": "",
        "type": "orchestrator",
        "flavor": "kubeflow",
        "configuration": {"kubernetes_context": "aks-train"},
        "labels": {},
        "runs_on": "unknown",
        "identity": "",
        "stacks": [],
        "owner": "ada",
        "team": None,
    }
    assert AuditEntry.objects.get(kind="component").actor == admin_user


def test_a_credential_among_the_settings_is_not_shown(run: Run) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow", "--password=hunter2hunter2")

    assert "hunter2" not in run("orchestrator", "describe", "kf")
    assert "hunter2" not in run("orchestrator", "list")


def test_settings_that_a_flavor_has_are_kept_as_what_they_are(
    run: Run, run_json: Callable[..., Any], refusal: Callable[..., CommandError]
) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow", "--synchronous=False", "--local=true")
    run("orchestrator", "update", "kf", "--kubeflow_pipelines_ui_port=8081", "--other=1")
    run("orchestrator", "remove-attribute", "kf", "local")

    assert run_json("orchestrator", "describe", "kf")["configuration"] == {
        "other": "1",
        "kubeflow_pipelines_ui_port": 8081,
        "synchronous": False,
    }
    assert str(refusal("orchestrator", "update", "kf", "--synchronous=maybe")) == (
        "`kf` was not changed. Wait until a run has ended: Select a valid choice. maybe is not one"
        " of the available choices. Choices: true, false."
    )


def test_a_setting_that_is_a_credential_names_a_secret(
    run: Run, run_json: Callable[..., Any], refusal: Callable[..., CommandError]
) -> None:
    register = ("experiment-tracker", "register", "ml", "-f", "mlflow")

    refused = refusal(*register, "--tracking_password=hunter2")
    run(*register, "--tracking_password={{mlflow.password}}")

    assert str(refused) == (
        "`ml` was not registered. Password: Name a secret's value here: `{{secret.key}}`."
    )
    assert run_json("experiment-tracker", "describe", "ml")["configuration"] == {
        "tracking_password": "{{mlflow.password}}"
    }


def test_a_list_holds_one_type_alone(run: Run) -> None:
    run("step-operator", "register", "op", "-f", "azureml")

    assert run("orchestrator", "list") == (
        "There is no orchestrator yet: orchestrator register --help\n"
    )
    assert run("step-operator", "list").splitlines()[1].split() == [
        "op", "azureml", "unknown", "-", "-", "ada",
    ]  # fmt: skip


def test_a_component_in_a_stack_is_not_deleted(run: Run, refusal: Refusal) -> None:
    run("artifact-store", "register", "az_store", "-f", "azure", "--path=az://container-name")
    run("orchestrator", "register", "kf", "-f", "kubeflow")
    run("stack", "register", "one", "-a", "az_store", "-o", "kf")

    refused = refusal("orchestrator", "delete", "kf", "-y")

    assert str(refused) == "`kf` cannot be deleted: the stack `one` uses it."


def test_an_unused_component_is_deleted(run: Run) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow")

    assert run("orchestrator", "delete", "kf", "-y") == "Deleted orchestrator `kf`.\n"
    assert not Component.objects.exists()


def test_the_default_orchestrator_stays(refusal: Refusal) -> None:
    Component.objects.default_orchestrator()

    refused = refusal("orchestrator", "delete", "default", "-y")

    assert str(refused) == "`default` comes with the installation and stays."


def test_what_a_person_sees_but_does_not_own_is_not_theirs_to_delete(
    refusal: Refusal, stranger: User
) -> None:
    Component.objects.default_orchestrator()

    refused = refusal("orchestrator", "delete", "default", "-y", "--as=carl")

    assert str(refused).startswith("carl sees the orchestrator `default`, but lacks the role")


def test_a_reference_that_leads_nowhere_yet_is_said_and_kept(run: Run, admin_user: User) -> None:
    printed = run("alerter", "register", "slack", "-f", "slack", "--token={{slack.token}}")

    assert printed == (
        "Registered alerter `slack`, flavor slack.\n"
        "Warning: `{{slack.token}}`: there is no secret `slack`.\n"
    )
    assert Component.objects.get().configuration == {"token": "{{slack.token}}"}


def test_a_reference_to_a_secret_is_shown_as_it_is(run: Run, run_json: Callable[..., Any]) -> None:
    run("experiment-tracker", "register", "wb", "-f", "wandb", "--api_key={{wandb.api_key}}")

    described = run_json("experiment-tracker", "describe", "wb")["configuration"]

    assert described == {"api_key": "{{wandb.api_key}}"}
    assert "{{wandb.api_key}}" in run("experiment-tracker", "describe", "wb")
