"""A check of the secrets that a whole stack names: what a worker found when it opened each."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from stores.models.run import Run
from stores.models.stack import Stack


class StackCheck(Run):
    """One opening of every secret that the stack's parts name; the store itself has its `Check`.

    `parts` are the parts that it looked at, as labels; `total` is how many secrets they name.
    `results` say of each, once it was tried, in words without any value: `secret` (its key, None
    where there is none), `name`, `mark` ("ok" or "failed"), `category`, `words`, `action`, and
    `rests_on`, the keys of the secrets whose change makes the result an old one.
    """

    stack = models.ForeignKey(Stack, on_delete=models.CASCADE, related_name="checks")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    parts = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)
    results = models.JSONField(default=list)

    class Meta(Run.Meta):
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Check {self.pk} of the secrets of {self.stack}"
