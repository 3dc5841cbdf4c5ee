"""A rehearsal: a secret's version is tried with every store that names it before it is used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from secrets_app.models import Secret
from stores.models.run import Run

# How long after the switch a failing check still brings the version before back.
WATCH = timedelta(hours=24)


class RehearsalQuerySet(models.QuerySet[Any]):
    """Rehearsals."""

    def watching(self) -> RehearsalQuerySet:
        """Those whose version was taken into use a short while ago, still is, and has one before
        it to go back to."""
        recent = timezone.now() - WATCH
        return self.filter(
            state=Rehearsal.State.SWITCHED,
            switched_at__gt=recent,
            version=F("secret__version"),
            previous__gt=0,
        )


class Rehearsal(models.Model):
    """One try of a version: a check for each store, one verdict over all of them.

    `switch` says that the version is to be used as soon as all checks pass. `previous` is the
    version that was in use before, to go back to; 0 where there was none. `switched_at` is when
    the version was taken into use; None again once there is no way back.
    """

    class State(models.TextChoices):
        CHECKING = "checking", "Checking"
        PASSED = "passed", "All passed"
        REFUSED = "refused", "Not in use"
        SWITCHED = "switched", "In use"
        RETURNED = "returned", "Taken back"
        WITHDRAWN = "withdrawn", "Withdrawn"

    secret = models.ForeignKey(Secret, on_delete=models.CASCADE, related_name="rehearsals")
    version = models.PositiveIntegerField()
    previous = models.PositiveIntegerField()
    switch = models.BooleanField(default=True)
    state = models.CharField(max_length=20, choices=State, default=State.CHECKING)
    words = models.TextField(blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    switched_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = RehearsalQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Rehearsal of version {self.version} of {self.secret}"

    @property
    def watched_until(self) -> Any:
        """Until when a failing check brings the version before back; None where none does."""
        in_use = self.state == self.State.SWITCHED and self.secret.version == self.version
        if not in_use or not self.previous or self.switched_at is None:
            return None
        until = self.switched_at + WATCH
        return until if until > timezone.now() else None

    def last_before(self, store: Any, moment: Any) -> Any:
        """The store's last check with the version that was in use before, or before it came to any
        secret, that had ended by then; None where there is none."""
        theirs = Q(secret=self.secret_id, secret_version=self.previous or None)
        return (
            store.checks.filter(theirs | Q(secret=None, secret_version=None))
            .filter(rehearsal=None, status=Run.Status.DONE, finished_at__lte=moment)
            .order_by("-finished_at", "-pk")
            .first()
        )

    @property
    def may_be_forced(self) -> bool:
        """Whether a person may take the version into use although it did not pass."""
        return self.state in (self.State.CHECKING, self.State.PASSED, self.State.REFUSED)
