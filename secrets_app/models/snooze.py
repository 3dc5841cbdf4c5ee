"""Who wants to hear of a secret's end later, and when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from secrets_app.models.secret import Secret

PAUSE = timedelta(days=2)


class SnoozeQuerySet(models.QuerySet[Any]):
    """Reminders that were put off."""

    def pause(self, secret: Secret, person: Any) -> None:
        """Say nothing of the secret's end to this person for `PAUSE`."""
        until = {"until": timezone.now() + PAUSE}
        self.update_or_create(secret=secret, person=person, defaults=until)

    def quiet_for(self, person: Any) -> set[int]:
        """The keys of the secrets whose end this person does not want to hear of yet."""
        going_on = self.filter(person=person, until__gt=timezone.now())
        return set(going_on.values_list("secret", flat=True))


class Snooze(models.Model):
    """A person's "remind me later": it concerns nobody else's reminders."""

    secret = models.ForeignKey(Secret, on_delete=models.CASCADE, related_name="snoozes")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    until = models.DateTimeField()

    objects: ClassVar[Any] = SnoozeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["secret", "person"], name="secrets_app_one_snooze_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"Reminder of {self.secret} put off until {self.until:%Y-%m-%d %H:%M}"
