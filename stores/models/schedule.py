"""Schedules: what is to be done again and again, and each slot that was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from project.access import Owned, OwnedQuerySet, Share
from stores.models.check import Check
from stores.models.store import Store


class Schedule(Owned):
    """A kind of run that is due every so many minutes."""

    class Kind(models.TextChoices):
        CHECK = "check", "Check"

    kind = models.CharField(max_length=20, choices=Kind, default=Kind.CHECK)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="schedules")
    every_minutes = models.PositiveIntegerField(
        "every … minutes",
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(7 * 24 * 60)],
        help_text="From 1 minute to 10,080 (a week).",
    )
    paused = models.BooleanField(default=False)
    next_run_at = models.DateTimeField(db_default=Now(), db_index=True, editable=False)

    objects: ClassVar[Any] = OwnedQuerySet.as_manager()

    class Meta(Owned.Meta):
        ordering = ["store__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "store"],
                name="stores_one_schedule_a_store",
                violation_error_message="This store has a schedule already; change that one.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.store} every {self.every_minutes} min"

    def following(self, now: datetime) -> tuple[datetime, int]:
        """The first slot after `now` on the schedule's grid, and how many slots before it are
        left out: whatever was missed becomes the one run that starts now."""
        every = timedelta(minutes=self.every_minutes)
        passed = (now - self.next_run_at) // every
        return self.next_run_at + (passed + 1) * every, passed


class ScheduleShare(Share):
    """A permission of a team on a schedule."""

    content_object = models.ForeignKey(Schedule, models.CASCADE, related_name="shares")


class Slot(models.Model):
    """One time that a schedule was due; the row makes sure that it is served once."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="slots")
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(db_default=Now())
    missed = models.PositiveIntegerField(default=0)
    check_run = models.ForeignKey(
        Check, on_delete=models.SET_NULL, null=True, related_name="slots"
    )

    class Meta:
        ordering = ["-due_at"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "due_at"], name="stores_a_slot_once")
        ]

    def __str__(self) -> str:
        return f"{self.schedule} at {self.due_at:%Y-%m-%d %H:%M}"
