"""Secrets and the managers that keep them. Values are sealed; this knows nothing of stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from project.access import Named, OwnedQuerySet, Part
from secrets_app import keyring, redaction
from secrets_app.schemas import SCHEMAS, schema_choices


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
    """A place that keeps secrets."""

    class Flavor(models.TextChoices):
        LOCAL = "local", "This database, sealed with Fernet"

    flavor = models.CharField(max_length=50, choices=Flavor, default=Flavor.LOCAL)

    objects: ClassVar[Any] = SecretsManagerQuerySet.as_manager()

    class Meta(Part.Meta):
        verbose_name = "secrets manager"


class Secret(Named):
    """Named values that people may use without seeing them."""

    manager = models.ForeignKey(
        SecretsManager, on_delete=models.PROTECT, related_name="secret_set"
    )
    schema = models.CharField(max_length=50, choices=schema_choices, default="azure")
    version = models.PositiveIntegerField(default=0, editable=False)
    replaced_at = models.DateTimeField(null=True, editable=False)
    replaced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )

    objects: ClassVar[Any] = OwnedQuerySet.as_manager()

    def held_keys(self) -> list[str]:
        """The names of the attributes that have a value, in the schema's order."""
        order = [attribute.name for attribute in SCHEMAS[self.schema].attributes]
        held = [value.key for value in self.values.all()]
        return sorted(held, key=lambda key: (order.index(key) if key in order else 99, key))

    def replace(
        self, values: Mapping[str, str], *, clear: frozenset[str] = frozenset(), by: Any = None
    ) -> None:
        """Seal new values as the next version and remove those named in `clear`; attributes in
        neither keep what they have. Without any change there is no new version."""
        with transaction.atomic():
            current = Secret.objects.select_for_update().get(pk=self.pk)
            removed, _ = self.values.filter(key__in=clear).delete()
            if not values and not removed:
                return
            self.version = current.version + 1
            self.replaced_at = timezone.now()
            self.replaced_by = by
            self.save(update_fields=["version", "replaced_at", "replaced_by", "changed_at"])
            for key, value in values.items():
                bound_to = (self._meta.label_lower, self.pk, key, self.version)
                self.values.update_or_create(
                    key=key,
                    defaults={"version": self.version, "sealed": keyring.seal(value, bound_to)},
                )

    def reveal(self) -> dict[str, str]:
        """The values in clear: the only way to them. Those that are secret are hidden in every log
        of this process from now on. Raises `keyring.Undecryptable`."""
        clear = {value.key: value.unseal() for value in self.values.all()}
        schema = SCHEMAS[self.schema]
        redaction.hide(text for key, text in clear.items() if schema.is_sensitive(key))
        return clear

    def unreadable(self) -> str:
        """Why the values cannot be opened with the loaded keys, or "" when they can."""
        try:
            self.reveal()
        except keyring.Undecryptable as error:
            return str(error)
        return ""


class SecretValue(models.Model):
    """One attribute of a secret, sealed for this record, attribute and version."""

    secret = models.ForeignKey(Secret, on_delete=models.CASCADE, related_name="values")
    key = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    sealed = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["secret", "key"], name="secrets_app_one_value_a_key")
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.secret_id}"

    def unseal(self) -> str:
        """The value in clear. Raises `keyring.Undecryptable`."""
        bound_to = (Secret._meta.label_lower, self.secret_id, self.key, self.version)
        return keyring.unseal(self.sealed, bound_to)
