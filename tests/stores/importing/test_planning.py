"""What an import would do: per thing, with the choices that a person has."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from project.access import Role, Team
from secrets_app.models import Secret, SecretsManager
from stores.importing import Plan, plan
from stores.models import Component, Stack, Store
from stores.zenml_yaml import read
from tests.support.pages import make_secret

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).parents[1] / "zenml"
LIST = (SAMPLES / "zenml-0.98.0_list.yaml").read_bytes()


def planned(text: bytes, user: User, **choices: str) -> Plan:
    return plan(read(text), user, choices)


def states(made: Plan) -> dict[str, tuple[str, list[str]]]:
    return {
        row.key: (str(row.state), [str(choice) for choice in row.choices]) for row in made.rows
    }


def store(owner: User | None, **fields: object) -> Store:
    usual = {
        "name": "az_secret_store",
        "flavor": "azure",
        "path": "az://your-container",
        "sign_in": "from_secret",
        "authentication_secret": "az_secret",
    }
    return Store.objects.create(owner=owner, **{**usual, **fields})


def test_what_is_not_here_is_created_and_what_serves_all_is_used(person: User) -> None:
    Component.objects.default_orchestrator()

    made = planned(LIST, person)

    assert states(made) == {
        "artifact_store/az_secret_store": ("new", ["create"]),
        "orchestrator/default": ("same", ["use"]),
        "stack/copy2": ("new", ["create"]),
    }
    assert not made.undecided


def test_m31_a_missing_secret_is_named_with_what_names_it(person: User, stranger: User) -> None:
    manager = SecretsManager.objects.built_in()
    Secret.objects.create(name="az_secret", owner=stranger, manager=manager, schema="azure")

    made = planned(LIST, person)

    assert made.missing == {"az_secret": ["az_secret_store"]}


def test_a_store_of_the_same_settings_is_used_as_it_is(person: User) -> None:
    store(person, configuration={"account_url": "https://team.blob.core.windows.net"})

    made = planned(LIST, person)

    assert states(made)["artifact_store/az_secret_store"] == ("same", ["use"])


def test_a_store_of_other_settings_is_shown_beside_and_asks_for_a_choice(person: User) -> None:
    store(person, path="az://another")

    made = planned(LIST, person)

    row = made.components[0]
    assert row.choices == {
        "rename": "Import as `az_secret_store-2`",
        "use": "Use the existing one",
        "overwrite": "Overwrite the existing one",
    }
    assert [(each.setting, each.here, each.there) for each in row.differences] == [
        ("path", "az://another", "abfs://your-container")
    ]
    assert made.undecided == [row]


@pytest.mark.parametrize(
    ("said", "difference"),
    [
        (b"description: For training", ("description", "about it", "For training")),
        (b"labels: {team: ml}", ("team", "research", "ml")),
        (b"allow_probes: true", ("allow_probes", "no", "yes")),
    ],
)
def test_what_only_storeroom_knows_of_a_store_makes_a_difference_where_it_is_said(
    person: User, said: bytes, difference: tuple[str, str, str]
) -> None:
    store(person, description="about it", labels={"team": "research"})
    text = (
        b"components:\n  artifact_store:\n    name: az_secret_store\n    flavor: azure\n"
        b"    path: az://your-container\n    authentication_secret: az_secret\n"
        b"    x_storeroom: {%s}\n"
    )

    made = planned(text % said, person)
    silent = planned(text % b"", person)

    row = made.components[0]
    assert [(each.setting, each.here, each.there) for each in row.differences] == [difference]
    assert silent.components[0].state == "same"


def test_what_is_shared_to_be_used_is_not_overwritten_and_an_own_one_may_be_made(
    person: User, stranger: User
) -> None:
    team = Team.objects.found("ml", stranger)
    team.admit(person, Role.OPERATOR)
    store(stranger, path="az://another").share(team, Role.OPERATOR)

    made = planned(LIST, person)

    assert states(made)["artifact_store/az_secret_store"] == ("differs", ["create", "use"])


def test_nothing_is_learnt_of_foreign_things(person: User, stranger: User) -> None:
    store(stranger, path="az://another")

    made = planned(LIST, person)

    assert states(made)["artifact_store/az_secret_store"] == ("new", ["create"])


def test_a_credential_in_the_settings_is_refused_and_not_repeated(person: User) -> None:
    text = LIST.replace(b"configuration: {}", b"configuration: {slack_token: xoxb-12345}")

    made = planned(text, person)

    row = made.refused[0]
    assert row.words == [
        "`slack_token` looks like a credential in clear. Put it into a secret, and write"
        " `{{secret.key}}` in its place."
    ]
    assert "xoxb-12345" not in repr(row)


def test_a_credential_in_a_label_is_refused_and_not_repeated(person: User) -> None:
    labels = b"configuration: {}\n    x_storeroom: {labels: {slack_token: xoxb-12345}}"

    made = planned(LIST.replace(b"configuration: {}", labels), person)

    row = made.refused[0]
    assert "`slack_token` looks like a credential in clear." in row.words[0]
    assert "xoxb-12345" not in repr(row)


@pytest.mark.parametrize(
    "lines",
    [
        b'configuration: {path: x, "a\\u202eb": 1}',
        b'path: x\n    x_storeroom: {labels: {"a\\u202eb": 1}}',
    ],
    ids=["settings", "labels"],
)
def test_w44_names_of_settings_and_labels_show_as_they_are(person: User, lines: bytes) -> None:
    text = b"components:\n  artifact_store:\n    name: s\n    flavor: other\n    " + lines

    made = planned(text, person)

    assert made.rows[0].state == "refused"
    assert "invisible characters" in made.rows[0].words[0]


def test_what_a_form_refuses_is_refused_in_its_words(person: User) -> None:
    made = planned(LIST.replace(b"abfs://your-container", b"az://x"), person)

    assert made.refused[0].name == "az_secret_store"
    assert made.refused[0].words[0].startswith("Address: ")


def test_a_type_that_storeroom_does_not_know_is_kept_with_the_stack(person: User) -> None:
    made = planned(LIST.replace(b"orchestrator", b"quantum_bridge"), person)

    row = made.components[1]
    assert (str(row.state), row.words) == (
        "kept",
        ["Storeroom has no such component: it is kept with the stack and exported unchanged."],
    )


def test_a_stack_without_a_name_is_refused_with_what_to_add(person: User) -> None:
    made = planned(LIST.replace(b"stack_name: copy2", b""), person)

    assert made.stacks[0].words == [
        "The file has no line `stack_name`: add `stack_name: NAME`, beside `components`."
    ]


def test_a_stack_of_the_same_parts_is_left_as_it_is(person: User) -> None:
    made_store = store(person)
    stack = Stack.objects.create(name="copy2", owner=person, store=made_store)
    stack.components.add(Component.objects.default_orchestrator())

    made = planned(LIST, person)

    assert states(made)["stack/copy2"] == ("same", ["use"])


def test_a_stack_of_other_parts_asks_for_a_choice(person: User) -> None:
    made_store = store(person, name="another")
    stack = Stack.objects.create(name="copy2", owner=person, store=made_store)
    stack.components.add(Component.objects.default_orchestrator())

    made = planned(LIST, person)

    row = made.stacks[0]
    assert list(row.choices) == ["rename", "use", "overwrite"]
    assert [(each.setting, each.here, each.there) for each in row.differences] == [
        ("artifact_store", "another", "az_secret_store")
    ]


def test_a_stack_that_is_told_otherwise_asks_for_a_choice(person: User) -> None:
    stack = Stack.objects.create(name="copy2", owner=person, store=store(person))
    stack.components.add(Component.objects.default_orchestrator())

    made = planned(LIST + b"x_storeroom: {description: New, production: true}\n", person)

    row = made.stacks[0]
    assert list(row.choices) == ["rename", "use", "overwrite"]
    assert [(each.setting, each.here, each.there) for each in row.differences] == [
        ("description", "–", "New"),
        ("production", "no", "yes"),
    ]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            "zenml stack register s",
            "A stack has an artifact store; this one names none.",
        ),
        (
            "zenml stack register s -a here -e none",
            "There is no experiment tracker `none`, neither here nor in the text.",
        ),
        (
            "zenml stack register s -a here -a there",
            "A stack has one artifact store; this one names several.",
        ),
    ],
)
def test_a_stack_that_cannot_be_is_refused_in_words(person: User, lines: str, words: str) -> None:
    store(person, name="here")
    store(person, name="there")

    made = planned(lines.encode(), person)

    assert made.refused[0].words == [words]


def test_a_prefix_of_a_name_is_another_name(person: User) -> None:
    """ZenML binds `azure` to `azure_prod`."""
    store(person, name="azure_prod")

    made = planned(b"zenml stack register s -a azure", person)

    assert made.refused[0].words == [
        "There is no artifact store `azure`, neither here nor in the text."
    ]


def test_a_secret_of_the_text_that_does_not_fit_its_store_is_noted(person: User) -> None:
    lines = (
        "zenml artifact-store register az -f azure --path=az://your-container"
        " --authentication_secret=s\n"
        "zenml secret create s --aws_access_key_id=AKIAIOSFODNN7EXAMPLE"
        " --aws_secret_access_key=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYab\n"
    )

    made = planned(lines.encode(), person)

    assert made.missing == {}
    assert len(made.components[0].notes) == 1


OLD_SPELLING = b"""zenml_version: 0.33.0
stack_name: train
components:
  artifact_store: {name: az, flavor: azure, configuration: {path: 'az://models'}}
  orchestrator: {name: kf, flavor: kubeflow, configuration: {env: ['{{ az_secret.accountkey }}',
    '{{az_secret.account_name}} {{az_secret.AccountName}}', '{{other.accountkey}}',
    '{{az_secret.nonsense}}']}}
"""
AS_KEPT = [
    "{{az_secret.account_key}}",
    "{{az_secret.account_name}} {{az_secret.account_name}}",
    "{{other.accountkey}}",
    "{{az_secret.nonsense}}",
]


def test_references_name_the_keys_that_a_secret_keeps(person: User) -> None:
    manager = SecretsManager.objects.built_in()
    Secret.objects.create(name="az_secret", owner=person, manager=manager, schema="azure")
    Secret.objects.create(name="other", owner=person, manager=manager, schema="arbitrary")

    row = planned(OLD_SPELLING, person).row(("orchestrator", "kf"))

    assert row is not None
    assert row.forms["create"].instance.configuration == {"env": AS_KEPT}
    assert row.notes == [
        "`{{az_secret.accountkey}}` is the older spelling of `{{az_secret.account_key}}`.",
        "`{{az_secret.AccountName}}` is the older spelling of `{{az_secret.account_name}}`.",
    ]


def test_what_came_in_the_old_spelling_is_the_same_when_it_comes_again(person: User) -> None:
    manager = SecretsManager.objects.built_in()
    Secret.objects.create(name="az_secret", owner=person, manager=manager, schema="azure")
    Component.objects.create(
        type="orchestrator",
        name="kf",
        flavor="kubeflow",
        owner=person,
        configuration={"env": AS_KEPT},
    )

    assert states(planned(OLD_SPELLING, person))["orchestrator/kf"] == ("same", ["use"])


def test_references_to_a_secret_of_the_text_are_respelled_too(person: User) -> None:
    text = (
        b"zenml secrets-manager secret register az_secret -s azure --accountname=acct"
        b" --sastoken='sv=2022-11-02&sp=rl&sig=Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmE%3D'\n"
        b"zenml orchestrator register kf -f kubeflow --account='{{az_secret.accountname}}'\n"
    )

    row = planned(text, person).row(("orchestrator", "kf"))

    assert row is not None
    assert row.forms["create"].instance.configuration == {"account": "{{az_secret.account_name}}"}


def in_team(text: bytes, user: User, team: Team) -> Plan:
    return plan(read(text), user, team=team)


def test_an_import_into_a_team_finds_what_the_team_has(person: User, stranger: User) -> None:
    team = Team.objects.found("ml", person)
    store(stranger, team=team, path="az://another")
    secret = make_secret(stranger, "az_secret")
    secret.team = team
    secret.save()

    made = in_team(LIST, person, team)

    assert states(made)["artifact_store/az_secret_store"] == (
        "differs",
        ["rename", "use", "overwrite"],
    )
    assert made.missing == {}


def test_an_import_into_a_team_passes_over_what_is_the_importer_s_alone(person: User) -> None:
    team = Team.objects.found("ml", person)
    store(person)
    manager = SecretsManager.objects.built_in()
    Secret.objects.create(name="az_secret", owner=person, manager=manager, schema="azure")

    made = in_team(LIST, person, team)

    assert states(made)["artifact_store/az_secret_store"] == ("new", ["create"])
    assert made.missing == {"az_secret": ["az_secret_store"]}


def test_an_import_into_a_team_uses_what_is_shared_with_it(person: User, stranger: User) -> None:
    team = Team.objects.found("ml", person)
    store(stranger).share(team, Role.OPERATOR)

    made = in_team(LIST, person, team)

    assert states(made)["artifact_store/az_secret_store"] == ("same", ["use"])


def test_what_differs_from_what_is_shared_with_a_team_may_become_the_team_s_own(
    person: User, stranger: User
) -> None:
    team = Team.objects.found("ml", person)
    store(stranger, path="az://another").share(team, Role.OPERATOR)

    row = in_team(LIST, person, team).components[0]

    assert row.choices == {
        "create": "Create the team's own `az_secret_store`",
        "use": "Use the existing one",
    }
