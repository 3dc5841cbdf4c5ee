"""A registered artifact store: where it is, how to sign in to it, what was last seen of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from project.access import OwnedQuerySet, Part, Share
from secrets_app import keyring, vaults
from secrets_app.expiry import span
from secrets_app.managers.base import Fetched, ManagerError
from secrets_app.models import NotKept, Secret, SecretVersion
from secrets_app.schemas import SCHEMAS, expires_at
from stores.files import Files
from stores.flavors import FLAVORS, flavor_choices, flavor_of, sign_in_choices
from stores.flavors.base import Backend, Category, Flavor, SignIn, StoreError
from stores.flavors.explaining import Snippet, Subject


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
            self._check_allowed()
        return self.kind.check_settings(self.path, self.configuration, SignIn(self.sign_in))

    def _check_allowed(self) -> None:
        """Raise `StoreError(SETTINGS)` unless the operator allows stores to use what the workers'
        environment offers, and an administrator allowed it for this one."""
        if self.sign_in == SignIn.IMPLICIT:
            what = (
                "This store names no secret, so it would sign in implicitly, with whatever the"
                " worker's environment holds."
            )
        else:
            label = SignIn(self.sign_in).label
            what = f"This store would sign in as whatever the worker runs as: {label}."
        if not settings.STOREROOM_ALLOW_IMPLICIT:
            raise StoreError(
                Category.SETTINGS,
                f"{what} That is off here.",
                action="Name a secret in the store's settings, or let the operator set"
                " STOREROOM_ALLOW_IMPLICIT=true for the workers.",
            )
        if not self.allow_implicit:
            raise StoreError(
                Category.SETTINGS,
                f"{what} No administrator has allowed that for this store.",
                action="Let a superuser tick “Allow implicit sign-in” in the store's settings, or"
                " name a secret there.",
            )

    def read_secret(self) -> tuple[dict[str, str] | None, str]:
        """The values to sign in with, None where a vault keeps them, and a sentence about them
        that shows none.

        Which version of which secret it was stands in `used` afterwards, also where it could not
        be opened. Raises `StoreError` when the secret is missing, cannot be decrypted, has expired
        or does not fit.
        """
        self.used = None
        sign_in = SignIn(self.sign_in)
        if sign_in == SignIn.NONE:
            return {}, "No secret is needed."
        if sign_in == SignIn.IMPLICIT:
            values, words = self.kind.environment_values()
            self.kind.check_secret(self.path, self.configuration, sign_in, values)
            return values, words
        if sign_in.is_ambient:
            return {}, f"No secret is needed: {sign_in.label}."
        secret = self.trying.secret if self.trying else self.secret()
        if secret is None:
            raise self._missing()
        if not secret.kept_here:
            self.used = secret, 0
            self._open_vault(secret)
            return None, f"`{secret}` is kept in `{secret.manager}`."
        number = self.trying.number if self.trying else secret.version
        self.used = secret, number
        try:
            values = secret.reveal(number)
        except keyring.Undecryptable as error:
            raise StoreError(
                Category.SECRET_UNDECRYPTABLE,
                f"`{secret}` {error}.",
                action="Add the key that sealed it to FERNET_KEYS, or enter the values again.",
            ) from None
        except NotKept as error:
            raise StoreError(Category.SECRET_MISSING, str(error)) from None
        label = self._fitting(secret, values)
        return values, f"`{secret}` v{number} decrypted (values not shown): {label}."

    def fetch_secret(self, timeout: float) -> tuple[dict[str, str], str]:
        """The values from the vault that keeps them, and a sentence about them that shows none;
        after `read_secret` has returned None.

        Asks the vault, for at most `timeout` seconds, and no database. Raises `StoreError`, also
        when the vault says that they have ended: then they are sent nowhere.
        """
        if self.vault is None:
            raise TypeError("read_secret() comes first, and says whether there is a vault.")
        secret = self.vault.secret
        try:
            fetched = self.fetched = self.vault.fetch(timeout)
        except ManagerError as error:
            raise _as_store_error(error) from None
        label = self._fitting(secret, fetched.values)
        if fetched.expires_at and fetched.expires_at <= timezone.now():
            raise StoreError(
                Category.SECRET_EXPIRED,
                f"`{secret}` expired {span(timezone.now() - fetched.expires_at)} ago:"
                f" `{secret.manager}` says so. Nothing was sent.",
                action="Put a new value with a later end into the vault.",
            )
        version = f" version {fetched.version}" if fetched.version else ""
        return dict(fetched.values), (
            f"`{secret}`{version} fetched from `{secret.manager}` (values not shown): {label}."
        )

    def _open_vault(self, secret: Secret) -> None:
        try:
            self.vault = vaults.open_vault(secret)
        except ManagerError as error:
            raise _as_store_error(error) from None

    def _fitting(self, secret: Secret, values: Mapping[str, str]) -> str:
        """Which way to sign in the values allow, in words. Raises `StoreError` when they do not
        fit, or say themselves that they have expired: then nothing is sent."""
        expires = expires_at(SCHEMAS[secret.schema], values)
        if expires and expires <= timezone.now():
            raise StoreError(
                Category.SECRET_EXPIRED,
                f"`{secret}` expired {span(timezone.now() - expires)} ago: its SAS token says so."
                " Nothing was sent.",
                action="Make a new SAS token and replace the value of the secret.",
            )
        used = self.kind.check_secret(self.path, self.configuration, SignIn(self.sign_in), values)
        return str(used).replace("_", " ")

    def _missing(self) -> StoreError:
        return StoreError(
            Category.SECRET_MISSING,
            f"There is no secret `{self.authentication_secret}`.",
            action=f"Create the secret `{self.authentication_secret}`; the store uses it as soon"
            " as it is there.",
        )

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


def _as_store_error(error: ManagerError) -> StoreError:
    """What a vault refused, as the failure of a store: the categories have the same names."""
    return StoreError(
        Category(str(error.category)), error.text, error.code, error.request_id, error.action
    )
