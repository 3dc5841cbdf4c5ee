"""An import is carried out as a whole, or leaves nothing; what it brought goes out again alike."""

from __future__ import annotations

from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from django.db import IntegrityError

from project.access import Role, Team
from project.audit import AuditEntry
from secrets_app.models import Secret
from stores.exporting import export
from stores.importing import ImportFailed, carry_out, plan
from stores.models import Component, Stack, Store
from stores.zenml_yaml import read

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).parents[1] / "zenml"
NAMES = [
    "0.13.2_flat",
    "0.20.5_model",
    "0.33.0_dict",
    "0.98.0_list",
    "0.98.0_several_alerters",
]
LIST = (SAMPLES / "zenml-0.98.0_list.yaml").read_bytes()
PART = """zenml_version: 0.98.0
stack_name: stack_{n}
components:
  artifact_store: {{name: store_{n}, flavor: azure, configuration: {{path: az://container-{n}}}}}
  orchestrator: {{name: o_{n}, flavor: kubernetes, configuration: {{kubernetes_context: c{n}}}}}
  experiment_tracker: {{name: e_{n}, flavor: mlflow, configuration: {{}}}}
"""


def imported(text: bytes, user: User, **choices: str) -> list[Stack]:
    return carry_out(plan(read(text), user, choices))


def components(text: str | bytes) -> dict[str, Any]:
    """The components of a file, each type as a list in the order of names."""
    found = yaml.safe_load(text)["components"]
    return {
        kind: sorted(each, key=itemgetter("name")) if isinstance(each, list) else [each]
        for kind, each in found.items()
    }


@pytest.mark.parametrize("name", NAMES[1:])
def test_x12_every_generation_goes_out_as_it_came_in(name: str, person: User) -> None:
    text = (SAMPLES / f"zenml-{name}.yaml").read_bytes()

    stack = imported(text, person)[0]

    assert components(export(stack, "0.33.0")) == components(text)


def test_x12_the_flat_form_goes_out_in_the_portable_one(person: User) -> None:
    stack = imported((SAMPLES / "zenml-0.13.2_flat.yaml").read_bytes(), person)[0]

    assert components(export(stack, "0.33.0"))["orchestrator"] == [
        {
            "name": "kubeflow_prod",
            "type": "orchestrator",
            "flavor": "kubeflow",
            "configuration": {
                "kubeflow_pipelines_ui_port": 8080,
                "kubernetes_context": "aks-train",
                "skip_ui_daemon_provisioning": False,
            },
        }
    ]


@pytest.mark.parametrize("name", NAMES)
def test_storeroom_imports_what_it_exported(name: str, person: User, stranger: User) -> None:
    text = (SAMPLES / f"zenml-{name}.yaml").read_bytes()
    first = export(imported(text, person)[0])

    again = imported(first.encode(), stranger)[0]

    assert export(again) == first
    assert again.owner == stranger


def test_x12_fields_that_nothing_here_has_a_place_for_survive(person: User) -> None:
    text = LIST.decode() + (
        "exported_by: someone\n"
        "x_storeroom: {description: For training, production: true, later: [1, 2]}\n"
    )
    text = text.replace(
        "    type: artifact_store\n", "    type: artifact_store\n    connector: c1\n"
    )
    text = text.replace("orchestrator:", "quantum_bridge:").replace(
        "orchestrator", "quantum_bridge"
    )

    stack = imported(text.encode(), person)[0]

    assert (stack.description, stack.production) == ("For training", True)
    out = yaml.safe_load(export(stack))
    assert out["exported_by"] == "someone"
    assert out["x_storeroom"] == {
        "description": "For training",
        "production": True,
        "later": [1, 2],
    }
    assert out["components"]["artifact_store"]["connector"] == "c1"
    assert out["components"]["artifact_store"]["configuration"]["path"] == "abfs://your-container"
    assert out["components"]["quantum_bridge"]["name"] == "default"


def test_what_is_ours_alone_rides_along(person: User, stranger: User) -> None:
    store = Store.objects.create(
        name="az",
        owner=person,
        flavor="azure",
        path="az://your-container",
        sign_in="account_key",
        authentication_secret="az_secret",
        allow_probes=True,
        labels={"tier": "hot"},
        description="Results",
        configuration={"account_url": "https://team.blob.core.windows.net"},
    )
    stack = Stack.objects.create(name="s", owner=person, store=store)
    text = export(stack)

    again = imported(text.encode(), stranger)[0].store

    assert (again.sign_in, again.allow_probes, again.labels, again.description) == (
        "account_key",
        True,
        {"tier": "hot"},
        "Results",
    )
    assert again.configuration == {"account_url": "https://team.blob.core.windows.net"}
    assert yaml.safe_load(text)["components"]["artifact_store"]["configuration"] == {
        "path": "az://your-container",
        "authentication_secret": "az_secret",
    }


def test_a_file_cannot_allow_implicit_sign_in(admin_user: User) -> None:
    text = LIST.replace(b"      authentication_secret: az_secret\n", b"").replace(
        b"    type: artifact_store",
        b"    type: artifact_store\n    x_storeroom: {allow_implicit: true}",
    )

    stack = imported(text, admin_user)[0]

    assert stack.store.allow_implicit is False


def test_an_import_that_fails_half_way_leaves_nothing(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise IntegrityError("duplicate key")

    made = plan(read(LIST), person)
    monkeypatch.setattr(Stack, "save", refuse)

    with pytest.raises(ImportFailed, match="Nothing was imported"):
        carry_out(made)

    assert not Store.objects.exists()
    assert not Component.objects.exists()
    assert not AuditEntry.objects.exists()


def test_what_is_undecided_is_not_imported(person: User) -> None:
    Store.objects.create(
        name="az_secret_store",
        owner=person,
        flavor="azure",
        path="az://another",
        sign_in="implicit",
    )

    with pytest.raises(ImportFailed):
        imported(LIST, person)

    assert Store.objects.get().path == "az://another"


@pytest.mark.parametrize(
    ("choice", "stores"),
    [
        (
            "rename",
            {"az_secret_store": "az://another", "az_secret_store-2": "abfs://your-container"},
        ),
        ("use", {"az_secret_store": "az://another"}),
        ("overwrite", {"az_secret_store": "abfs://your-container"}),
    ],
)
def test_each_choice_does_what_it_says(person: User, choice: str, stores: dict[str, str]) -> None:
    Store.objects.create(
        name="az_secret_store",
        owner=person,
        flavor="azure",
        path="az://another",
        sign_in="implicit",
    )

    stack = imported(LIST, person, **{"artifact_store/az_secret_store": choice})[0]

    assert dict(Store.objects.values_list("name", "path")) == stores
    assert stack.store.name == list(stores)[-1]


def test_every_thing_leaves_a_line_in_the_audit(person: User) -> None:
    Component.objects.default_orchestrator()

    imported(LIST, person)

    assert list(
        AuditEntry.objects.order_by("pk").values_list("actor", "action", "kind", "words")
    ) == [
        (person.pk, "added", "store", "imported"),
        (person.pk, "added", "stack", "imported"),
    ]


def test_m31_a_pasted_secret_is_sealed_and_stands_nowhere_in_clear(person: User) -> None:
    lines = (
        "zenml artifact-store register az_store -f azure --path=az://your-container"
        " --authentication_secret=az_secret\n"
        "zenml secrets-manager secret register az_secret -s azure --account_name=team"
        " --sas_token='sv=2022-11-02&sp=rl&sig=Zm9vYmFyYmF6'\n"
    )

    imported(lines.encode(), person)

    secret = Secret.objects.get()
    assert (secret.owner, secret.reveal()["account_name"]) == (person, "team")
    assert Store.objects.get().secret() == secret
    assert "Zm9vYmFyYmF6" not in str(list(AuditEntry.objects.values()))


def test_zenml_s_default_store_names_no_folder_and_goes_out_without_one(person: User) -> None:
    text = LIST.replace(
        b"      authentication_secret: az_secret\n      path: abfs://your-container\n",
        b"      path: ''\n",
    ).replace(b"flavor: azure", b"flavor: local")

    stack = imported(text, person)[0]

    assert stack.store.path.endswith(f"/{person.pk}-az_secret_store")
    assert components(export(stack))["artifact_store"][0]["configuration"] == {"path": ""}


def test_a_bundle_of_300_components_asks_the_database_little(
    person: User, django_assert_max_num_queries: Any
) -> None:
    """Under 5 seconds on a slow machine; `benchmarks.import_bundle` measures it."""
    text = "---\n".join(PART.format(n=number) for number in range(100))

    with django_assert_max_num_queries(2800):
        stacks = imported(text.encode(), person)

    assert (len(stacks), Store.objects.count(), Component.objects.count()) == (100, 100, 200)


def test_what_is_imported_into_a_team_is_the_team_s_and_finds_its_secrets(
    person: User, stranger: User
) -> None:
    team = Team.objects.found("ml", stranger)
    team.admit(person, Role.EDITOR)
    lines = (
        "zenml secrets-manager secret register az_secret -s azure --account_name=team"
        " --sas_token='sv=2022-11-02&sp=rl&sig=Zm9vYmFyYmF6'\n"
        "zenml artifact-store register az_store -f azure --path=az://your-container"
        " --authentication_secret=az_secret\n"
        "zenml secrets-manager register vault -f local\n"
        "zenml experiment-tracker register mlflow -f mlflow --tracking_uri=https://mlflow.test\n"
        "zenml stack register train -a az_store -x vault -e mlflow\n"
    )

    (stack,) = carry_out(plan(read(lines.encode()), person, team=team))

    made = [Secret.objects.get(), *stack.parts(), stack]
    assert [(str(thing), str(thing.owner), str(thing.team)) for thing in made] == [
        ("az_secret", "bea", "ml"),
        ("az_store", "bea", "ml"),
        ("vault", "bea", "ml"),
        ("mlflow (experiment tracker, mlflow)", "bea", "ml"),
        ("default (orchestrator, local)", "None", "None"),
        ("train", "bea", "ml"),
    ]
    assert stack.store.secret() == made[0]


def test_a_team_s_local_store_whose_file_names_no_folder_has_one_of_the_team_s(
    person: User,
) -> None:
    team = Team.objects.found("ml", person)
    lines = b"zenml artifact-store register files -f local\nzenml stack register s -a files\n"

    (stack,) = carry_out(plan(read(lines), person, team=team))

    assert stack.store.path.endswith(f"/team-{team.pk}-files")
