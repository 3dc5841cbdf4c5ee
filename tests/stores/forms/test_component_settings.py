"""What may be typed about a component whose flavor is known, and about any other."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from stores.forms import ComponentSettingsForm
from stores.models import Component

pytestmark = pytest.mark.django_db


def fill_in(user: User, **typed: Any) -> ComponentSettingsForm:
    data = {"type": "orchestrator", "name": "kf", "flavor": "kubeflow", **typed}
    return ComponentSettingsForm(data, user=user)


def saved(user: User, **typed: Any) -> dict[str, Any]:
    configuration: dict[str, Any] = fill_in(user, **typed).save().configuration
    return configuration


def test_a_known_flavor_has_fields_under_zenmls_names(person: User) -> None:
    assert saved(
        person,
        setting_kubernetes_context="aks-train",
        setting_synchronous="true",
        setting_kubeflow_pipelines_ui_port="8080",
        setting_kubeflow_namespace="",
        configuration="timeout = 600\nlabel = night run",
    ) == {
        "timeout": 600,
        "label": "night run",
        "kubernetes_context": "aks-train",
        "kubeflow_pipelines_ui_port": 8080,
        "synchronous": True,
    }


def test_fields_of_another_flavor_are_not_kept(person: User) -> None:
    assert saved(person, flavor="local", setting_kubernetes_context="aks-train") == {}


def test_a_flavor_that_nobody_knows_has_names_and_values(person: User) -> None:
    assert saved(
        person, flavor="prefect", configuration='pool = gpu\nretries = 3\ntags = ["a", "b"]'
    ) == {"pool": "gpu", "retries": 3, "tags": ["a", "b"]}


@pytest.mark.parametrize(
    ("typed", "field", "complaint"),
    [
        (
            {"configuration": "nothing"},
            "configuration",
            "Line 1 is no <code>name = value</code>.",
        ),
        ({"configuration": "a = 1\na = 2"}, "configuration", "<code>a</code> stands here twice."),
        ({"configuration": "{not json"}, "configuration", "Enter a valid JSON."),
        (
            {
                "type": "experiment_tracker",
                "flavor": "wandb",
                "setting_api_key": "canary-key",
            },
            "setting_api_key",
            "Name a secret&#x27;s value here: <code>{{secret.key}}</code>.",
        ),
        (
            {"setting_kubeflow_pipelines_ui_port": "99999999999999999999"},
            "setting_kubeflow_pipelines_ui_port",
            "Ensure this value is less than or equal to 65535.",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(
    typed: dict[str, str], field: str, complaint: str, person: User
) -> None:
    form = fill_in(person, **typed)

    assert [str(each) for each in form.errors[field]] == [complaint]


def test_a_credential_in_the_place_of_a_reference_is_not_shown_again(person: User) -> None:
    form = fill_in(person, type="experiment_tracker", flavor="wandb", setting_api_key="canary-key")

    assert list(form.errors) == ["setting_api_key"]
    assert "canary" not in form.as_p()
    assert form["name"].value() == "kf"


def test_what_the_field_of_another_flavor_holds_keeps_nobody_from_saving(person: User) -> None:
    form = fill_in(person, flavor="local", setting_kubeflow_pipelines_ui_port="many")

    assert form.is_valid(), form.errors


def test_a_secret_setting_takes_a_reference(person: User) -> None:
    assert saved(
        person, type="experiment_tracker", flavor="wandb", setting_api_key="{{wandb.api_key}}"
    ) == {"api_key": "{{wandb.api_key}}"}


def test_saving_what_is_shown_changes_nothing(person: User) -> None:
    kept = {
        "kubernetes_context": "aks-train",
        "synchronous": False,
        "local": "a text where a yes or no belongs",
        "number_as_text": "007",
        "kubeflow_pipelines_ui_port": 70000,
        "nothing": None,
        "nested": {"a": [1, 2]},
        "spaces": " around ",
        "number": "7",
    }
    component = Component.objects.create(
        name="kf", owner=person, type="orchestrator", flavor="kubeflow", configuration=kept
    )
    shown = ComponentSettingsForm(user=person, instance=component)

    data = {name: value for name in shown.fields if (value := shown[name].value()) is not None}
    form = ComponentSettingsForm(data, user=person, instance=component)

    assert form.is_valid(), form.errors
    assert form.save().configuration == kept
    assert shown["setting_kubernetes_context"].value() == "aks-train"
    assert "kubernetes_context" not in data["configuration"]
