"""A registered artifact store: where it is, how to sign in to it, what was last seen of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from project.access import OwnedQuerySet, Part, Share
from secrets_app import vaults
from secrets_app.managers.base import Fetched
from secrets_app.models import Secret, SecretVersion
from stores.files import Files
from stores.flavors import FLAVORS, flavor_choices, flavor_of, sign_in_choices
from stores.flavors.base import Backend, Flavor, SignIn, StoreError
from stores.flavors.explaining import Snippet, Subject
from stores.models import signing_in


class StoreQuerySet(OwnedQuerySet):
    """Stores."""

    def naming(self, secret: Secret) -> StoreQuerySet:
        """The stores that name this secret, and so use it."""
        return self.beside(secret).filter(authentication_secret=secret.name)

    def openable(self) -> StoreQuerySet:
        """The stores whose flavor Storeroom can open."""
        return self.filter(flavor__in=FLAVORS)


class Store(Part):
    """A container, a bucket or a folder, plus the way to sign in to it."""

    class State(models.TextChoices):
        NEVER = "never", "Never checked"
        HEALTHY = "healthy", "Healthy"
        DEGRADED = "degraded", "Degraded"
        FAILING = "failing", "Failing"

    flavor = models.CharField(max_length=50, choices=flavor_choices)
    path = models.CharField(max_length=1100)
    sign_in = models.CharField(
        max_length=30, choices=sign_in_choices, default=SignIn.FROM_SECRET.value
    )
    authentication_secret = models.CharField("secret", max_length=100, blank=True)
    allow_probes = models.BooleanField("write and delete a probe at each check", default=False)
    # Set by superusers alone: the workers' environment is the operator's, not the owner's.
    allow_implicit = models.BooleanField("allow implicit sign-in", default=False)
    state = models.CharField(max_length=20, choices=State, default=State.NEVER, editable=False)
    state_words = models.TextField(blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)

    # The version to try in the place of the one in use that the name leads to; never stored.
    trying: SecretVersion | None = None
    # What `read_secret` read: the secret and the version's number, 0 in a vault; never stored.
    used: tuple[Secret, int] | None = None
    # The vault that keeps its secret, once it was read; never stored.
    vault: vaults.OpenVault | None = None
    # What the vault gave out last; never stored.
    fetched: Fetched | None = None

    objects: ClassVar[Any] = StoreQuerySet.as_manager()

    class Meta(Part.Meta):
        constraints = [
            *Part.Meta.constraints,
            models.CheckConstraint(
                condition=Q(sign_in__in=[way.value for way in SignIn if not way.needs_secret])
                ^ ~Q(authentication_secret=""),
                name="stores_store_secret_fits_sign_in",
                violation_error_message="A secret is named exactly where the sign-in needs one.",
            ),
        ]

    @property
    def kind(self) -> Flavor:
        """The flavor that knows how to deal with this store."""
        return flavor_of(self.flavor)

    @property
    def probe_name(self) -> str:
        """The one artifact that checks may write and delete here."""
        return f".storeroom/probe-{self.pk}"

    def secret(self) -> Secret | None:
        """The secret that is named, once it exists: of the same team, or of the same owner where
        there is no team."""
        named = Secret.objects.beside(self).filter(name=self.authentication_secret)
        return named.select_related("manager").first()

    def check_settings(self) -> str:
        """Say that address and sign-in fit together. Raises `StoreError(SETTINGS)`."""
        if SignIn(self.sign_in).is_ambient:
            signing_in.check_allowed(self)
        return self.kind.check_settings(self.path, self.configuration, SignIn(self.sign_in))

    def read_secret(self) -> tuple[dict[str, str] | None, str]:
        """The values to sign in with, None where a vault keeps them, and a sentence about them
        that shows none.

        Which version of which secret it was stands in `used` afterwards, also where it could not
        be opened. Raises `StoreError` when the secret is missing, cannot be decrypted, has expired
        or does not fit.
        """
        return signing_in.read_secret(self)

    def fetch_secret(self, timeout: float) -> tuple[dict[str, str], str]:
        """The values from the vault that keeps them, and a sentence about them that shows none;
        after `read_secret` has returned None.

        Asks the vault, for at most `timeout` seconds, and no database. Raises `StoreError`, also
        when the vault says that they have ended: then they are sent nowhere.
        """
        return signing_in.fetch_secret(self, timeout)

    def open(self, values: Mapping[str, str], timeout: float) -> Backend:
        """A backend that signs in with `values`; sends nothing yet. Raises `StoreError`."""
        return self.kind.open(
            self.path, self.configuration, SignIn(self.sign_in), values, timeout=timeout
        )

    def connect(self, timeout: float = 60.0) -> Backend:
        """Open the store with its own secret, fetched where a vault keeps it. Raises
        `StoreError`."""
        self.check_settings()
        values, _ = self.read_secret()
        if values is None:
            values, _ = self.fetch_secret(timeout)
        return self.open(values, timeout)

    def files(self, timeout: float = 60.0) -> Files:
        """The store as files, opened with its own secret. Raises `StoreError`."""
        return Files(self.connect(timeout), self.path, self.kind.schemes)

    def snippets(self) -> list[Snippet]:
        """How other programs reach the store, with placeholders for what is secret; none where
        the address is not right, which a check says."""
        secret, way = self.secret(), self.sign_in
        if way == SignIn.FROM_SECRET:
            shape = secret.shape() if secret else None
            way = shape.slug if shape else ""
        subject = Subject(
            self.name, self.path, self.configuration, way, self.authentication_secret
        )
        try:
            return self.kind.snippets(subject)
        except ValidationError:
            return []

    def location(self, prefix: str = "") -> tuple[str, ...]:
        """Where the store's folder `prefix` is, as parts to compare one by one.

        Where only the secret could tell the account and it cannot be read, the secret itself
        stands for it: the place equals only places of stores with the same secret.
        """
        try:
            self.check_settings()
            values = self.read_secret()[0] or {}
        except StoreError:
            values = {}
        kind, key = self.namespace
        unknown = f"{kind}:{key}:{self.authentication_secret}"
        place = self.kind.location(self.path, self.configuration, values)
        return (*(part or unknown for part in place), *(p for p in prefix.split("/") if p))


class StoreShare(Share):
    """A permission of a team on a store."""

    content_object = models.ForeignKey(Store, models.CASCADE, related_name="shares")
