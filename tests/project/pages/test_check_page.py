"""The page of a check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from stores.models import Check, Run, Store
from tests.support.pages import (
    World,
    signed_in,
    words,
)

pytestmark = pytest.mark.django_db


def check_of(owner: User, **fields: Any) -> Check:
    store = Store.objects.create(
        name="az_store", owner=owner, flavor="azure", path="az://ml", sign_in="implicit"
    )
    check = Check.objects.create(store=store, requested_by=owner)
    Check.objects.filter(pk=check.pk).update(**fields)
    return check


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Waiting for a worker."),
        (
            {"status": "running", "worker": "worker-3:42"},
            "Running on worker-3:42, usually 2–10 seconds.",
        ),
        (
            {"status": "done", "verdict": "healthy", "words": "Proven: list, read."},
            "Healthy Proven: list, read.",
        ),
        (
            {"status": "failed", "error": "Internal error; the worker's log has the rest."},
            "Failed Internal error; the worker's log has the rest.",
        ),
        ({"status": "failed", "error": "Given up after 5 tries."}, "Given up after 5 tries."),
    ],
)
def test_a_check_says_where_it_is(fields: dict[str, str], said: str, person: User) -> None:
    check = check_of(person, **fields)
    browser = signed_in(person)

    assert said in words(browser, f"/stores/check/{check.pk}/")
    assert said in words(browser, f"/stores/check/{check.pk}/steps/")


def test_a_check_that_nobody_takes_says_that_no_worker_listens(person: User) -> None:
    early, late = timezone.now(), timezone.now() - timedelta(seconds=11)
    check = check_of(person, queued_at=early)
    browser = signed_in(person)

    before = words(browser, f"/stores/check/{check.pk}/")
    Check.objects.update(queued_at=late)
    after = words(browser, f"/stores/check/{check.pk}/")

    assert "No worker is listening" not in before
    assert "No worker is listening on queue checks. The store was not tested." in after


def test_a_check_refreshes_itself_until_it_has_ended(person: User) -> None:
    check = check_of(person)
    browser = signed_in(person)

    waiting = browser.get(f"/stores/check/{check.pk}/steps/").content.decode()
    Check.objects.update(status=Run.Status.DONE, verdict="healthy")
    ended = browser.get(f"/stores/check/{check.pk}/steps/").content.decode()

    assert f'hx-get="/stores/check/{check.pk}/steps/"' in waiting
    assert "hx-get" not in ended


def test_a_failed_step_says_why_what_to_do_and_for_support_the_code(
    world: World, person: User
) -> None:
    said = words(signed_in(person), f"/stores/check/{world.check.pk}/")

    assert "Write · 31 ms thing is in the way. What to do: Move thing." in said
    assert "Code AuthorizationFailure · request 7f0e" in said
    assert "Degraded May be read, but “Write” failed: thing is in the way." in said


def test_the_steps_to_come_wait_and_the_next_one_runs(person: User) -> None:
    done = [{"name": "settings", "mark": "ok", "words": "They fit.", "ms": 1}]
    check = check_of(person, status="running", steps=done)

    said = words(signed_in(person), f"/stores/check/{check.pk}/steps/")

    assert "Passed Settings · 1 ms They fit. Running Secret Waiting Name Waiting Connect" in said
