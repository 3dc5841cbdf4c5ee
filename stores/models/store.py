"""A registered artifact store: where it is, how to sign in to it, what was last seen of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from project.access import OwnedQuerySet, Part
from secrets_app import keyring
from secrets_app.models import Secret
from stores.flavors import FLAVORS, flavor_choices
from stores.flavors.base import Backend, Category, Flavor, SignIn, StoreError


class StoreQuerySet(OwnedQuerySet):
    """Stores."""

    def naming(self, secret: Secret) -> StoreQuerySet:
        """The stores that name this secret, and so use it."""
        return self.filter(authentication_secret=secret.name, owner=secret.owner, team=secret.team)


class Store(Part):
    """A container in Azure Blob Storage, or a folder, plus the way to sign in to it."""

    class State(models.TextChoices):
        NEVER = "never", "Never checked"
        HEALTHY = "healthy", "Healthy"
        DEGRADED = "degraded", "Degraded"
        FAILING = "failing", "Failing"

    flavor = models.CharField(max_length=50, choices=flavor_choices)
    path = models.CharField(max_length=1100)
    sign_in = models.CharField(
        max_length=30,
        choices=[
            (SignIn.NONE.value, "None needed"),
            (SignIn.IMPLICIT.value, "Implicit (environment)"),
            (SignIn.FROM_SECRET.value, "As the secret says"),
            (SignIn.CONNECTION_STRING.value, "Connection string"),
            (SignIn.ACCOUNT_KEY.value, "Account name and key"),
            (SignIn.SAS_TOKEN.value, "Account name and SAS token"),
        ],
        default=SignIn.FROM_SECRET.value,
    )
    authentication_secret = models.CharField("secret", max_length=100, blank=True)
    allow_probes = models.BooleanField("write and delete a probe at each check", default=False)
    state = models.CharField(max_length=20, choices=State, default=State.NEVER, editable=False)
    state_words = models.TextField(blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = StoreQuerySet.as_manager()

    class Meta(Part.Meta):
        constraints = [
            *Part.Meta.constraints,
            models.CheckConstraint(
                condition=Q(sign_in__in=[SignIn.NONE.value, SignIn.IMPLICIT.value])
                ^ ~Q(authentication_secret=""),
                name="stores_store_secret_fits_sign_in",
                violation_error_message="A secret is named exactly where the sign-in needs one.",
            ),
        ]

    @property
    def kind(self) -> Flavor:
        """The flavor that knows how to deal with this store."""
        return FLAVORS[self.flavor]

    @property
    def probe_name(self) -> str:
        """The one artifact that checks may write and delete here."""
        return f".storeroom/probe-{self.pk}"

    def secret(self) -> Secret | None:
        """The secret that is named, once it exists: of the same owner, in the same team."""
        return Secret.objects.filter(
            name=self.authentication_secret, owner=self.owner_id, team=self.team_id
        ).first()

    def check_settings(self) -> str:
        """Say that address and sign-in fit together. Raises `StoreError(SETTINGS)`."""
        if self.sign_in == SignIn.IMPLICIT and not settings.STOREROOM_ALLOW_IMPLICIT:
            raise StoreError(
                Category.SETTINGS,
                "This store names no secret, so it would sign in implicitly, with whatever the"
                " worker's environment holds. That is off here.",
                action="Name a secret in the store's settings, or let the operator set"
                " STOREROOM_ALLOW_IMPLICIT=true for the workers.",
            )
        return self.kind.check_settings(self.path, self.configuration, SignIn(self.sign_in))

    def read_secret(self) -> tuple[dict[str, str], str]:
        """The values to sign in with, and a sentence about them that shows none.

        Raises `StoreError` when the secret is missing, cannot be decrypted or does not fit.
        """
        sign_in = SignIn(self.sign_in)
        if sign_in == SignIn.NONE:
            return {}, "No secret is needed."
        if sign_in == SignIn.IMPLICIT:
            values = self.kind.environment_values()
            self.kind.check_secret(self.path, self.configuration, sign_in, values)
            return values, f"From the worker's environment: {', '.join(values)}."
        secret = self.secret()
        if secret is None:
            raise StoreError(
                Category.SECRET_MISSING,
                f"There is no secret `{self.authentication_secret}`.",
                action=f"Create the secret `{self.authentication_secret}`; the store uses it as"
                " soon as it is there.",
            )
        try:
            values = secret.reveal()
        except keyring.Undecryptable as error:
            raise StoreError(
                Category.SECRET_UNDECRYPTABLE,
                f"`{secret}` {error}.",
                action="Add the key that sealed it to FERNET_KEYS, or enter the values again.",
            ) from None
        used = self.kind.check_secret(self.path, self.configuration, sign_in, values)
        label = str(used).replace("_", " ")
        return values, f"`{secret}` v{secret.version} decrypted (values not shown): {label}."

    def open(self, values: Mapping[str, str], timeout: float) -> Backend:
        """A backend that signs in with `values`; sends nothing yet. Raises `StoreError`."""
        return self.kind.open(
            self.path, self.configuration, SignIn(self.sign_in), values, timeout=timeout
        )

    def connect(self, timeout: float = 60.0) -> Backend:
        """Open the store with its own secret. Raises `StoreError`."""
        self.check_settings()
        values, _ = self.read_secret()
        return self.open(values, timeout)

    def location(self, prefix: str = "") -> tuple[str, ...]:
        """Where the store's folder `prefix` is, as parts to compare one by one.

        Where only the secret could tell the account and it cannot be read, the secret itself
        stands for it: the place equals only places of stores with the same secret.
        """
        try:
            self.check_settings()
            values = self.read_secret()[0]
        except StoreError:
            values = {}
        unknown = f"{self.owner_id}:{self.team_id}:{self.authentication_secret}"
        place = self.kind.location(self.path, self.configuration, values)
        return (*(part or unknown for part in place), *(p for p in prefix.split("/") if p))
