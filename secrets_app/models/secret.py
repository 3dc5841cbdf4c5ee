"""Secrets: named values in versions. Knows nothing of stores."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Max, Prefetch, Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from project.access import Named, OwnedQuerySet, Share
from secrets_app import keyring, redaction
from secrets_app.managers.base import ExternalManager, ManagerError
from secrets_app.models.fingerprint import fingerprint
from secrets_app.models.manager import SecretsManager
from secrets_app.models.version import SecretValue, SecretVersion, binding
from secrets_app.schemas import SCHEMAS, Shape, expires_at, schema_choices

# Days after which a value may be called due at the latest: ten years.
LONGEST_REMINDER = 3650


class NotKept(Exception):
    """A version that is not there, or whose values were destroyed."""


class SecretQuerySet(OwnedQuerySet):
    """Secrets."""

    def with_current(self) -> SecretQuerySet:
        """With the version in use and its values, in two queries for all."""
        current = SecretVersion.objects.filter(number=F("secret__version"))
        return self.prefetch_related(
            Prefetch("versions", current.prefetch_related("values"), to_attr="fetched_current")
        )


class Secret(Named):
    """Named values that people may use without seeing them.

    `version` is the number of the version in use, 0 where there is none: nothing was sealed yet,
    or a vault keeps the values. `ends_in_vault` is when those end, as it was seen last.
    """

    manager = models.ForeignKey(
        SecretsManager, on_delete=models.PROTECT, related_name="secret_set"
    )
    schema = models.CharField(max_length=50, choices=schema_choices, default="azure")
    version = models.PositiveIntegerField(default=0, editable=False)
    ends_in_vault = models.DateTimeField(null=True, editable=False)
    remind_after_days = models.PositiveSmallIntegerField(
        "remind after",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_REMINDER)],
        help_text="Days after which a value without an end, such as an account key, should be"
        " replaced; at most 3,650, which is ten years. Empty: never.",
    )

    # The version that `reveal` opened last; never stored.
    opened: SecretVersion | None = None

    objects: ClassVar[Any] = SecretQuerySet.as_manager()

    class Meta(Named.Meta):
        constraints = [
            *Named.Meta.constraints,
            models.CheckConstraint(
                condition=Q(remind_after_days=None)
                | Q(remind_after_days__gte=1, remind_after_days__lte=LONGEST_REMINDER),
                name="secrets_app_reminder_within_ten_years",
                violation_error_message="A reminder comes after 1 to 3,650 days.",
            ),
        ]

    def clean(self) -> None:
        """Refuse a name that the vault cannot keep, or that it does not tell from another's."""
        super().clean()
        vault = self.manager.kind if self.name and self.manager_id else None
        if not isinstance(vault, ExternalManager):
            return
        try:
            spelling = vault.spelling(self.name)
        except ManagerError as error:
            raise ValidationError({"name": f"{error.text} {error.action}"}) from None
        others = Secret.objects.filter(manager=self.manager).exclude(pk=self.pk)
        for name in others.values_list("name", flat=True):
            with suppress(ManagerError):
                if vault.spelling(name) == spelling:
                    raise ValidationError(
                        {"name": f"`{self.manager}` keeps another secret as `{spelling}` already."}
                    )

    def left_behind(self) -> str:
        """What stays elsewhere when the secret is deleted here, and how to remove that; "" where
        nothing does."""
        vault = self.manager.kind
        if not isinstance(vault, ExternalManager):
            return ""
        try:
            command = vault.removal(self.manager.configuration, self.name)
        except ManagerError:
            return ""
        return f"`{self.manager}` keeps its value: `{command}` removes it there."

    @property
    def current(self) -> SecretVersion | None:
        """The version in use."""
        fetched = getattr(self, "fetched_current", None)
        if fetched is not None:
            return next((each for each in fetched if each.number == self.version), None)
        return self.versions.filter(number=self.version).prefetch_related("values").first()

    @property
    def kept_here(self) -> bool:
        """Whether its values are sealed in this database, not in a vault."""
        return self.manager.keeps_values_here

    def held_keys(self) -> list[str]:
        """The names of the attributes that have a value, in the schema's order."""
        return SCHEMAS[self.schema].in_order(self.current.keys() if self.current else [])

    def shape(self) -> Shape | None:
        """Which of the schema's shapes its attributes make, if one."""
        return SCHEMAS[self.schema].shape_of(self.held_keys())

    @sensitive_variables("values")
    def replace(
        self,
        values: Mapping[str, str],
        *,
        clear: frozenset[str] = frozenset(),
        by: Any = None,
        expires: datetime | None = None,
    ) -> SecretVersion | None:
        """Seal new values as the next version and use it from now on; as `add_version`."""
        with transaction.atomic():
            made = self.add_version(values, clear=clear, by=by, expires=expires)
            if made:
                self.make_current(made.number)
        return made

    @sensitive_variables("values", "clear_values")
    def add_version(
        self,
        values: Mapping[str, str],
        *,
        clear: frozenset[str] = frozenset(),
        by: Any = None,
        expires: datetime | None = None,
    ) -> SecretVersion | None:
        """Seal new values as a version that is not in use yet. It keeps what the version in use
        holds, but for what is replaced or named in `clear`. `expires` is what a person says of its
        end, where the values themselves do not tell; without it the end that was noted stays, as
        long as every value that is secret does.

        None where it would equal the version in use: nothing to change.
        """
        with transaction.atomic():
            Secret.objects.select_for_update().get(pk=self.pk)
            self.refresh_from_db(fields=["version"])
            current = self.versions.filter(number=self.version).first()
            kept = [
                value
                for value in (current.values.all() if current else [])
                if value.key not in clear and value.key not in values
            ]
            if not values and (current is None or len(kept) == current.values.count()):
                return None
            clear_values = self._clear_values(kept, values)
            mark = fingerprint(clear_values) if clear_values is not None else ""
            if current and mark and mark == current.fingerprint:
                return None
            if current and expires is None and self._keeps_its_end(current, kept):
                expires = current.expires_at
            last = self.versions.aggregate(last=Max("number"))["last"] or 0
            now = timezone.now()
            made = SecretVersion.objects.create(
                secret=self,
                number=last + 1,
                fingerprint=mark,
                created_at=now,
                created_by=by,
                unused_since=now,
                expires_at=expires_at(SCHEMAS[self.schema], clear_values or values) or expires,
            )
            for value in kept:
                value.pk, value._state.adding, value.version = None, True, made
                value.save()
            for key, text in values.items():
                SecretValue.objects.create(
                    version=made,
                    key=key,
                    sealed_for=made.number,
                    sealed=keyring.seal(text, binding(self.pk, key, made.number)),
                )
            return made

    @sensitive_variables()
    def _clear_values(
        self, kept: list[SecretValue], values: Mapping[str, str]
    ) -> dict[str, str] | None:
        """All values of the version to be; None where a kept one cannot be opened."""
        try:
            return {value.key: value.unseal() for value in kept} | dict(values)
        except keyring.Undecryptable:
            return None

    def _keeps_its_end(self, current: SecretVersion, kept: list[SecretValue]) -> bool:
        """Whether nothing that is secret of this version is replaced or cleared in the next: then
        it ends when this one does."""
        gone = set(current.keys()) - {value.key for value in kept}
        return SCHEMAS[self.schema].keeps_end(gone)

    def set_expiry(self, expires: datetime | None, number: int | None = None) -> bool:
        """Note when a version ends, the one in use or another, as a person says; what its values
        tell stays. Whether that changed anything."""
        number = self.version if number is None else number
        if self.told_expiry(number):
            return False
        version = self.versions.filter(number=number).exclude(expires_at=expires).first()
        if version is None:
            return False
        version.expires_at = expires
        version.save(update_fields=["expires_at"])
        self.__dict__.pop("fetched_current", None)
        return True

    def told_expiry(self, number: int | None = None) -> datetime | None:
        """The end that the values of a version themselves tell, as far as they can be opened."""
        try:
            return expires_at(SCHEMAS[self.schema], self.reveal(number))
        except keyring.Undecryptable:
            return None

    def make_current(self, number: int) -> None:
        """Use this version from now on; the one in use so far begins its retention time. Raises
        `NotKept`."""
        with transaction.atomic():
            Secret.objects.select_for_update().get(pk=self.pk)
            if not self.versions.kept().filter(number=number).update(unused_since=None):
                raise self._not_kept(number)
            self.versions.exclude(number=number).filter(unused_since=None).update(
                unused_since=timezone.now()
            )
            self.version = number
            self.save(update_fields=["version", "changed_at"])
            self.__dict__.pop("fetched_current", None)

    @sensitive_variables("clear")
    def reveal(self, number: int | None = None) -> dict[str, str]:
        """The values in clear, of the version in use or of another: the only way to them. Those
        that are secret are hidden in every log of this process from now on. Raises
        `keyring.Undecryptable`, and `NotKept` for a version that is not there any more."""
        if number is None or number == self.version:
            version = self.current
        else:
            version = self.versions.filter(number=number).first()
            if version is None:
                raise self._not_kept(number)
        if version and version.destroyed_at:
            raise self._not_kept(version.number)
        clear = version.unseal() if version else {}
        self.opened = version
        schema = SCHEMAS[self.schema]
        redaction.hide(text for key, text in clear.items() if schema.is_sensitive(key))
        return clear

    def _not_kept(self, number: int) -> NotKept:
        return NotKept(f"Version {number} of `{self}` is not kept any more.")

    def unreadable(self) -> str:
        """Why the values cannot be opened with the loaded keys, or "" when they can."""
        try:
            self.reveal()
        except keyring.Undecryptable as error:
            return str(error)
        return ""


class SecretShare(Share):
    """A permission of a team on a secret."""

    content_object = models.ForeignKey(Secret, models.CASCADE, related_name="shares")
