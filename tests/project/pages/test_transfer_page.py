"""The page of a transfer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from stores.models import Transfer
from tests.support.pages import (
    World,
    make_transfer,
    signed_in,
    words,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("planning", ["Listing: 0 artifacts so far. You may leave; the plan is kept."]),
        (
            "planned",
            [
                "The plan: copy 2 artifacts (4.0 KiB). Nothing is copied until you start it.",
                "Start: copy 2",
                "Skip, the same 1",
            ],
        ),
        ("running", ["Artifacts 1 of 2", "Bytes 2.5 KiB of 4.0 KiB", "on worker-3:42"]),
        ("completed", ["2 artifacts (4.0 KiB) copied in 10 s, each hashed as it was read"]),
        (
            "with_errors",
            [
                "1 copied, 1 failed. Each says why below.",
                "Retry failed (1)",
                "thing is another version by now. ConditionNotMet",
            ],
        ),
        ("failed", ["Nothing was copied. The source could not be listed."]),
        (
            "cancelled",
            [
                "Cancelled at 1 of 2. What was copied stays in the target.",
                "Retry what was not copied (1)",
            ],
        ),
    ],
)
def test_a_transfer_says_where_it_is(
    state: str, said: list[str], world: World, person: User
) -> None:
    transfer = make_transfer(world.store, world.other, state, "thing")

    page = words(signed_in(person), f"/stores/transfer/{transfer.pk}/")

    for sentence in said:
        assert sentence in page


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("planning", {"cancel"}),
        ("planned", {"start", "cancel"}),
        ("running", {"cancel"}),
        ("completed", set()),
        ("with_errors", {"retry"}),
        ("failed", set()),
        ("cancelled", {"retry"}),
    ],
)
def test_a_transfer_offers_what_can_be_done_with_it(
    state: str, buttons: set[str], world: World, person: User
) -> None:
    transfer = make_transfer(world.store, world.other, state)

    page = signed_in(person).get(f"/stores/transfer/{transfer.pk}/").content.decode()

    offered = re.findall(rf'action="/stores/transfer/{transfer.pk}/(\w+)/"', page)
    assert set(offered) == buttons


def test_a_transfer_that_nobody_takes_says_that_no_worker_listens(
    world: World, person: User
) -> None:
    transfer = make_transfer(world.store, world.other, "planning")
    late = timezone.now() - timedelta(seconds=11)
    transfer.runs.update(status="queued", started_at=None, queued_at=late)

    said = words(signed_in(person), f"/stores/transfer/{transfer.pk}/")

    assert "No worker listens on queue transfers. Nothing has started" in said


def test_a_plan_without_artifacts_has_nothing_to_start(world: World, person: User) -> None:
    transfer = make_transfer(world.store, world.other, "planned")
    transfer.items.all().delete()

    said = words(signed_in(person), f"/stores/transfer/{transfer.pk}/")

    assert "The source has no artifacts here. Nothing to start." in said


def test_when_both_sides_match_there_is_nothing_to_start(world: World, person: User) -> None:
    transfer = make_transfer(world.store, world.other, "planned")
    transfer.items.exclude(action="same").delete()

    said = words(signed_in(person), f"/stores/transfer/{transfer.pk}/")

    assert "Both sides already match (1 artifacts, compared by size and hash)." in said


def test_the_end_of_a_transfer_makes_the_page_load_anew(world: World, person: User) -> None:
    running = make_transfer(world.store, world.other, "running")
    browser = signed_in(person)

    going_on = browser.get(f"/stores/transfer/{running.pk}/progress/")
    ended = browser.get(f"/stores/transfer/{world.transfer.pk}/progress/")

    assert "HX-Refresh" not in going_on
    assert ended["HX-Refresh"] == "true"


def test_the_artifacts_of_a_transfer_can_be_filtered_by_result(world: World, person: User) -> None:
    browser = signed_in(person)
    address = f"/stores/transfer/{world.transfer.pk}/"

    failed = words(browser, f"{address}?result=failed")
    waiting = words(browser, f"{address}?result=pending")
    unknown = words(browser, f"{address}?result=nonsense")

    assert "2-thing" in failed
    assert "0-thing" not in failed
    assert "No artifact has this result. Show all 3" in waiting
    assert "0-thing" in unknown


def test_a_transfer_outlives_its_stores(world: World, person: User) -> None:
    Transfer.objects.update(source=None, target=None)

    said = words(signed_in(person), f"/stores/transfer/{world.transfer.pk}/")

    assert "thing/runs → thing-folder" in said
