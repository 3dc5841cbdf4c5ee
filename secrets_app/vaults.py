"""Secrets that an outside vault keeps: fetch, write, ask whether it answers.

The values of such a secret are never stored here: they are fetched at use. What the database has
to tell is read first (`open_vault`), so that the call itself can be made wherever it may wait, and
outside of any transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from project import audit
from secrets_app import keyring, redaction
from secrets_app.managers.base import ExternalManager, Fetched, ManagerCategory, ManagerError
from secrets_app.models import Secret, SecretsManager, SecretVersion
from secrets_app.redaction.in_clear import InClear
from secrets_app.schemas import SCHEMAS, clean_values, expires_at

# Seconds that a vault has for its answer.
ANSWER = 10.0


@dataclass(frozen=True, slots=True)
class Identity(InClear):
    """What a manager is signed in to with: values, and the version of a secret that they are;
    neither for what the environment offers."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    version: SecretVersion | None = None

    def note_use(self, manager: SecretsManager, person: Any, run: str = "") -> None:
        """Note in the audit that `person` lets the secret sign in to the manager, by which run."""
        if self.version:
            audit.record(
                person,
                "used",
                self.version.secret,
                f"version {self.version.number} to sign in to {manager}",
                fingerprint=self.version.fingerprint,
                run=run,
            )


@dataclass(frozen=True, slots=True)
class OpenVault(InClear):
    """One secret of a vault, with what to sign in there; its calls ask no database."""

    secret: Secret
    flavor: ExternalManager
    identity: Identity

    def note_sign_in(self, person: Any, run: str = "") -> None:
        """Note in the audit that the vault is signed in to, where a secret serves for that."""
        self.identity.note_use(self.secret.manager, person, run)

    def holds(self, timeout: float = ANSWER) -> bool:
        """Whether the vault has a secret of this name already. Raises `ManagerError`."""
        manager = self.secret.manager
        return self.flavor.holds(
            manager.configuration, self.identity.values, self.secret.name, timeout
        )

    @sensitive_variables()
    def held(self, timeout: float = ANSWER) -> Fetched:
        """What the vault has now, whether or not it fits the secret's kind; hidden in every log of
        this process from now on. Raises `ManagerError`."""
        secret, manager = self.secret, self.secret.manager
        fetched = self.flavor.fetch(
            manager.configuration, self.identity.values, secret.name, timeout
        )
        redaction.hide(fetched.values.values())
        return fetched

    @sensitive_variables()
    def fetch(self, timeout: float = ANSWER) -> Fetched:
        """The values as they are in the vault now, under their canonical names, with the end that
        comes first: the vault's, or what they tell themselves. Raises `ManagerError`."""
        secret, held = self.secret, self.held(timeout)
        schema = SCHEMAS[secret.schema]
        try:
            values = clean_values(schema, held.values)
        except ValidationError as error:
            raise ManagerError(
                ManagerCategory.SECRET_SHAPE,
                f"What `{secret.manager}` keeps as `{secret}` does not fit its kind,"
                f" {schema.label}: {' '.join(error.messages)}",
                action="Correct the secret in the vault, or by `./manage.py secrets-manager secret"
                f" update {secret}`.",
            ) from None
        return Fetched(values, held.version, _end(secret, values, held.expires_at))

    @sensitive_variables()
    def write(
        self, values: Mapping[str, str], expires: datetime | None, timeout: float = ANSWER
    ) -> Fetched:
        """Write the values to the vault as the secret's next version, which ends at `expires`,
        None for never; what a fetch would bring from now on. Raises `ManagerError`."""
        secret, manager = self.secret, self.secret.manager
        version = self.flavor.write(
            manager.configuration, self.identity.values, secret.name, values, expires, timeout
        )
        return Fetched(values, version, _end(secret, values, expires))


def open_vault(secret: Secret) -> OpenVault:
    """The vault that keeps the secret, ready to be asked. Raises `ManagerError`."""
    flavor = secret.manager.kind
    if not isinstance(flavor, ExternalManager):
        raise TypeError(f"{secret.manager} keeps its values in this database.")
    return OpenVault(secret, flavor, identity_for(secret.manager))


def check(manager: SecretsManager, by: Any, timeout: float = ANSWER) -> str:
    """A sentence that says that the manager can be used, for a person who asks. Raises
    `ManagerError`."""
    identity = identity_for(manager)
    identity.note_use(manager, by)
    return manager.kind.check(manager.configuration, identity.values, timeout)


def note_end(secret: Secret, end: datetime | None) -> None:
    """Keep when what the vault has for the secret ends, so that it is told without asking."""
    if secret.ends_in_vault != end:
        Secret.objects.filter(pk=secret.pk).update(ends_in_vault=end)


@sensitive_variables()
def identity_for(manager: SecretsManager) -> Identity:
    """What to sign in to the manager with. Raises `ManagerError`."""
    name = manager.authentication_secret
    if not name:
        return Identity()
    secret = Secret.objects.beside(manager).filter(name=name).first()
    if secret is None or not secret.kept_here or secret.current is None:
        raise ManagerError(
            ManagerCategory.SECRET_MISSING,
            f"There is no secret `{name}` in this database, which `{manager}` signs in with.",
            action=f"Create the secret `{name}` with a service principal.",
        )
    try:
        return Identity(secret.reveal(), secret.current)
    except keyring.Undecryptable as error:
        raise ManagerError(
            ManagerCategory.SETTINGS,
            f"`{name}` {error}.",
            action="Add the key that sealed it to FERNET_KEYS, or enter the values again.",
        ) from None


def _end(secret: Secret, values: Mapping[str, str], said: datetime | None) -> datetime | None:
    """The end that comes first: what the vault says, or what the values tell themselves."""
    ends = [said, expires_at(SCHEMAS[secret.schema], values)]
    return min((end for end in ends if end), default=None)
