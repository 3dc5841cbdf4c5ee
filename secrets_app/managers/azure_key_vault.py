"""Azure Key Vault as a secrets manager: its settings, and what is written in it.

A secret is one secret of the vault: a JSON object of its attributes. The SDK is imported at use
only, in `azure_key_vault_client`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError

from project import outgoing
from secrets_app.managers.base import ExternalManager, Fetched, ManagerCategory, ManagerError

# https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates
VAULT_NAME = re.compile(r"[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]")
SECRET_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")
PUBLIC_CLOUD = "vault.azure.net"


class AzureKeyVaultForm(forms.Form):
    """Which vault it is."""

    key_vault_name = forms.CharField(
        label="Key vault's name",
        required=False,
        max_length=24,
        help_text="Portal → Key vaults: the name in the first column."
        ' `az keyvault list --query "[].name"`',
    )
    vault_url = forms.CharField(
        label="Vault's address",
        required=False,
        max_length=200,
        help_text="Only elsewhere than in Azure's public cloud, such as"
        " `https://NAME.vault.azure.cn`.",
    )

    def clean_key_vault_name(self) -> str:
        """3–24 letters, digits and single dashes."""
        name = str(self.cleaned_data["key_vault_name"])
        if name and not VAULT_NAME.fullmatch(name):
            raise ValidationError(
                "A key vault's name has 3–24 letters, digits and single dashes, and begins with a"
                " letter."
            )
        return name

    def clean_vault_url(self) -> str:
        """An https address without a path."""
        url = str(self.cleaned_data["vault_url"]).rstrip("/")
        parts = urlsplit(url)
        if url and (parts.scheme != "https" or not parts.hostname or parts.path or parts.query):
            raise ValidationError("A vault's address looks like `https://NAME.vault.azure.net`.")
        if parts.username or parts.password:
            raise ValidationError("A vault's address has no name or password in it.")
        if url:
            try:
                outgoing.check_name(parts.hostname or "", parts.port or 443)
            except outgoing.Refused as refusal:
                raise ValidationError(refusal.words) from None
        return url

    def clean(self) -> dict[str, Any]:
        """Exactly one of the two."""
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned["key_vault_name"]) == bool(cleaned["vault_url"]):
            self.add_error("key_vault_name", "Give the vault's name, or else its whole address.")
        return cleaned


class AzureKeyVault(ExternalManager):
    """A key vault in Azure."""

    slug = "azure"
    label = "Azure Key Vault"
    ConfigForm = AzureKeyVaultForm

    def destination(self, configuration: Mapping[str, Any]) -> str:
        return urlsplit(address(configuration)).netloc

    def check(
        self, configuration: Mapping[str, Any], credentials: Mapping[str, str], timeout: float
    ) -> str:
        with _client(configuration, credentials, timeout) as vault:
            count, more = vault.count()
        what = "secret is" if count == 1 and not more else "secrets are"
        return (
            f"The vault answers and lets us in; {'at least ' if more else ''}{count} {what} in it."
        )

    def fetch(
        self,
        configuration: Mapping[str, Any],
        credentials: Mapping[str, str],
        name: str,
        timeout: float,
    ) -> Fetched:
        with _client(configuration, credentials, timeout) as vault:
            text, version, expires_at = vault.get(name_in_vault(name))
        return Fetched(attributes_of(text), version, expires_at)

    def write(
        self,
        configuration: Mapping[str, Any],
        credentials: Mapping[str, str],
        name: str,
        values: Mapping[str, str],
        timeout: float,
    ) -> str:
        with _client(configuration, credentials, timeout) as vault:
            return vault.set(name_in_vault(name), json.dumps(dict(values)))


def address(configuration: Mapping[str, Any]) -> str:
    """The vault's address, "" where none is set."""
    if configuration.get("vault_url"):
        return str(configuration["vault_url"])
    name = configuration.get("key_vault_name")
    return f"https://{name}.{PUBLIC_CLOUD}".lower() if name else ""


def name_in_vault(name: str) -> str:
    """A secret's name as a vault takes it: dashes for underscores, which a vault forbids. Raises
    `ManagerError(SETTINGS)`."""
    inside = name.replace("_", "-")
    if not SECRET_NAME.fullmatch(inside):
        raise ManagerError(
            ManagerCategory.SETTINGS,
            f"A key vault takes no secret of the name `{name}`: letters, digits, dashes and"
            " underscores only, at most 127.",
            action="Give the secret another name.",
        )
    return inside


def attributes_of(text: str) -> dict[str, str]:
    """The attributes in a vault's secret: a JSON object of texts; a bare connection string counts
    as one. Raises `ManagerError(SECRET_SHAPE)`, without the text."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if isinstance(found, dict) and all(isinstance(part, str) for part in found.values()):
        return found
    if re.search(r"(AccountName|SharedAccessSignature)=", text):
        return {"connection_string": text}
    raise ManagerError(
        ManagerCategory.SECRET_SHAPE,
        "What the vault holds is neither a JSON object of names and texts nor a connection"
        " string.",
        action='Store it as `{"account_name": "…", "account_key": "…"}`.',
    )


def _client(
    configuration: Mapping[str, Any], credentials: Mapping[str, str], timeout: float
) -> Any:
    from secrets_app.managers.azure_key_vault_client import VaultClient

    return VaultClient(address(configuration), credentials, timeout)
