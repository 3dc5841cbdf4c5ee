"""The append-only record of who did what to which thing. Holds ids, names and words, no secret."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models


class AuditEntry(models.Model):
    """One thing that somebody did, or was refused."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    actor_name = models.CharField("who", max_length=150)
    action = models.CharField("did", max_length=50)
    kind = models.CharField(max_length=50)
    thing_id = models.CharField(max_length=50)
    thing_name = models.CharField("to what", max_length=200)
    words = models.TextField("details", blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.kind} {self.thing_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new entry; an entry that stands is never written again."""
        if self.pk is not None:
            raise TypeError("An audit entry is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused: entries stay."""
        raise TypeError("An audit entry is never deleted.")


def record(actor: Any, action: str, thing: models.Model, words: str = "") -> None:
    """Note that `actor` did `action` to `thing`. Call it in the transaction of the change.

    `actor` is None when the clock or a worker did it by itself.
    """
    AuditEntry.objects.create(
        actor=actor,
        actor_name=actor.get_username() if actor else "Storeroom",
        action=action,
        kind=str(thing._meta.verbose_name),
        thing_id=str(thing.pk),
        thing_name=str(thing)[:200],
        words=words,
    )


def record_lockout(request: Any, username: str | None, ip_address: str, **_: Any) -> None:
    """Note once that signing in with a name from an address was locked. What was typed as a name
    is kept only where somebody is called so: people do type a password there."""
    if request.axes_failures_since_start != settings.AXES_FAILURE_LIMIT:
        return
    people = get_user_model()._default_manager
    known = people.filter(username=username).exists()
    AuditEntry.objects.create(
        actor_name="Storeroom",
        action="locked",
        kind="sign-in",
        thing_id=ip_address,
        thing_name=str(username) if known else "(nobody of this name)",
        words=f"{settings.AXES_FAILURE_LIMIT} wrong passwords in a row from {ip_address}",
    )
