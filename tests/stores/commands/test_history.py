"""The commands `stack history`, `diff`, `restore` and `compare`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from stores.models import Stack

pytestmark = pytest.mark.django_db
Run = Callable[..., str]
Refusal = Callable[..., CommandError]


@pytest.fixture(autouse=True)
def stack(run: Run) -> Stack:
    run("artifact-store", "register", "az_store", "-f", "azure", "--path=az://container-name")
    run("stack", "register", "train", "-a", "az_store")
    stack = Stack.objects.get(name="train")
    stack.production = True
    stack.save()
    return stack


def test_the_history_names_whom_the_command_ran_as(run: Run, person: User) -> None:
    run("artifact-store", "register", "mine", "-f", "azure", "--path=az://mine", "--as", "bea")
    run("stack", "register", "of_bea", "-a", "mine", "--as", "bea")

    lines = run("stack", "history", "of_bea").splitlines()

    assert lines[0].split() == ["REVISION", "WHEN", "WHO", "WHAT", "CHANGED"]
    assert lines[1].split()[0] == "1"
    assert "bea" in lines[1]
    assert "Created" in lines[1]


def test_the_history_lists_what_changed(run_json: Callable[..., Any]) -> None:
    newest, first = run_json("stack", "history", "train")

    assert (newest["revision"], newest["what"], newest["changed"]) == (
        2,
        "Changed",
        ["Production"],
    )
    assert (first["revision"], first["who"], first["what"], first["changed"]) == (
        1,
        "ada",
        "Created",
        [],
    )


def test_a_diff_is_of_the_last_two(run_json: Callable[..., Any]) -> None:
    assert run_json("stack", "diff", "train") == [
        {"field": "Production", "before": "No", "after": "Yes"}
    ]


def test_a_diff_of_any_two(run_json: Callable[..., Any]) -> None:
    assert run_json("stack", "diff", "train", "--from", "2", "--to", "1") == [
        {"field": "Production", "before": "Yes", "after": "No"}
    ]


def test_a_diff_of_one_and_the_same(run: Run) -> None:
    assert run("stack", "diff", "train", "--from", "1", "--to", "1") == "Nothing differs.\n"


def test_restoring_says_so_and_is_a_revision(run: Run, stack: Stack) -> None:
    printed = run("stack", "restore", "train", "1")

    assert printed == "`train` is as it was at revision 1.\n"
    assert Stack.objects.get(pk=stack.pk).production is False
    assert "Restored from revision 1" in run("stack", "history", "train")


def test_what_cannot_be_restored_is_said_in_one_line(refusal: Refusal) -> None:
    assert str(refusal("stack", "restore", "train", "2")) == (
        "`train` was not restored. It is as it was at revision 2."
    )


def test_there_is_no_such_revision(refusal: Refusal) -> None:
    assert str(refusal("stack", "diff", "train", "--to", "9")) == "`train` has no revision 8."
    assert str(refusal("stack", "restore", "train", "9")) == (
        "`train` was not restored. There is no revision 9."
    )


def test_w20_a_foreign_stack_is_not_there(refusal: Refusal, stranger: User) -> None:
    for words in (
        ("history", "train"),
        ("diff", "train"),
        ("restore", "train", "1"),
        ("compare", "train", "train"),
    ):
        assert str(refusal("stack", *words, "--as", "carl")) == "There is no stack `train`."


def test_two_stacks_are_compared(run: Run, run_json: Callable[..., Any]) -> None:
    run("stack", "register", "serve", "-a", "az_store")

    compared = run_json("stack", "compare", "train", "serve")

    assert [(row["what"], row["differs"]) for row in compared] == [
        ("Description", False),
        ("Production", True),
        ("Artifact store", False),
        ("Orchestrator", False),
    ]
