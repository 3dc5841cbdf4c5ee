"""Azure Key Vault as a secrets manager: its settings, and what is written in it.

A secret is one secret of the vault: a JSON object of its attributes. The SDK is imported at use
only, in `azure_key_vault_client`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from project import entra, outgoing
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
        """An https address of a host and nothing else."""
        url = str(self.cleaned_data["vault_url"])
        if not url:
            return ""
        host = _host_in(url)
        if "@" in host:
            raise ValidationError("A vault's address has no name or password in it.")
        if not url.lower().startswith("https://") or not entra.HOST.fullmatch(host):
            raise ValidationError("A vault's address looks like `https://NAME.vault.azure.net`.")
        name, _, port = host.partition(":")
        try:
            outgoing.check_name(name, int(port or 443))
        except outgoing.Refused as refusal:
            raise ValidationError(refusal.words) from None
        return f"https://{host}"

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
        return host_of(configuration)

    def spelling(self, name: str) -> str:
        return name_in_vault(name).lower()

    def removal(self, configuration: Mapping[str, Any], name: str) -> str:
        vault = host_of(configuration).partition(".")[0]
        return f"az keyvault secret delete --vault-name {vault} --name {name_in_vault(name)}"

    def check(
        self, configuration: Mapping[str, Any], credentials: Mapping[str, str], timeout: float
    ) -> str:
        with _client(configuration, credentials, timeout) as vault:
            count, more = vault.count()
        what = "secret is" if count == 1 and not more else "secrets are"
        return (
            f"The vault answers and lets us in; {'at least ' if more else ''}{count} {what} in it."
        )

    def holds(
        self,
        configuration: Mapping[str, Any],
        credentials: Mapping[str, str],
        name: str,
        timeout: float,
    ) -> bool:
        with _client(configuration, credentials, timeout) as vault:
            return vault.holds(name_in_vault(name))

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
        expires: datetime | None,
        timeout: float,
    ) -> str:
        with _client(configuration, credentials, timeout) as vault:
            return vault.set(name_in_vault(name), json.dumps(dict(values)), expires)


def host_of(configuration: Mapping[str, Any]) -> str:
    """The vault's host, with its port where the address has one; "" where none is set."""
    if configuration.get("vault_url"):
        return _host_in(str(configuration["vault_url"])).lower()
    name = configuration.get("key_vault_name")
    return f"{name}.{PUBLIC_CLOUD}".lower() if name else ""


def name_in_vault(name: str) -> str:
    """A secret's name as a vault takes it: dashes for underscores, which a vault forbids. Capital
    letters stay, though a vault does not tell them from small ones. Raises
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


def _host_in(url: str) -> str:
    """All that stands in an address after its scheme, without a slash at the end."""
    return url.partition("://")[2].rstrip("/")


def _client(
    configuration: Mapping[str, Any], credentials: Mapping[str, str], timeout: float
) -> Any:
    from secrets_app.managers.azure_key_vault_client import VaultClient

    return VaultClient(host_of(configuration), credentials, timeout)
