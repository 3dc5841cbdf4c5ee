"""Destroy versions of secrets: on demand, and once their retention time is over. The one in use
stays, and so does the one that a watch would bring back; the audit tells of what is gone."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateformat import format as formatted

from project import audit
from secrets_app.models import Secret, SecretVersion
from secrets_app.models.version import RETENTION


class NotDestroyed(Exception):
    """The version stays, for the reason that the text says."""


def destroy_version(secret: Secret, number: int, by: Any) -> None:
    """Remove the values of one version for good. Raises `NotDestroyed`."""
    with transaction.atomic():
        Secret.objects.select_for_update().get(pk=secret.pk)
        watching = secret.rehearsals.watching().filter(previous=number).first()
        if watching:
            until = formatted(timezone.localtime(watching.watched_until), "j M H:i T")
            raise NotDestroyed(
                f"Version {number} comes back by itself if a store fails with version"
                f" {watching.version} until {until}. Destroy it after that."
            )
        if not secret.versions.filter(number=number).destroy():
            raise NotDestroyed(f"Version {number} is in use, or is gone already.")
        audit.record(by, "destroyed", secret, f"version {number}")


def destroy_outdated() -> None:
    """Destroy what has not been in use for the retention time."""
    outdated = SecretVersion.objects.outdated()
    for secret in Secret.objects.filter(pk__in=outdated.values("secret")):
        with transaction.atomic():
            gone = secret.versions.outdated().destroy()
            if gone:
                numbers = ", ".join(f"version {version.number}" for version in gone)
                words = f"{numbers}: not in use for {RETENTION.days} days"
                audit.record(None, "destroyed", secret, words)
