"""How a store comes by what it signs in with: its secret, a vault, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from secrets_app import keyring, vaults
from secrets_app.expiry import span
from secrets_app.managers.base import ManagerError
from secrets_app.models import NotKept, Secret
from secrets_app.schemas import SCHEMAS, expires_at
from stores.flavors.base import Category, SignIn, StoreError

if TYPE_CHECKING:
    from stores.models.store import Store


def check_allowed(store: Store) -> None:
    """Raise `StoreError(SETTINGS)` unless the operator allows stores to use what the workers'
    environment offers, and an administrator allowed it for this one."""
    if store.sign_in == SignIn.IMPLICIT:
        what = (
            "This store names no secret, so it would sign in implicitly, with whatever the"
            " worker's environment holds."
        )
    else:
        label = SignIn(store.sign_in).label
        what = f"This store would sign in as whatever the worker runs as: {label}."
    if not settings.STOREROOM_ALLOW_IMPLICIT:
        raise StoreError(
            Category.SETTINGS,
            f"{what} That is off here.",
            action="Name a secret in the store's settings, or let the operator set"
            " STOREROOM_ALLOW_IMPLICIT=true for the workers.",
        )
    if not store.allow_implicit:
        raise StoreError(
            Category.SETTINGS,
            f"{what} No administrator has allowed that for this store.",
            action="Let a superuser tick “Allow implicit sign-in” in the store's settings, or"
            " name a secret there.",
        )


def read_secret(store: Store) -> tuple[dict[str, str] | None, str]:
    """As `Store.read_secret` says."""
    store.used = None
    sign_in = SignIn(store.sign_in)
    if sign_in == SignIn.NONE:
        return {}, "No secret is needed."
    if sign_in == SignIn.IMPLICIT:
        values, words = store.kind.environment_values()
        store.kind.check_secret(store.path, store.configuration, sign_in, values)
        return values, words
    if sign_in.is_ambient:
        return {}, f"No secret is needed: {sign_in.label}."
    secret = store.trying.secret if store.trying else store.secret()
    if secret is None:
        raise _missing(store)
    if not secret.kept_here:
        store.used = secret, 0
        store.vault = _open_vault(secret)
        return None, f"`{secret}` is kept in `{secret.manager}`."
    number = store.trying.number if store.trying else secret.version
    store.used = secret, number
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
    label = _fitting(store, secret, values)
    return values, f"`{secret}` v{number} decrypted (values not shown): {label}."


def fetch_secret(store: Store, timeout: float) -> tuple[dict[str, str], str]:
    """As `Store.fetch_secret` says."""
    if store.vault is None:
        raise TypeError("read_secret() comes first, and says whether there is a vault.")
    secret = store.vault.secret
    try:
        fetched = store.fetched = store.vault.fetch(timeout)
    except ManagerError as error:
        raise _as_store_error(error) from None
    label = _fitting(store, secret, fetched.values)
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


def _open_vault(secret: Secret) -> vaults.OpenVault:
    try:
        return vaults.open_vault(secret)
    except ManagerError as error:
        raise _as_store_error(error) from None


def _fitting(store: Store, secret: Secret, values: Mapping[str, str]) -> str:
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
    used = store.kind.check_secret(store.path, store.configuration, SignIn(store.sign_in), values)
    return str(used).replace("_", " ")


def _missing(store: Store) -> StoreError:
    return StoreError(
        Category.SECRET_MISSING,
        f"There is no secret `{store.authentication_secret}`.",
        action=f"Create the secret `{store.authentication_secret}`; the store uses it as soon"
        " as it is there.",
    )


def _as_store_error(error: ManagerError) -> StoreError:
    """What a vault refused, as the failure of a store: the categories have the same names."""
    return StoreError(
        Category(str(error.category)), error.text, error.code, error.request_id, error.action
    )
