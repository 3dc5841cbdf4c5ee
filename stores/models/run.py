"""What every run has: a place in the queue, a lease while somebody works on it, an end.

The database is the queue of record; a message only wakes a worker. `stores.runs` alone writes
the fields here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Max, Q
from django.db.models.functions import Now
from django.utils import timezone

# After this time it is said that no worker listens.
PATIENCE = timedelta(seconds=10)


class RunQuerySet(models.QuerySet[Any]):
    """Runs of one kind."""

    def free(self) -> Self:
        """Those that a worker may take: queued, or left by a worker whose lease ended."""
        waiting = Q(status=Run.Status.QUEUED)
        left = Q(status=Run.Status.RUNNING, lease_until__lt=Now())
        return self.filter(waiting | left)

    def held(self) -> Self:
        """Those that a worker is at."""
        return self.filter(status=Run.Status.RUNNING, lease_until__gte=Now())

    def unheeded(self) -> Self:
        """Free ones that no worker seems to come to: a worker left them, or is at one that was
        queued later, or none is at any. The others only wait for their turn."""
        front = self.model._default_manager.held().aggregate(front=Max("pk"))["front"]
        if front is None:
            return self.free()
        return self.free().filter(Q(status=Run.Status.RUNNING) | Q(pk__lt=front))

    def open(self) -> Self:
        """Those that have not ended."""
        return self.filter(status__in=[Run.Status.QUEUED, Run.Status.RUNNING])


class Run(models.Model):
    """A piece of work that one worker does at a time.

    `fence` counts the workers that took it; each later write of a worker names the fence that it
    was given, so that one that lost its lease writes nothing. `rung_at` and `rings` say when and
    how often a message was sent for it since a worker last came. All times are the database's.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    status = models.CharField(max_length=20, choices=Status, default=Status.QUEUED)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=200, blank=True)
    queued_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    rung_at = models.DateTimeField(db_default=Now())
    rings = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["status", "lease_until"])]

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.status in (self.Status.QUEUED, self.Status.RUNNING)

    @property
    def untaken(self) -> bool:
        """Whether it has waited so long that no worker seems to listen."""
        return self.status == self.Status.QUEUED and timezone.now() - self.queued_at > PATIENCE
