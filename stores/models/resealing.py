"""A run over everything that is sealed: seal it anew with the first key, or only verify it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from stores.models.run import Run


class Resealing(Run):
    """One pass over all sealed columns. `unreadable` names the first rows that no loaded key
    opens, by model, key, what they belong to, key id and reason; `unreadable_rows` counts all."""

    class Kind(models.TextChoices):
        ROTATE = "rotate", "Seal anew"
        VERIFY = "verify", "Verify"

    kind = models.CharField(max_length=10, choices=Kind)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    rows = models.PositiveIntegerField(default=0)
    resealed = models.PositiveIntegerField(default=0)
    unreadable_rows = models.PositiveIntegerField(default=0)
    unreadable = models.JSONField(default=list)

    class Meta(Run.Meta):
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def unnamed_rows(self) -> int:
        """How many rows that cannot be opened `unreadable` does not name."""
        return self.unreadable_rows - len(self.unreadable)

    def in_words(self) -> str:
        """What was found, in counts."""
        return (
            f"{self.rows:,} rows read, {self.resealed:,} sealed anew,"
            f" {self.unreadable_rows:,} cannot be opened"
        )
