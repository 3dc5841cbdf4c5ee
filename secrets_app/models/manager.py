"""Secrets managers: the places that keep secrets."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from project.access import OwnedQuerySet, Part, Share
from secrets_app.managers import MANAGERS, manager_choices
from secrets_app.managers.base import ManagerFlavor


class SecretsManagerQuerySet(OwnedQuerySet):
    """Secrets managers."""

    def built_in(self) -> SecretsManager:
        """The manager that keeps secrets in this database; it is there from the start."""
        manager, _ = self.get_or_create(
            name="local",
            owner=None,
            team=None,
            defaults={"flavor": "local", "description": "Sealed in Storeroom's own database."},
        )
        return manager


class SecretsManager(Part):
    """A place that keeps secrets.

    A vault is signed in to with the secret that `authentication_secret` names, beside it and
    kept in this database; without one with what the environment offers.
    """

    flavor = models.CharField(max_length=50, choices=manager_choices, default="local")
    authentication_secret = models.CharField("secret", max_length=100, blank=True)

    objects: ClassVar[Any] = SecretsManagerQuerySet.as_manager()

    class Meta(Part.Meta):
        verbose_name = "secrets manager"

    def clean(self) -> None:
        """Refuse another flavor while there are secrets: it could not open what this one keeps."""
        super().clean()
        before = SecretsManager.objects.filter(pk=self.pk).exclude(flavor=self.flavor)
        count = self.secret_set.count() if before.exists() else 0
        if count:
            raise ValidationError(
                {
                    "flavor": f"It keeps {count} secret{'' if count == 1 else 's'}, which another"
                    " flavor could not open. Register another manager."
                }
            )

    @property
    def kind(self) -> ManagerFlavor:
        """The flavor that knows how to deal with this manager."""
        return MANAGERS[self.flavor]

    @property
    def keeps_values_here(self) -> bool:
        """Whether its secrets' values are sealed in this database."""
        return self.kind.keeps_values_here


class SecretsManagerShare(Share):
    """A permission of a team on a secrets manager."""

    content_object = models.ForeignKey(SecretsManager, models.CASCADE, related_name="shares")
