"""Which identity of Microsoft Entra a store signs in as, and which hosts may get its tokens."""

from __future__ import annotations

import os
from collections.abc import Mapping

from project import entra
from project.entra.identity import Identity
from project.entra.links import (
    AzureCli,
    Link,
    ManagedIdentity,
    ServicePrincipal,
    WorkloadIdentity,
)
from stores.flavors.azure.address import AccountUrl
from stores.flavors.azure.shapes import lacking
from stores.flavors.base import Category, SignIn, StoreError

# https://learn.microsoft.com/azure/storage/blobs/authorize-access-azure-active-directory
SCOPE = "https://storage.azure.com/.default"
# Where Azure's clouds keep blobs; the last for accounts with a DNS zone of their own.
# https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-endpoints
CLOUDS = (
    ".blob.core.windows.net",
    ".blob.core.usgovcloudapi.net",
    ".blob.core.chinacloudapi.cn",
    ".blob.storage.azure.net",
)


def identity_for(
    way: SignIn, principal: Mapping[str, str], client_id: str, url: AccountUrl
) -> Identity:
    """Who signs in to the account: exactly the way that was chosen; for `IMPLICIT`, whose
    variables are incomplete then, the first that there is. Sends nothing yet."""
    ways: dict[SignIn, list[Link]] = {
        SignIn.SERVICE_PRINCIPAL: [ServicePrincipal(principal, url.host)],
        SignIn.WORKLOAD_IDENTITY: [WorkloadIdentity(url.host)],
        SignIn.MANAGED_IDENTITY: [ManagedIdentity(client_id)],
        SignIn.AZURE_CLI: [AzureCli()],
        SignIn.IMPLICIT: [
            WorkloadIdentity(url.host),
            ManagedIdentity(os.environ.get("AZURE_CLIENT_ID", "")),
            AzureCli(),
        ],
    }
    before = [f"environment ({lacking(os.environ)})"] if way == SignIn.IMPLICIT else []
    return Identity(ways[way], SCOPE, before)


def check_encrypted(url: AccountUrl) -> None:
    """Raise `StoreError(SETTINGS)` for an address that a token must not be sent to in clear."""
    if url.scheme != "https":
        raise StoreError(
            Category.SETTINGS,
            f"`{url}` is not encrypted, and tokens are sent over https only.",
            action="Write `https://` in the account's address.",
        )


def check_receiver(url: AccountUrl) -> None:
    """Raise `StoreError(SETTINGS)` for a host that must not be sent a token, nor what else a
    worker's environment holds: it opens every account that its holder may use."""
    if not entra.may_receive_tokens(url.netloc, CLOUDS):
        raise StoreError(
            Category.SETTINGS,
            f"`{url.netloc}` is no host of Azure Blob Storage, and tokens go to no other.",
            action="Correct the account's address, or let the operator name the host in"
            " STOREROOM_TOKEN_HOSTS.",
        )
