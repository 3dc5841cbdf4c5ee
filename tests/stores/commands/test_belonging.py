"""The team of a thing and its labels, as commands set them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from project.access import Role, Team
from stores.models import Component, Stack, Store

pytestmark = pytest.mark.django_db

Run = Callable[..., str]
Refusal = Callable[..., CommandError]
EACH_PART = pytest.mark.parametrize(
    "register",
    [
        ("artifact-store", "register", "one", "-f", "azure", "--path=az://models"),
        ("orchestrator", "register", "one", "-f", "kubeflow"),
        ("secrets-manager", "register", "one", "-f", "local"),
    ],
    ids=lambda words: words[0],
)


@pytest.fixture
def team(admin_user: User, person: User, stranger: User) -> Team:
    """A team of ada's, with bea as Editor and carl as Operator."""
    team = Team.objects.found("ml", admin_user)
    team.admit(person, Role.EDITOR)
    team.admit(stranger, Role.OPERATOR)
    return team


@EACH_PART
def test_a_part_is_registered_with_labels_into_a_team(
    run: Run, run_json: Callable[..., Any], team: Team, register: tuple[str, ...]
) -> None:
    run(*register, "--label=stage=prod", "-l", "cost=center=7", "--team=ml", "--as=bea")

    seen = run_json(register[0], "describe", "one", "--as=carl")

    assert seen["labels"] == {"stage": "prod", "cost": "center=7"}
    assert (seen["owner"], seen["team"]) == ("bea", "ml")


@EACH_PART
def test_an_update_sets_and_removes_labels_and_keeps_the_others(
    run: Run, run_json: Callable[..., Any], register: tuple[str, ...]
) -> None:
    run(*register, "-l", "stage=test", "-l", "old=yes", "-l", "kept=yes")

    printed = run(register[0], "update", "one", "-l", "stage=prod", "-l", "old")

    assert printed.splitlines()[0].endswith(" `one`: label.")
    labels = run_json(register[0], "describe", "one")["labels"]
    assert labels == {"stage": "prod", "kept": "yes"}


@EACH_PART
def test_an_owner_moves_a_part_into_a_team_and_out_of_it(
    run: Run, run_json: Callable[..., Any], team: Team, register: tuple[str, ...]
) -> None:
    run(*register, "--as=bea")

    moved = run(register[0], "update", "one", "--team=ml", "--as=bea")
    there = run_json(register[0], "describe", "one", "--as=bea")["team"]
    run(register[0], "update", "one", "--team=", "--as=bea")
    after = run_json(register[0], "describe", "one", "--as=bea")["team"]

    assert moved.splitlines()[0].endswith(" `one`: team.")
    assert (there, after) == ("ml", None)


@pytest.mark.parametrize("label", ["=prod", "stage=", "", "stage"])
def test_a_label_that_is_none_is_refused(run: Run, refusal: Refusal, label: str) -> None:
    refused = refusal("orchestrator", "register", "kf", "-f", "kubeflow", "-l", label)

    assert "KEY=VALUE" in str(refused)
    assert not Component.objects.exists()


def test_a_label_that_is_given_twice_is_refused(refusal: Refusal) -> None:
    refused = refusal("orchestrator", "register", "kf", "-f", "kubeflow", "-l", "a=b", "-l", "a=c")

    assert str(refused) == "The label `a` is given twice."


@EACH_PART
def test_w44_a_label_s_name_shows_as_it_is(refusal: Refusal, register: tuple[str, ...]) -> None:
    refused = refusal(*register, "-l", "a\u202eb=x")

    assert str(refused) == (
        "`one` was not registered. Labels: 'a\\u202eb': A name has no line breaks, control or"
        " invisible characters."
    )


@pytest.mark.parametrize(
    "register",
    [
        ("artifact-store", "register", "one", "-f", "other", "--path=x"),
        ("orchestrator", "register", "one", "-f", "kubeflow"),
    ],
    ids=["of a flavor that takes any", "of a component"],
)
@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("--=x", "Each has a name."),
        (
            "--a\u202eb=x",
            "'a\\u202eb': A name has no line breaks, control or invisible characters.",
        ),
    ],
)
def test_w44_a_setting_s_name_shows_as_it_is(
    refusal: Refusal, register: tuple[str, ...], setting: str, complaint: str
) -> None:
    assert str(refusal(*register, setting)).endswith(complaint)


def test_a_part_is_put_into_a_team_by_editors_only(run: Run, refusal: Refusal, team: Team) -> None:
    words = ("orchestrator", "register", "kf", "-f", "kubeflow", "--team=ml", "--as=carl")

    assert str(refusal(*words)) == (
        "carl is in `ml`, but lacks the role for this: Editor: also changes it, and uses its"
        " secrets without seeing them."
    )
    assert not Component.objects.exists()


def test_a_team_that_one_is_not_in_is_unknown(
    run: Run, refusal: Refusal, admin_user: User, person: User
) -> None:
    Team.objects.found("secret", admin_user)

    words = ("orchestrator", "register", "kf", "-f", "kubeflow", "--team=secret", "--as=bea")

    assert str(refusal(*words)) == "There is no team `secret`."


def test_an_editor_who_does_not_own_a_part_does_not_move_it(
    run: Run, refusal: Refusal, team: Team
) -> None:
    run("orchestrator", "register", "kf", "-f", "kubeflow", "--team=ml")

    refused = refusal("orchestrator", "update", "kf", "--team=", "--as=bea")

    assert "lacks the role for this: Owner" in str(refused)
    assert Component.objects.get(name="kf").team_id == team.pk


def test_the_name_of_a_team_is_for_its_members(
    run: Run, run_json: Callable[..., Any], admin_user: User, person: User
) -> None:
    mine, theirs = Team.objects.found("mine", admin_user), Team.objects.found("theirs", person)
    run("orchestrator", "register", "kf", "-f", "kubeflow", "--team=mine")
    Component.objects.get(name="kf").share(theirs, Role.VIEWER)

    assert run_json("orchestrator", "describe", "kf")["team"] == mine.name
    assert run_json("orchestrator", "describe", "kf", "--as=bea")["team"] is None


def test_a_stack_is_registered_into_a_team_and_moved(
    run: Run, run_json: Callable[..., Any], team: Team
) -> None:
    run("artifact-store", "register", "az", "-f", "azure", "--path=az://models", "--as=bea")

    run("stack", "register", "train", "-a", "az", "--team=ml", "--as=bea")
    there = run_json("stack", "describe", "train", "--as=carl")["team"]
    printed = run("stack", "update", "train", "--team=", "--as=bea")

    assert there == "ml"
    assert printed.startswith("Changed stack `train`")
    assert Stack.objects.get().team is None
    assert Store.objects.get().team is None


def test_an_editor_who_does_not_own_a_stack_does_not_move_it(
    run: Run, refusal: Refusal, team: Team
) -> None:
    run("artifact-store", "register", "az", "-f", "azure", "--path=az://models", "--team=ml")
    run("stack", "register", "train", "-a", "az", "--team=ml")

    refused = refusal("stack", "update", "train", "--team=", "--as=bea")

    assert "lacks the role for this: Owner" in str(refused)
    assert Stack.objects.get().team_id == team.pk
