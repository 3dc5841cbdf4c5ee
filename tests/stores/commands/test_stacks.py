"""The command `stack`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError

from project.access import Membership, Role, Team
from project.audit import AuditEntry
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


def test_a_stack_whose_name_is_typed_with_spaces_around_it_becomes_active(run: Run) -> None:
    run("stack", "register", " one ", "-a", "az_store", "--set")

    assert run("stack", "get") == "The active stack is `one`.\n"


def test_every_option_names_a_part_of_its_type(run: Run, run_json: Callable[..., Any]) -> None:
    run("secrets-manager", "register", "sm", "--flavor=local")
    commands = {
        "-o": "orchestrator", "-c": "container-registry", "-s": "step-operator",
        "-f": "feature-store", "-d": "model-deployer", "-e": "experiment-tracker",
        "-al": "alerter", "-an": "annotator", "-dv": "data-validator", "-i": "image-builder",
        "-r": "model-registry", "-D": "deployer", "-l": "log-store", "-sb": "sandbox",
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
        "step_operator": ["my-step-operator"],
        "feature_store": "my-feature-store",
        "model_deployer": "my-model-deployer",
        "experiment_tracker": ["my-experiment-tracker"],
        "alerter": ["my-alerter"],
        "annotator": "my-annotator",
        "data_validator": "my-data-validator",
        "image_builder": "my-image-builder",
        "model_registry": "my-model-registry",
        "deployer": "my-deployer",
        "log_store": "my-log-store",
        "sandbox": "my-sandbox",
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
        "production": False,
        "artifact_store": "az_store",
        "secrets_manager": None,
        "components": {"orchestrator": "default"},
        "owner": "ada",
        "team": None,
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


@pytest.fixture
def one(run: Run, store: None) -> None:
    """A stack with an orchestrator of its own and two alerters."""
    run("orchestrator", "register", "kf", "-f", "kubeflow")
    run("alerter", "register", "slack", "-f", "slack")
    run("alerter", "register", "mail", "-f", "custom")
    run(
        *("stack", "register", "one", "-a", "az_store", "-o", "kf"),
        *("-al", "slack", "-al", "mail", "--description=Ours"),
    )


def last_entry() -> tuple[str, str, str, str]:
    entry = AuditEntry.objects.filter(kind="stack").first()
    return entry.actor_name, entry.action, entry.thing_name, entry.words


def parts(run_json: Callable[..., Any], name: str) -> dict[str, Any]:
    return run_json("stack", "describe", name)["components"]


def test_types_that_repeat_are_named_more_than_once(
    one: None, run_json: Callable[..., Any]
) -> None:
    assert parts(run_json, "one") == {"orchestrator": "kf", "alerter": ["mail", "slack"]}


def test_another_type_is_named_once(one: None, refusal: Refusal) -> None:
    refused = refusal("stack", "register", "two", "-a", "az_store", "-o", "kf", "-o", "kf")

    assert str(refused) == "A stack has one orchestrator, and 2 are given."
    assert refused.returncode == 2


@pytest.mark.parametrize("spelling", ["--step_operator", "--step-operator", "-s"])
def test_an_option_has_the_spellings_of_old_and_new_zenml(
    one: None, run: Run, run_json: Callable[..., Any], spelling: str
) -> None:
    run("step-operator", "register", "op", "-f", "azureml")

    run("stack", "update", "one", spelling, "op")

    assert parts(run_json, "one")["step_operator"] == ["op"]


def test_an_update_replaces_parts_of_a_type_and_keeps_the_rest(
    one: None, run: Run, run_json: Callable[..., Any]
) -> None:
    run("secrets-manager", "register", "sm", "--flavor=local")
    run("alerter", "register", "pager", "-f", "custom")

    printed = run("stack", "update", "one", "-x", "sm", "-al", "pager")

    assert printed.splitlines()[0] == (
        "Changed stack `one`: artifact store `az_store`, secrets manager `sm`, alerter `pager`,"
        " orchestrator `kf`."
    )
    assert parts(run_json, "one") == {"orchestrator": "kf", "alerter": ["pager"]}
    assert run_json("stack", "describe", "one")["description"] == "Ours"
    assert last_entry() == ("ada", "changed", "one", "secrets_manager sm, alerter pager")


def test_an_update_without_a_name_changes_the_active_stack(
    one: None, run: Run, run_json: Callable[..., Any], refusal: Refusal
) -> None:
    run("stack", "set", "one")

    run("stack", "update", "--orchestrator=default", "--description=", "--production")

    described = run_json("stack", "describe")
    assert (described["components"]["orchestrator"], described["description"]) == ("default", "")
    assert described["production"] is True
    assert str(refusal("stack", "update")) == (
        "There is nothing to change: name a part, such as -o NAME."
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("update", "one", "-o", "kf", "--description=Ours"), "`one` is like that already.\n"),
        (("rename", "one", "one"), "`one` is called that already.\n"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_changes_nothing_of_a_stack_leaves_no_line_in_the_audit(
    one: None, run: Run, words: tuple[str, ...], said: str
) -> None:
    assert run("stack", *words) == said
    assert last_entry() == ("ada", "added", "one", "")


def test_what_an_update_makes_wrong_is_said(one: None, run: Run) -> None:
    run("step-operator", "register", "op", "-f", "azureml")

    printed = run("stack", "update", "one", "-s", "op")

    assert any(
        line.startswith("Problem: op (step operator, azureml) runs elsewhere")
        for line in printed.splitlines()
    )


def test_parts_of_a_type_are_taken_out(
    one: None, run: Run, run_json: Callable[..., Any], refusal: Refusal
) -> None:
    run("stack", "remove-component", "one", "-al")

    assert parts(run_json, "one") == {"orchestrator": "kf"}
    assert last_entry() == ("ada", "changed", "one", "without alerter")
    assert str(refusal("stack", "remove-component", "one", "--alerter")) == (
        "The stack `one` has no alerter."
    )
    assert str(refusal("stack", "remove-component", "one")) == (
        "There is nothing to remove: name a type, such as -s."
    )


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (
            "-o",
            "A stack needs its orchestrator; `stack update -o NAME` puts another one in its"
            " place.",
        ),
        (
            "--artifact_store",
            "A stack needs its artifact store; `stack update -a NAME` puts another one in its"
            " place.",
        ),
    ],
)
def test_what_every_stack_needs_is_not_taken_out(
    one: None, refusal: Refusal, option: str, words: str
) -> None:
    assert str(refusal("stack", "remove-component", "one", option)) == words


def test_a_renamed_stack_stays_active(one: None, run: Run) -> None:
    run("stack", "set", "one")

    printed = run("stack", "rename", "one", "two")

    assert printed == "Renamed stack `one` to `two`.\n"
    assert run("stack", "get") == "The active stack is `two`.\n"
    assert last_entry() == ("ada", "renamed", "two", "from one")


def test_default_stays_active_under_another_name(run: Run, admin_user: User) -> None:
    Stack.objects.create(name="default", owner=admin_user, store=Store.objects.get())

    run("stack", "rename", "default", "mine")

    assert run("stack", "get") == "The active stack is `mine`.\n"


def test_a_stack_does_not_take_the_name_of_another(one: None, run: Run, refusal: Refusal) -> None:
    run("stack", "register", "two", "-a", "az_store")

    assert str(refusal("stack", "rename", "one", "two")) == (
        "`one` was not renamed. You have one of this name already."
    )
    assert str(refusal("stack", "copy", "one", "two")) == (
        "`two` was not registered. You have one of this name already."
    )


def test_a_copy_has_the_same_parts(
    one: None, run: Run, run_json: Callable[..., Any], admin_user: User
) -> None:
    printed = run("stack", "copy", "one", "two")

    assert printed.splitlines()[0] == (
        "Registered stack `two`: artifact store `az_store`, alerter `mail`, alerter `slack`,"
        " orchestrator `kf`."
    )
    assert parts(run_json, "two") == parts(run_json, "one")
    assert last_entry() == ("ada", "added", "two", "a copy of one")


@pytest.mark.parametrize(
    "words",
    [
        ("describe", "one"),
        ("set", "one"),
        ("update", "one", "-o", "default"),
        ("remove-component", "one", "-al"),
        ("rename", "one", "x"),
        ("copy", "one", "x"),
        ("delete", "one", "-y"),
    ],
)
def test_a_strangers_stack_is_not_there(
    one: None,
    refusal: Refusal,
    stranger: User,
    run_json: Callable[..., Any],
    words: tuple[str, ...],
) -> None:
    refused = refusal("stack", *words, "--as=carl")

    assert str(refused) == "There is no stack `one`."
    assert parts(run_json, "one") == {"orchestrator": "kf", "alerter": ["mail", "slack"]}


@pytest.fixture
def team(stranger: User) -> Team:
    """A team of which Carl is an editor."""
    team = Team.objects.create(name="ML")
    Membership.objects.create(team=team, user=stranger, role=Role.EDITOR)
    return team


def test_s12_a_viewer_works_with_a_stack_and_does_not_change_it(
    one: None, run: Run, refusal: Refusal, team: Team
) -> None:
    Stack.objects.get().share(team, Role.VIEWER)

    activated = run("stack", "set", "one", "--as=carl")
    refused = refusal("stack", "update", "-o", "default", "--as=carl")

    assert activated == "`one` is the active stack now.\n"
    assert str(refused) == (
        "carl sees the stack `one`, but lacks the role for this: Editor: also changes it, and"
        " uses its secrets without seeing them."
    )


def test_s12_an_editor_changes_a_stack_of_parts_that_they_may_not_use(
    one: None, run: Run, run_json: Callable[..., Any], refusal: Refusal, team: Team
) -> None:
    Stack.objects.get().share(team, Role.EDITOR)

    run("stack", "remove-component", "one", "-al", "--as=carl")

    assert parts(run_json, "one") == {"orchestrator": "kf"}
    assert last_entry() == ("carl", "changed", "one", "without alerter")
    assert str(refusal("stack", "update", "one", "-al", "mail", "--as=carl")) == (
        "There is no alerter `mail`."
    )


def test_s12_a_copy_takes_the_right_to_use_its_parts(
    one: None, refusal: Refusal, team: Team
) -> None:
    Stack.objects.get().share(team, Role.VIEWER)

    refused = refusal("stack", "copy", "one", "two", "--as=carl")

    assert str(refused) == "`one` has the artifact store `az_store`, which carl may not use."


def test_get_as_json(one: None, run: Run, run_json: Callable[..., Any]) -> None:
    run("stack", "set", "one")

    assert run_json("stack", "get") == {"name": "one"}


def test_a_part_is_copied_for_one_stack_alone(run: Run, run_json: Callable[..., Any]) -> None:
    run("artifact-store", "update", "az_store", "-l", "stage=prod", "--description=Ours")
    for name in ("one", "two"):
        run("stack", "register", name, "-a", "az_store")

    printed = run("stack", "copy-component", "one", "-a")

    assert printed.splitlines()[0] == (
        "`one` has the artifact store `one-az_store` now, a copy of `az_store` for it alone."
    )
    assert run_json("stack", "describe", "one")["artifact_store"] == "one-az_store"
    assert run_json("stack", "describe", "two")["artifact_store"] == "az_store"
    made = Store.objects.get(name="one-az_store")
    assert (made.path, made.description, made.labels) == (
        "az://container-name",
        "Ours",
        {"stage": "prod"},
    )
    assert list(
        AuditEntry.objects.order_by("-pk").values_list("action", "thing_name", "words")[:2]
    ) == [
        ("changed", "one", "artifact_store one-az_store, a copy of az_store for this stack alone"),
        ("added", "one-az_store", "a copy of az_store"),
    ]


def test_the_copy_of_a_part_belongs_to_the_stack_s_team(
    run: Run, admin_user: User, person: User
) -> None:
    Team.objects.found("ml", admin_user).admit(person, Role.EDITOR)
    run("orchestrator", "register", "kf", "-f", "kubeflow", "--team=ml")
    run("stack", "register", "one", "-a", "az_store", "-o", "kf", "--team=ml")

    run("stack", "copy-component", "one", "-o", "--name=own_kf", "--as=bea")

    made = Component.objects.get(name="own_kf")
    assert (made.owner, made.team, made.type) == (person, Group.objects.get(), "orchestrator")
    assert list(Stack.objects.get().components.all()) == [made]


def test_a_part_is_copied_by_its_editors_only(
    run: Run, refusal: Refusal, admin_user: User, person: User
) -> None:
    team = Team.objects.found("ml", admin_user)
    team.admit(person, Role.EDITOR)
    run("orchestrator", "register", "kf", "-f", "kubeflow")
    run("stack", "register", "one", "-a", "az_store", "-o", "kf", "--team=ml")
    Component.objects.get(name="kf").share(team, Role.OPERATOR)

    refused = refusal("stack", "copy-component", "one", "-o", "--as=bea")

    assert "lacks the role for this: Editor" in str(refused)
    assert not Component.objects.filter(owner=person).exists()
    assert AuditEntry.objects.get(action="refused").thing_name == "kf (orchestrator, kubeflow)"


def test_a_copy_whose_name_is_taken_leaves_the_stack_as_it_is(run: Run, refusal: Refusal) -> None:
    run("artifact-store", "register", "taken", "-f", "azure", "--path=az://container-name")
    run("stack", "register", "one", "-a", "az_store")

    refused = refusal("stack", "copy-component", "one", "-a", "--name=taken")

    assert str(refused) == "`taken` was not registered. You have one of this name already."
    assert Stack.objects.get().store.name == "az_store"


@pytest.mark.parametrize(
    ("types", "words"),
    [
        ((), "Say which part to copy by its type, such as -a."),
        (("-a", "-o"), "Say which part to copy by its type, such as -a."),
        (("-x",), "The stack `one` has no secrets manager."),
        (("-al",), "The stack `one` has more than one alerter."),
    ],
)
def test_one_part_is_copied_at_a_time(
    run: Run, refusal: Refusal, types: tuple[str, ...], words: str
) -> None:
    for name in ("slack", "discord"):
        run("alerter", "register", name, "-f", name)
    run("stack", "register", "one", "-a", "az_store", "-al", "slack", "-al", "discord")

    assert str(refusal("stack", "copy-component", "one", *types)) == words
    assert Store.objects.count() == 1
