"""Claims, leases and fences: one worker at a time, and a dead one's work goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from stores.models import Check, Run, Store
from stores.runs.lease import MOST_TRIES, LeaseLost, claim, working

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def check(admin_user: User) -> Check:
    store = Store.objects.create(
        name="az_store", flavor="azure", path="az://ml", sign_in="implicit", owner=admin_user
    )
    return Check.objects.create(store=store)


def leave(check: Check, **fields: object) -> None:
    """As a worker leaves it that died a minute ago."""
    past = timezone.now() - timedelta(minutes=1)
    Check.objects.filter(pk=check.pk).update(
        **{"status": Run.Status.RUNNING, "lease_until": past, "fence": 1, **fields}
    )


def test_a_queued_run_is_claimed_once(check: Check) -> None:
    first = claim(Check.objects.all())
    second = claim(Check.objects.all())

    assert first is not None
    assert first.run.fence == 1
    assert first.run.started_at is not None
    assert second is None


def test_a_run_whose_lease_ended_is_claimed_with_the_next_fence(check: Check) -> None:
    leave(check)

    lease = claim(Check.objects.all())

    assert lease is not None
    assert lease.run.fence == 2


def test_t26_a_worker_that_lost_its_lease_writes_nothing(check: Check) -> None:
    zombie = claim(Check.objects.all())
    leave(check)
    heir = claim(Check.objects.all())

    with pytest.raises(LeaseLost):
        zombie.write(words="written by the zombie")
    heir.write(words="written by the heir")

    check.refresh_from_db()
    assert check.words == "written by the heir"


def test_a_cancelled_run_takes_no_more_writes(check: Check) -> None:
    lease = claim(Check.objects.all())
    Check.objects.update(status=Run.Status.CANCELLED)

    with pytest.raises(LeaseLost):
        lease.end(Run.Status.DONE)

    check.refresh_from_db()
    assert check.status == Run.Status.CANCELLED


def test_a_write_prolongs_the_lease(check: Check) -> None:
    lease = claim(Check.objects.all())
    soon = timezone.now() + timedelta(seconds=1)
    Check.objects.update(lease_until=soon)

    lease.write()

    check.refresh_from_db()
    assert check.lease_until > soon


def test_a_bug_is_recorded_and_goes_on(check: Check) -> None:
    with pytest.raises(ZeroDivisionError), working(Check.objects.all()):
        raise ZeroDivisionError("AccountKey=canary")

    check.refresh_from_db()
    assert check.status == Run.Status.FAILED
    assert check.error == "Internal error; the worker's log has the rest."


def test_a_run_that_kills_its_workers_is_given_up(check: Check) -> None:
    leave(check, fence=MOST_TRIES)

    with working(Check.objects.all()) as lease:
        assert lease is None

    check.refresh_from_db()
    assert check.status == Run.Status.FAILED
    assert check.error == "Given up after 5 tries."


def test_a_second_delivery_finds_nothing_to_do(check: Check) -> None:
    with working(Check.objects.filter(pk=check.pk)) as lease:
        lease.end(Run.Status.DONE)

    with working(Check.objects.filter(pk=check.pk)) as lease:
        assert lease is None
