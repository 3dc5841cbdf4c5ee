"""Who in a stack can do what with its store, and why."""

from __future__ import annotations

from typing import Any

import pytest

from secrets_app.models import Secret
from stores.models import Check, Component, Stack, Store
from stores.stack_rules import Row, Sketch, collect, judge, matrix

pytestmark = pytest.mark.django_db

KEY = "a2V5" * 22
DONE = {"mark": "ok", "words": "Done."}


@pytest.fixture
def stack(stack: Stack) -> Stack:
    """A stack that signs in with a secret, whose orchestrator runs in another cloud."""
    stack.components.update(name="kf", runs_on="cloud")
    return stack


def checked(stack: Stack, signed_with: str = "key", **steps: dict[str, Any]) -> Check:
    """A check that used the secret and showed this."""
    shown = [{"name": "connect", "facts": {"signed_with": signed_with}, **DONE}]
    shown += [{"name": name, **step} for name, step in steps.items()]
    check: Check = Check.objects.create(
        store=stack.store,
        status="done",
        verdict="healthy",
        steps=shown,
        secret=Secret.objects.get(),
        secret_version=1,
    )
    return check


def rows(stack: Stack) -> list[Row]:
    (facts,) = collect([Sketch.of(stack)], stack.owner)
    return matrix(facts, judge(facts))


def marks(row: Row) -> dict[str, str]:
    return {cell.operation: cell.mark for cell in row.cells}


def test_what_the_check_did_is_proven_for_the_same_secret(stack: Stack) -> None:
    check = checked(stack, list=DONE, read=DONE, write=DONE, delete=DONE)

    workers, kubeflow = rows(stack)

    assert set(marks(workers).values()) == set(marks(kubeflow).values()) == {"proven"}
    assert workers.reasons == [("", f"Check {check.pk} did it.")]
    assert kubeflow.reasons == [
        ("", f"Check {check.pk} did it with the same secret, from Storeroom's worker.")
    ]


@pytest.mark.parametrize(
    ("signed_with", "mark", "words"),
    [
        ("key", "inferred", "An account key may do it; the check did not try."),
        ("sas", "unknown", "The check did not try it: the store allows no probes."),
    ],
)
def test_what_the_check_did_not_try_is_inferred_for_an_account_key_alone(
    signed_with: str, mark: str, words: str, stack: Stack
) -> None:
    skipped = {"mark": "skipped", "words": "Not tried."}
    checked(stack, signed_with, list=DONE, read=DONE, write=skipped, delete=skipped)

    kubeflow = rows(stack)[1]

    assert marks(kubeflow) == {"read": "proven", "write": mark, "list": "proven", "delete": mark}
    assert kubeflow.reasons[1] == ("Write, Delete", words)


def test_a_right_that_was_refused_is_broken_for_all_who_sign_in_so(stack: Stack) -> None:
    refused = {
        "mark": "failed",
        "words": "The SAS token may not write.",
        "category": "permission",
        "code": "AuthorizationPermissionMismatch",
    }
    checked(stack, "sas", list=DONE, read=DONE, write=refused, delete=DONE)

    workers, kubeflow = rows(stack)

    assert marks(workers)["write"] == marks(kubeflow)["write"] == "broken"
    assert ("Write", "The SAS token may not write.") in kubeflow.reasons


def test_a_refused_sign_in_is_broken_for_all_who_sign_in_so(stack: Stack) -> None:
    failed = {"mark": "failed", "words": "The key was rotated.", "category": "sign_in"}
    checked(stack, container=failed)

    kubeflow = rows(stack)[1]

    assert set(marks(kubeflow).values()) == {"broken"}
    assert kubeflow.reasons == [("", "The key was rotated.")]


def test_a_name_that_the_workers_cannot_look_up_says_nothing_of_others(stack: Stack) -> None:
    failed = {"mark": "failed", "words": "`mlacct` does not resolve here.", "category": "dns"}
    checked(stack, name=failed)

    kubeflow = rows(stack)[1]

    assert set(marks(kubeflow).values()) == {"unknown"}
    assert kubeflow.reasons == [
        ("", "The last check failed before: `mlacct` does not resolve here.")
    ]


def test_where_the_check_did_not_get_so_far_the_workers_cannot_do_anything(stack: Stack) -> None:
    failed = {"mark": "failed", "words": "`mlacct` does not resolve here.", "category": "dns"}
    checked(stack, name=failed)

    workers = rows(stack)[0]

    assert set(marks(workers).values()) == {"broken"}
    assert workers.reasons == [("", "`mlacct` does not resolve here.")]


def test_without_its_secret_the_workers_cannot_do_anything_either(stack: Stack) -> None:
    Secret.objects.all().delete()

    workers = rows(stack)[0]

    assert set(marks(workers).values()) == {"broken"}
    assert workers.reasons == [("", "There is no secret az_secret.")]


def test_a_stack_without_a_secrets_manager_keeps_no_worker_from_the_store(stack: Stack) -> None:
    checked(stack, list=DONE, read=DONE, write=DONE, delete=DONE)
    Stack.objects.update(secrets_manager=None)
    stack.refresh_from_db()

    workers, kubeflow = rows(stack)

    assert set(marks(workers).values()) == {"proven"}
    assert set(marks(kubeflow).values()) == {"broken"}


def test_another_version_of_the_secret_is_not_proven(stack: Stack) -> None:
    checked(stack, list=DONE, read=DONE, write=DONE, delete=DONE)
    Secret.objects.get().replace({"account_key": KEY[::-1]})

    kubeflow = rows(stack)[1]

    assert kubeflow.reasons == [("", "The secret was changed since the store's last check.")]


def test_a_store_that_was_changed_since_is_not_proven(stack: Stack) -> None:
    checked(stack, list=DONE, read=DONE, write=DONE, delete=DONE)
    Store.objects.update(state="never")
    stack.store.refresh_from_db()

    assert rows(stack)[1].reasons == [
        ("", "The store was not checked since it was made or changed.")
    ]


def test_components_that_do_not_work_with_the_store_have_no_row(stack: Stack) -> None:
    stack.components.add(
        Component.objects.create(
            name="wandb", owner=stack.owner, type="experiment_tracker", flavor="wandb"
        )
    )

    assert [row.component and row.component.name for row in rows(stack)] == [None, "kf"]


def test_a_store_that_cannot_be_opened_has_no_matrix(stack: Stack) -> None:
    Store.objects.update(flavor="minio")
    stack.store.refresh_from_db()

    assert rows(stack) == []
