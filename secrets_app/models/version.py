"""The versions of a secret, and the sealed values that each of them holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from secrets_app.sealing import SealedField, unseal_column

# How long a version that is not current keeps its values.
RETENTION = timedelta(days=30)


class SecretVersionQuerySet(models.QuerySet[Any]):
    """Versions of secrets."""

    def kept(self) -> SecretVersionQuerySet:
        """Those that still hold their values."""
        return self.filter(destroyed_at=None)

    def outdated(self) -> SecretVersionQuerySet:
        """Those whose retention time is over."""
        return self.kept().filter(unused_since__lt=timezone.now() - RETENTION)

    def destroy(self) -> list[SecretVersion]:
        """Remove the values of those that are not in use for good; the rows stay as history. Which
        were destroyed.

        The secrets are locked first, as `Secret.make_current` does, so that none of these versions
        is taken into use meanwhile.
        """
        with transaction.atomic():
            locked = self.select_related("secret").select_for_update(of=("secret",))
            list(locked.order_by("secret_id"))
            doomed = list(self.kept().filter(unused_since__isnull=False).order_by("number"))
            gone = SecretVersion.objects.filter(pk__in=[version.pk for version in doomed])
            gone.update(destroyed_at=timezone.now(), fingerprint="")
            SecretValue.objects.filter(version__in=doomed).delete()
        return doomed


class SecretVersion(models.Model):
    """What a secret held at a time: complete, sealed, never changed.

    `unused_since` is None for the version in use; the others keep their values for `RETENTION`
    from then on. `expires_at` is when the service will refuse it, where that is known.
    """

    secret = models.ForeignKey(
        "secrets_app.Secret", on_delete=models.CASCADE, related_name="versions"
    )
    number = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=80, blank=True, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    expires_at = models.DateTimeField(null=True)
    unused_since = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = SecretVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["secret", "number"], name="secrets_app_one_version_a_number"
            )
        ]

    def __str__(self) -> str:
        return f"version {self.number} of {self.secret}"

    @property
    def kept_until(self) -> Any:
        """When its values will be destroyed; None while it is in use, or once they are."""
        if self.unused_since is None or self.destroyed_at:
            return None
        return self.unused_since + RETENTION

    @property
    def retired_at(self) -> Any:
        """Since when it is not used any more; None while it is in use, and where it never was."""
        return None if self.unused_since == self.created_at else self.unused_since

    def unseal(self) -> dict[str, str]:
        """Its values in clear. Raises `keyring.Undecryptable`."""
        return {value.key: value.unseal() for value in self._values()}

    def keys(self) -> list[str]:
        """The names of the attributes that have a value."""
        return [value.key for value in self.values.all()]

    def _values(self) -> Iterable[SecretValue]:
        for value in self.values.all():
            value.version = self
            yield value


class SecretValue(models.Model):
    """One attribute of a version, sealed for this secret, the attribute, and the version that it
    was typed for; later versions that keep the value keep the sealed text as it is."""

    version = models.ForeignKey(SecretVersion, on_delete=models.CASCADE, related_name="values")
    key = models.CharField(max_length=100)
    sealed_for = models.PositiveIntegerField()
    sealed = SealedField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="secrets_app_one_value_a_key")
        ]

    def __str__(self) -> str:
        return f"{self.key} in version {self.version_id}"

    def bound_to(self) -> tuple[str | int, ...]:
        """What its sealed text is bound to."""
        return binding(self.version.secret_id, self.key, self.sealed_for)

    def unseal(self) -> str:
        """The value in clear. Raises `keyring.Undecryptable`."""
        return unseal_column(self, "sealed")


def binding(secret_id: int, key: str, number: int) -> tuple[str | int, ...]:
    """What a value is bound to: its secret, the attribute, and the version it was typed for."""
    return ("secrets_app.secret", secret_id, key, number)
