"""The ways to sign in that there are, for stores of every flavor."""

from __future__ import annotations

from enum import StrEnum


class SignIn(StrEnum):
    """How a store signs in: exactly one way, chosen on purpose, never mixed with another."""

    NONE = "none"
    IMPLICIT = "implicit"
    FROM_SECRET = "from_secret"
    CONNECTION_STRING = "connection_string"
    ACCOUNT_KEY = "account_key"
    SAS_TOKEN = "sas_token"
    ACCESS_KEY = "access_key"
    SERVICE_ACCOUNT = "service_account"
    SERVICE_PRINCIPAL = "service_principal"
    MANAGED_IDENTITY = "managed_identity"
    WORKLOAD_IDENTITY = "workload_identity"
    AZURE_CLI = "azure_cli"

    @property
    def label(self) -> str:
        """What people call it."""
        return SIGN_IN_LABELS[self]

    @property
    def is_ambient(self) -> bool:
        """Whether it uses what the worker's surroundings offer: nothing that the store's owner
        has, but the operator."""
        return self in AMBIENT

    @property
    def needs_secret(self) -> bool:
        """Whether a secret has to be named for it."""
        return self != SignIn.NONE and not self.is_ambient


AMBIENT = (
    SignIn.IMPLICIT,
    SignIn.MANAGED_IDENTITY,
    SignIn.WORKLOAD_IDENTITY,
    SignIn.AZURE_CLI,
)
SIGN_IN_LABELS = {
    SignIn.NONE: "None needed",
    SignIn.IMPLICIT: "Implicit (environment)",
    SignIn.FROM_SECRET: "As the secret says",
    SignIn.CONNECTION_STRING: "Connection string",
    SignIn.ACCOUNT_KEY: "Account name and key",
    SignIn.SAS_TOKEN: "Account name and SAS token",
    SignIn.ACCESS_KEY: "Access key",
    SignIn.SERVICE_ACCOUNT: "Service account",
    SignIn.SERVICE_PRINCIPAL: "Service principal",
    SignIn.MANAGED_IDENTITY: "Managed identity",
    SignIn.WORKLOAD_IDENTITY: "Workload identity in AKS",
    SignIn.AZURE_CLI: "Azure CLI on a developer's machine",
}
