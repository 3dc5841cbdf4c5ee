"""Secrets that an outside vault keeps: fetch, write, ask whether it answers.

The values of such a secret are never stored here: they are fetched at use. What the database has
to tell is read first (`open_vault`), so that the call itself can be made wherever it may wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from secrets_app import keyring, redaction
from secrets_app.managers.base import ExternalManager, Fetched, ManagerCategory, ManagerError
from secrets_app.models import Secret, SecretsManager
from secrets_app.redaction.in_clear import InClear
from secrets_app.schemas import SCHEMAS, clean_values

# Seconds that a vault has for its answer.
ANSWER = 10.0


@dataclass(frozen=True, slots=True)
class OpenVault(InClear):
    """One secret of a vault, with what to sign in there; asks no database."""

    secret: Secret
    flavor: ExternalManager
    credentials: Mapping[str, str] = field(repr=False)

    @sensitive_variables()
    def fetch(self, timeout: float = ANSWER) -> Fetched:
        """The values as they are in the vault now, under their canonical names; those that are
        secret are hidden in every log of this process from now on. Raises `ManagerError`."""
        secret, manager = self.secret, self.secret.manager
        fetched = self.flavor.fetch(manager.configuration, self.credentials, secret.name, timeout)
        redaction.hide(fetched.values.values())
        schema = SCHEMAS[secret.schema]
        try:
            values = clean_values(schema, fetched.values)
        except ValidationError as error:
            raise ManagerError(
                ManagerCategory.SECRET_SHAPE,
                f"What `{manager}` keeps as `{secret}` does not fit its kind, {schema.label}:"
                f" {' '.join(error.messages)}",
                action="Correct the secret in the vault.",
            ) from None
        return Fetched(values, fetched.version, fetched.expires_at)

    @sensitive_variables()
    def write(self, values: Mapping[str, str], timeout: float = ANSWER) -> str:
        """Write the values to the vault as the secret's next version; the vault's name of that
        version. Raises `ManagerError`."""
        return self.flavor.write(
            self.secret.manager.configuration,
            self.credentials,
            self.secret.name,
            values,
            timeout,
        )


def open_vault(secret: Secret) -> OpenVault:
    """The vault that keeps the secret, ready to be asked. Raises `ManagerError`."""
    flavor = secret.manager.kind
    if not isinstance(flavor, ExternalManager):
        raise TypeError(f"{secret.manager} keeps its values in this database.")
    return OpenVault(secret, flavor, credentials(secret.manager))


def check(manager: SecretsManager, timeout: float = ANSWER) -> str:
    """A sentence that says that the manager can be used. Raises `ManagerError`."""
    return manager.kind.check(manager.configuration, credentials(manager), timeout)


@sensitive_variables()
def credentials(manager: SecretsManager) -> dict[str, str]:
    """What to sign in to the manager with; empty for what the environment offers. Raises
    `ManagerError`."""
    name = manager.authentication_secret
    if not name:
        return {}
    secret = Secret.objects.filter(name=name, owner=manager.owner, team=manager.team).first()
    if secret is None or not secret.kept_here:
        raise ManagerError(
            ManagerCategory.SECRET_MISSING,
            f"There is no secret `{name}` in this database, which `{manager}` signs in with.",
            action=f"Create the secret `{name}` with a service principal.",
        )
    try:
        return secret.reveal()
    except keyring.Undecryptable as error:
        raise ManagerError(
            ManagerCategory.SETTINGS,
            f"`{name}` {error}.",
            action="Add the key that sealed it to FERNET_KEYS, or enter the values again.",
        ) from None
