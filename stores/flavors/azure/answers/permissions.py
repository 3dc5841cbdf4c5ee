"""Answers that know who is asking, and refuse what is asked.

https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
"""

from __future__ import annotations

from stores.flavors.azure.answers.row import Row, with_sas, with_token
from stores.flavors.base import Category

_NEW_SAS = "Make a new SAS token and put it into the secret."
_BLOB = " --account-name {account} --container-name {container} --name {blob} --auth-mode login"

ROWS = (
    Row(
        ("AuthorizationPermissionMismatch",),
        Category.PERMISSION,
        "sas_permission",
        "The SAS token is valid, but may not {operation}{held}.",
        "{grant}",
        "{grant_command}",
        with_sas,
    ),
    Row(
        ("AuthorizationPermissionMismatch",),
        Category.PERMISSION,
        "rbac_role",
        "The identity is known, but may not {operation}. “Contributor” or “Owner” of the account"
        " does not include its data.",
        "{grant}",
        "{grant_command}",
        with_token,
    ),
    Row(
        ("AuthorizationPermissionMismatch",),
        Category.PERMISSION,
        "forbidden",
        "The sign-in is known, but may not {operation}.",
        "{grant}",
    ),
    Row(
        ("UnauthorizedBlobOverwrite",),
        Category.PERMISSION,
        "sas_permission",
        "The SAS token may create, but not replace what is there.",
        "{grant}",
        "{grant_command}",
    ),
    Row(
        ("AuthorizationResourceTypeMismatch",),
        Category.PERMISSION,
        "sas_resource_type",
        "The SAS token may not touch what it takes to {operation}: `srt` lacks `c` or `o`.",
        "Make a SAS token with `srt=co` (containers and objects).",
        "az storage account generate-sas --account-name {account} --services b"
        " --resource-types co --permissions {letters} --https-only --expiry EXPIRY",
    ),
    Row(
        ("FeatureVersionMismatch", "UnsupportedHeader"),
        Category.PERMISSION,
        "sas_version",
        "The SAS token was made for a service version that is too old{version}.",
        _NEW_SAS,
    ),
    Row(
        ("InsufficientAccountPermissions",),
        Category.PERMISSION,
        "read_only",
        "Account `{account}` does not allow to {operation} here: it is read-only, as the secondary"
        " of an account is.",
        "Use the account's primary address.",
        "az storage account show --name {account} --query primaryEndpoints.blob",
    ),
    Row(
        ("LeaseIdMissing", "LeaseAlreadyPresent", "LeaseIdMismatchWithBlobOperation"),
        Category.PERMISSION,
        "leased",
        "`{name}` is locked by a lease (another program holds it).",
        "Wait until that program has ended.",
        "az storage blob show" + _BLOB + " --query properties.lease",
    ),
    Row(
        ("BlobArchived",),
        Category.PERMISSION,
        "archived",
        "`{name}` is archived. Waking takes up to 15 h.",
        "Wake it, and try again when its tier is Hot or Cool.",
        "az storage blob set-tier" + _BLOB + " --tier Hot --rehydrate-priority Standard",
    ),
    Row(
        ("BlobBeingRehydrated",),
        Category.PERMISSION,
        "archived",
        "`{name}` is archived and being woken. That takes up to 15 h.",
        "Try again when its tier is Hot or Cool.",
    ),
    Row(
        ("SnapshotsPresent",),
        Category.PERMISSION,
        "snapshots",
        "`{name}` has snapshots, and they are not deleted along with it.",
        "Delete its snapshots first.",
        "az storage blob list --account-name {account} --container-name {container}"
        " --prefix {blob} --include s --auth-mode login",
    ),
    Row(
        ("BlobImmutableDueToPolicy",),
        Category.PERMISSION,
        "immutable",
        "`{name}` is kept by a retention policy: it may be read, not replaced or deleted.",
        "Fine for a source of transfers. A target needs a container without such a policy.",
        "az storage container immutability-policy show --account-name {account}"
        " --container-name {container}",
    ),
    Row(
        ("BlobImmutableDueToLegalHold",),
        Category.PERMISSION,
        "immutable",
        "`{name}` is kept by a legal hold: it may be read, not replaced or deleted.",
        "Fine for a source of transfers. A target needs a container without such a hold.",
        "az storage container legal-hold show --account-name {account}"
        " --container-name {container}",
    ),
    Row(
        ("InvalidBlobType",),
        Category.PERMISSION,
        "blob_type",
        "`{name}` is a page or append blob; only block blobs can be replaced.",
        "Give it another name, or delete the one that is there.",
    ),
    Row(
        ("BlobOperationNotSupported", "EndpointUnsupportedAccountFeatures"),
        Category.PERMISSION,
        "hns",
        "Account `{account}` has a hierarchical namespace, and does not allow to {operation} by"
        " this address.",
        "Compare the account's address with its blob and its dfs endpoint.",
        "az storage account show --name {account} --query primaryEndpoints",
    ),
    Row(
        ("CannotVerifyCopySource",),
        Category.PERMISSION,
        "copy_source",
        "Azure itself cannot read the source of `{name}`; its bytes go through the worker.",
    ),
)
