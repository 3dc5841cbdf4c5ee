"""What a blob allows beside being written, read and deleted, done by the storage SDK."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from azure.storage.blob import (
    BlobClient,
    BlobSasPermissions,
    ContainerClient,
    StandardBlobTier,
    generate_blob_sas,
)

# A link begins before this machine's clock, which may be ahead, and ends soon.
EARLIER, LINK = timedelta(minutes=15), timedelta(minutes=5)


def tag(blob: BlobClient) -> None:
    """Set a tag, and read it."""
    blob.set_blob_tags({"storeroom": "probe"})
    blob.get_blob_tags()


def set_tier(blob: BlobClient) -> None:
    """Set the access tier that new blobs mostly have."""
    blob.set_standard_blob_tier(StandardBlobTier.HOT)


def sign_link(container: ContainerClient, blob: BlobClient, account_key: str) -> str:
    """A SAS token that may read the blob for some minutes: signed with the key here, or without
    one by a key that the account gives to an identity."""
    begin, end = datetime.now(UTC) - EARLIER, datetime.now(UTC) + LINK
    signing: dict[str, Any] = {"account_key": account_key}
    if not account_key:
        # The SDK's own way to the account by the same transport and under the same policies.
        account = container._get_blob_service_client()
        signing = {"user_delegation_key": account.get_user_delegation_key(begin, end)}
    return generate_blob_sas(
        str(blob.account_name),
        blob.container_name,
        blob.blob_name,
        permission=BlobSasPermissions(read=True),
        start=begin,
        expiry=end,
        **signing,
    )
