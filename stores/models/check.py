"""A check of a store: the steps that a worker tried and what each showed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from secrets_app.models import Secret
from stores.models.rehearsal import Rehearsal
from stores.models.run import Run
from stores.models.store import Store


class Check(Run):
    """One try of a store, step by step."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="checks")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    rehearsal = models.ForeignKey(
        Rehearsal, on_delete=models.CASCADE, null=True, related_name="checks"
    )
    # Which version of which secret it is to use, or used; no number where a vault keeps it.
    secret = models.ForeignKey(Secret, on_delete=models.SET_NULL, null=True, related_name="+")
    secret_version = models.PositiveIntegerField(null=True)
    steps = models.JSONField(default=list)
    # What later checks are compared with: see `stores.comparison`.
    fingerprint = models.JSONField(default=dict)
    verdict = models.CharField(max_length=20, choices=Store.State, blank=True)
    words = models.TextField(blank=True)

    class Meta(Run.Meta):
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Check {self.pk} of {self.store}"

    @property
    def failed_step(self) -> dict[str, Any]:
        """The step that failed; empty where none did."""
        return next((step for step in self.steps if step["mark"] == "failed"), {})

    @property
    def as_before(self) -> bool:
        """Whether it failed in a rehearsal as the store did with the version that was in use then:
        at the same step, for the same reason."""
        if self.rehearsal is None or not self.verdict or not self.failed_step:
            return False
        before = self.rehearsal.last_before(self.store, self.finished_at)
        return before is not None and before.reason == self.reason

    @property
    def reason(self) -> tuple[str, str]:
        """Why it failed: the step and the category; empty where it did not."""
        return self.failed_step.get("name", ""), self.failed_step.get("category", "")

    @property
    def seconds(self) -> float | None:
        """How long it took, once it has ended."""
        if self.started_at and self.finished_at:
            return (self.finished_at - self.started_at).total_seconds()
        return None
