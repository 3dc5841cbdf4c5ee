"""Checks: whether somebody took them, and how long they took."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from stores.models import Check


@pytest.mark.parametrize(
    ("status", "seconds", "untaken"),
    [("queued", 9, False), ("queued", 11, True), ("running", 60, False), ("done", 60, False)],
)
def test_a_check_that_waits_more_than_ten_seconds_is_untaken(
    status: str, seconds: int, untaken: bool
) -> None:
    check = Check(status=status, queued_at=timezone.now() - timedelta(seconds=seconds))

    assert check.untaken is untaken


def test_a_check_took_as_long_as_it_ran() -> None:
    start = datetime(2025, 11, 3, 14, 0, tzinfo=UTC)

    assert Check(started_at=start).seconds is None
    assert Check(started_at=start, finished_at=start + timedelta(seconds=1.5)).seconds == 1.5


@pytest.mark.parametrize(
    ("status", "is_open"),
    [("queued", True), ("running", True), ("done", False), ("failed", False)],
)
def test_a_check_is_open_until_it_has_ended(status: str, is_open: bool) -> None:
    assert Check(status=status).is_open is is_open
