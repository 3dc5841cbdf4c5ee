"""Answers about containers and blobs, and about the service itself and what lies before it.

https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
"""

from __future__ import annotations

from stores.flavors.azure.answers.row import Row, from_somebody_else, has_status, says
from stores.flavors.base import Category

_PROXY = "Look at HTTPS_PROXY and NO_PROXY in the worker's environment, or ask who runs the proxy."

ROWS = (
    Row(
        ("ContainerNotFound",),
        Category.CONTAINER_MISSING,
        "container_missing",
        "There is no container `{container}` in `{account}`. The sign-in worked.",
        "Create it, or correct the store's address. If it was deleted, it may be soft-deleted:"
        " an administrator can bring it back.",
        "az storage container create --name {container} --account-name {account}"
        " --auth-mode login",
    ),
    Row(
        ("ResourceNotFound",),
        Category.CONTAINER_MISSING,
        "container_missing",
        "There is no container `{container}` in `{account}`, or the sign-in may not see it.",
        "Create it, or correct the store's address.",
        "az storage container create --name {container} --account-name {account}"
        " --auth-mode login",
    ),
    Row(
        ("ContainerBeingDeleted",),
        Category.CONTAINER_MISSING,
        "container_deleting",
        "Container `{container}` is being deleted; its name is free again after half a minute or"
        " more.",
        "Create it again after {retry}, or correct the store's address.",
        "az storage container create --name {container} --account-name {account}"
        " --auth-mode login",
    ),
    Row(
        ("BlobNotFound",),
        Category.NOT_FOUND,
        "missing",
        "There is no `{name}`.",
        "If it was deleted, it may be soft-deleted: an administrator can bring it back.",
        "az storage blob undelete --account-name {account} --container-name {container}"
        " --name {blob} --auth-mode login",
    ),
    Row(("BlobAlreadyExists",), Category.EXISTS, "exists", "`{name}` is already there."),
    Row(
        ("ConditionNotMet", "TargetConditionNotMet"),
        Category.CHANGED,
        "changed",
        "`{name}` is another version by now.",
    ),
    Row(
        ("AccountRequiresHttps",),
        Category.SETTINGS,
        "https_required",
        "Account `{account}` answers to https only.",
        "Write `https://` in the account's address.",
    ),
    Row(
        ("TlsVersionNotPermitted",),
        Category.TLS,
        "tls_version",
        "Account `{account}` refuses the TLS version that this machine or its proxy speaks.",
        "Use TLS 1.2 or later.",
        "az storage account show --name {account} --query minimumTlsVersion",
    ),
    Row(
        ("InvalidHeaderValue",),
        Category.SETTINGS,
        "api_version",
        "The service does not know the protocol version that Storeroom speaks.",
        "Start the emulator with `--skipApiVersionCheck`, or take a newer one.",
        when=says("x-ms-version"),
    ),
    Row(
        ("ServerBusy", "TooManyRequests"),
        Category.THROTTLED,
        "throttled",
        "Azure asks us to slow down.",
        "Nothing to do: it is tried again, more slowly.",
    ),
    Row(
        ("OperationTimedOut",),
        Category.TIMEOUT,
        "service_timeout",
        "Azure did not finish in time.",
        "Try again; it passes by itself.",
    ),
    Row(
        ("InternalError",),
        Category.UNAVAILABLE,
        "service_error",
        "Azure met an error of its own.",
        "Try again; if it stays, look at Azure's status page.",
    ),
    Row(
        ("Md5Mismatch",),
        Category.INTEGRITY,
        "integrity",
        "`{name}` arrived damaged; Azure refused it.",
    ),
    Row(
        ("InvalidResourceName", "OutOfRangeInput", "InvalidUri"),
        Category.NAME,
        "name",
        "Azure cannot keep `{name}` as a name.",
    ),
    Row(
        ("",),
        Category.CONNECT,
        "proxy",
        "A proxy answered in the service's place ({status}): it wants a sign-in of its own.",
        _PROXY,
        when=has_status(407),
    ),
    Row(
        ("",),
        Category.CONNECT,
        "proxy",
        "A web page came back ({status}) that is not Azure's: something between, most often a"
        " proxy, answered in its place.",
        _PROXY,
        when=from_somebody_else,
    ),
    Row(
        ("",),
        Category.SIGN_IN,
        "forbidden",
        "The service refused to {operation} (403) without a reason.",
        "Look, in this order, at: the key or the token, its end and its rights; the account's"
        " network rules; a proxy between.",
        "az storage account show --name {account} --query networkRuleSet",
        has_status(403),
    ),
)
