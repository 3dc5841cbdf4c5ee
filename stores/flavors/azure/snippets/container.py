"""What the snippets of a store are about, in the words of its programs."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from urllib.parse import quote

from stores.flavors.azure.address import PUBLIC_CLOUD, AccountUrl, StorePath

ACCOUNT = "<account>"
# The attributes of a secret for each way that has one, as ZenML names them.
ATTRIBUTES = {
    "connection_string": ("connection_string",),
    "account_key": ("account_name", "account_key"),
    "sas_token": ("account_name", "sas_token"),
    "service_principal": ("account_name", "tenant_id", "client_id", "client_secret"),
}
PLACEHOLDERS = {
    "connection_string": "<connection string>",
    "account_key": "<account key>",
    "sas_token": "<SAS token>",
    "tenant_id": "<tenant ID>",
    "client_id": "<client ID>",
    "client_secret": "<client secret>",
}


@dataclass(frozen=True, slots=True)
class Container:
    """What the snippets are about: the path, the account and the way to sign in."""

    path: StorePath
    url: AccountUrl | None
    way: str

    @property
    def account(self) -> str:
        """The account's name, or a placeholder."""
        return (self.url.account if self.url else "") or ACCOUNT

    @property
    def endpoint(self) -> str:
        """Where the account answers."""
        return str(self.url) if self.url else f"https://{ACCOUNT}.blob.{PUBLIC_CLOUD}"

    @property
    def elsewhere(self) -> bool:
        """Whether it answers where a program would not look by the account's name alone."""
        usual = f"https://{self.account}.blob.{PUBLIC_CLOUD}"
        return self.endpoint != usual

    @property
    def folder(self) -> str:
        """The folder in the container, or ""."""
        return "/".join(self.path.parts)

    @property
    def place(self) -> str:
        """Container and folder, joined by slashes."""
        return "/".join((self.path.container, *self.path.parts))

    @property
    def web(self) -> str:
        """The web address of the store."""
        return f"{self.endpoint}/{quote(self.place)}"

    @property
    def local(self) -> str:
        """A folder for a copy, as a shell reads it."""
        return shlex.quote(f"./{self.place.rpartition('/')[2]}")

    def value(self, attribute: str) -> str:
        """What to write for an attribute of the secret."""
        return self.account if attribute == "account_name" else PLACEHOLDERS[attribute]

    def values(self) -> dict[str, str]:
        """What the secret holds, in placeholders; nothing where the way needs no secret."""
        return {name: self.value(name) for name in ATTRIBUTES.get(self.way, ())}
