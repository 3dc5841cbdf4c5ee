"""Transfers: what they are called, and how far they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from stores.models import Transfer, TransferRun
from tests.support.pages import World, furnish, make_transfer

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def world(person: User) -> World:
    return furnish(person)


def test_the_places_names_outlive_the_stores(world: World) -> None:
    transfer = world.transfer
    world.other.delete()

    transfer.refresh_from_db()
    transfer.save()

    assert str(transfer) == f"Transfer {transfer.pk}: thing/runs → thing-folder"


def test_the_totals_of_a_running_transfer(world: World) -> None:
    transfer = make_transfer(world.store, world.other, "running")

    assert transfer.totals() == {
        "objects": 3,
        "new": 2,
        "overwrite": 0,
        "same": 1,
        "refused": 0,
        "moving": 2,
        "moving_bytes": 4096,
        "done": 1,
        "compared": 0,
        "done_bytes": 2048,
        "failed": 0,
        "cancelled": 0,
        "pending": 1,
        "flying_bytes": 512,
    }


def test_the_totals_of_an_empty_plan_are_zeros(world: World) -> None:
    transfer = make_transfer(world.store, world.other, "planned")
    transfer.items.all().delete()

    assert set(transfer.totals().values()) == {0}


@pytest.mark.parametrize(
    ("state", "is_open"),
    [
        ("planning", True),
        ("planned", False),
        ("running", True),
        ("completed", False),
        ("with_errors", False),
        ("failed", False),
        ("cancelled", False),
    ],
)
def test_it_is_open_while_workers_have_something_to_do(
    state: str, is_open: bool, world: World
) -> None:
    transfer = make_transfer(world.store, world.other, state)

    assert transfer.is_open is is_open
    assert Transfer.objects.under_way([world.other]).contains(transfer) is is_open


def test_other_stores_transfers_are_not_under_way_here(world: World, stranger: User) -> None:
    other = furnish(stranger)
    make_transfer(world.store, world.other, "running")

    assert not Transfer.objects.under_way([other.store, other.other]).exists()


@pytest.mark.parametrize(
    ("runs", "untaken"),
    [
        ([("queued", 60, None)], True),
        ([("queued", 5, None)], False),
        ([("done", 90, 60), ("queued", 60, None)], True),
        ([("running", 60, None), ("queued", 60, None)], False),
        ([("done", 90, 2), ("queued", 60, None)], False),
        ([], False),
    ],
)
def test_it_is_untaken_when_nothing_is_done_for_it_for_long(
    runs: list[tuple[str, int, int | None]], untaken: bool, world: World
) -> None:
    now = timezone.now()
    transfer = make_transfer(world.store, world.other, "planned")
    for status, queued, ended in runs:
        TransferRun.objects.create(
            transfer=transfer,
            kind="copy",
            status=status,
            queued_at=now - timedelta(seconds=queued),
            finished_at=ended and now - timedelta(seconds=ended),
        )

    assert transfer.untaken is untaken


def test_it_waits_for_its_turn_while_a_worker_is_at_another_transfer(world: World) -> None:
    now = timezone.now()
    waiting, other = (make_transfer(world.store, world.other, "planned") for _ in range(2))
    TransferRun.objects.create(
        transfer=waiting, kind="copy", queued_at=now - timedelta(seconds=60)
    )
    assert waiting.untaken

    TransferRun.objects.create(
        transfer=other,
        kind="copy",
        status="running",
        lease_until=now + timedelta(seconds=20),
    )

    assert not waiting.untaken
