"""The append-only record of who did what to which thing. Holds ids, names and words; in the place
of a secret value its keyed fingerprint."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models


class AuditEntryQuerySet(models.QuerySet[Any]):
    """Entries: to be read and added to."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refused: entries stay as they are."""
        raise TypeError("Audit entries are never changed.")

    def delete(self) -> NoReturn:
        """Refused: entries stay."""
        raise TypeError("Audit entries are never deleted.")


class AuditEntry(models.Model):
    """One thing that somebody did, or was refused.

    Who did it stands there by name: an entry stays as it is when that person goes. PostgreSQL
    refuses to change or delete a row as well (migration 0003).
    """

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
    )
    actor_name = models.CharField("who", max_length=150)
    action = models.CharField("did", max_length=50)
    kind = models.CharField(max_length=50)
    thing_id = models.CharField(max_length=50)
    thing_name = models.CharField("to what", max_length=200)
    words = models.TextField("details", blank=True)
    fingerprint = models.CharField(max_length=80, blank=True)
    run = models.CharField("by which run", max_length=100, blank=True)
    address = models.GenericIPAddressField("from", null=True)

    # The address of the run's page, for who may see it; never stored.
    run_page: str = ""

    objects: ClassVar[Any] = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["kind", "thing_id"])]

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


def record(
    actor: Any,
    action: str,
    thing: models.Model,
    words: str = "",
    *,
    fingerprint: str = "",
    run: str = "",
    address: str | None = None,
) -> None:
    """Note that `actor` did `action` to `thing`. Call it in the transaction of the change.

    `actor` is None when the clock or a worker did it by itself. `fingerprint` stands for the value
    that it was about, `run` names the check or transfer that did it, `address` is where the
    request came from.
    """
    AuditEntry.objects.create(
        actor=actor,
        actor_name=actor.get_username() if actor else "Storeroom",
        action=action,
        kind=str(thing._meta.verbose_name),
        thing_id=str(thing.pk),
        thing_name=str(thing)[:200],
        words=words,
        fingerprint=fingerprint,
        run=run,
        address=address,
    )


def address_of(request: Any) -> str | None:
    """Where a request came from: the address by which wrong passwords are counted as well."""
    return get_client_ip_address(request) or None


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
        address=ip_address,
    )
