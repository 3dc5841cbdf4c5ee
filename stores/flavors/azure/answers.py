"""What Azure's error codes mean: one table from code to category, words and what to do.

The first row that fits decides, so those that look at the detail stand before those that don't.
"""

from __future__ import annotations

from dataclasses import dataclass

from stores.flavors.base import Category

_RENEW = "Make a new SAS token and put it into the secret."
_NEW_KEY = "Copy the key again (portal → storage account → Access keys) into the secret."


@dataclass(frozen=True, slots=True)
class Row:
    """One answer. The words may name {operation}, {letter}, {container}, {account}, {name} and
    {frame}, a SAS token's time."""

    code: str
    category: Category
    text: str
    action: str = ""
    detail: str = ""
    """Only for answers whose detail contains this."""


TABLE = (
    Row(
        "AuthenticationFailed",
        Category.SIGN_IN,
        "The SAS token has expired or is not valid yet{frame}.",
        "Make a new SAS token that begins 15 minutes back, or set this machine's clock.",
        detail="not valid in the specified time frame",
    ),
    Row(
        "AuthenticationFailed",
        Category.SIGN_IN,
        "This machine's clock and Azure's are more than 15 minutes apart.",
        "Set the clock of the machine that the worker runs on (NTP).",
        detail="date header too old",
    ),
    Row(
        "AuthenticationFailed",
        Category.SIGN_IN,
        "The key does not belong to account `{account}` or was rotated.",
        _NEW_KEY,
        detail="MAC signature",
    ),
    Row(
        "AuthenticationFailed",
        Category.SIGN_IN,
        "The SAS token does not fit account `{account}`: it was cut off, changed, or signed with a"
        " key that was rotated since.",
        "Paste the SAS token again, or make a new one.",
        detail="ignature did not match",
    ),
    Row(
        "AuthenticationFailed",
        Category.SIGN_IN,
        "The SAS token was made for something smaller than container `{container}`.",
        "Make a SAS token for the container (`sr=c`) or the account.",
        detail="not allowed for this resource level",
    ),
    Row(
        "AuthenticationFailed",
        Category.SIGN_IN,
        "The SAS token is malformed.",
        "Paste the SAS token again: most often its end was cut off.",
        detail="not well formed",
    ),
    Row(
        "AuthenticationFailed",
        Category.SIGN_IN,
        "Azure refused the sign-in to account `{account}`.",
        "Enter the key or the SAS token again.",
    ),
    Row(
        "InvalidAuthenticationInfo",
        Category.SIGN_IN,
        "Azure could not read the sign-in to account `{account}`.",
        "Enter the key or the SAS token again.",
    ),
    Row(
        "AuthorizationFailure",
        Category.SIGN_IN,
        "Refused. Most often the account's network rules; the code does not tell for sure."
        " (An emulator says the same to a wrong key.)",
        "Compare with another machine, or let the account's owner look at its network rules.",
    ),
    Row(
        "KeyBasedAuthenticationNotPermitted",
        Category.SIGN_IN,
        "This account accepts no account keys. Your key may be right.",
        "Ask the account's owner for a way in that it allows; keys are switched off on purpose.",
    ),
    Row(
        "AuthorizationPermissionMismatch",
        Category.PERMISSION,
        "The sign-in is known, but may not {operation}.",
        "Make a SAS token that has the letter `{letter}` ({operation}) in `sp`.",
    ),
    Row(
        "UnauthorizedBlobOverwrite",
        Category.PERMISSION,
        "The SAS token may create, but not replace what is there.",
        "Make a SAS token that has the letter `w` (write) in `sp`.",
    ),
    Row(
        "AuthorizationResourceTypeMismatch",
        Category.PERMISSION,
        "The SAS token may not touch what it takes to {operation}: `srt` lacks `c` or `o`.",
        "Make a SAS token with `srt=co` (containers and objects).",
    ),
    Row(
        "AuthorizationServiceMismatch",
        Category.SIGN_IN,
        "The SAS token is signed for another service, not for Blob.",
        "Make a SAS token with `ss=b`.",
    ),
    Row(
        "AuthorizationProtocolMismatch",
        Category.SIGN_IN,
        "The SAS token allows https only, and the account's address is an http one.",
        "Write `https://` in the account's address.",
    ),
    Row(
        "AuthorizationSourceIPMismatch",
        Category.SIGN_IN,
        "The SAS token does not allow the address from which this machine calls.",
        "Make a SAS token without that limit (`sip`), or run the worker inside of it.",
    ),
    Row(
        "FeatureVersionMismatch",
        Category.PERMISSION,
        "The SAS token was made for a service version that is too old (`sv`).",
        _RENEW,
    ),
    Row(
        "UnsupportedHeader",
        Category.PERMISSION,
        "The SAS token was made for a service version that is too old (`sv`).",
        _RENEW,
    ),
    Row(
        "InsufficientAccountPermissions",
        Category.PERMISSION,
        "Account `{account}` does not allow to {operation} here; its secondary is read-only.",
    ),
    Row(
        "AccountIsDisabled",
        Category.SIGN_IN,
        "Account `{account}` is disabled.",
        "Look at the subscription's state and billing in the portal.",
    ),
    Row(
        "NoAuthenticationInformation",
        Category.SIGN_IN,
        "No credential arrived at the service.",
        "A proxy may have taken it out; otherwise enter the key or the SAS token again.",
    ),
    Row(
        "PublicAccessNotPermitted",
        Category.SIGN_IN,
        "No credential arrived at the service.",
        "A proxy may have taken it out; otherwise enter the key or the SAS token again.",
    ),
    Row(
        "AccountRequiresHttps",
        Category.SETTINGS,
        "Account `{account}` answers to https only.",
        "Write `https://` in the account's address.",
    ),
    Row(
        "TlsVersionNotPermitted",
        Category.TLS,
        "Account `{account}` refuses the TLS version that this machine or its proxy speaks.",
        "Use TLS 1.2 or later.",
    ),
    Row(
        "ContainerNotFound",
        Category.CONTAINER_MISSING,
        "There is no container `{container}` in `{account}`. The sign-in worked.",
        "Create it, or correct the store's address:"
        " `az storage container create --name {container} --account-name {account}`",
    ),
    Row(
        "ResourceNotFound",
        Category.CONTAINER_MISSING,
        "There is no container `{container}` in `{account}`, or the sign-in may not see it.",
        "Create it, or correct the store's address.",
    ),
    Row(
        "ContainerBeingDeleted",
        Category.CONTAINER_MISSING,
        "Container `{container}` is being deleted; its name is free again after half a minute or"
        " more.",
        "Create it again then, or correct the store's address.",
    ),
    Row("BlobNotFound", Category.NOT_FOUND, "There is no `{name}`."),
    Row("BlobAlreadyExists", Category.EXISTS, "`{name}` is already there."),
    Row("ConditionNotMet", Category.CHANGED, "`{name}` is another version by now."),
    Row("TargetConditionNotMet", Category.CHANGED, "`{name}` is another version by now."),
    Row(
        "LeaseIdMissing",
        Category.PERMISSION,
        "`{name}` is locked by a lease (another program holds it).",
        "Wait until that program has ended.",
    ),
    Row(
        "BlobArchived",
        Category.PERMISSION,
        "`{name}` is archived. Waking takes up to 15 h.",
        "`az storage blob set-tier --tier Hot --rehydrate-priority Standard …`",
    ),
    Row(
        "BlobBeingRehydrated",
        Category.PERMISSION,
        "`{name}` is archived and being woken. That takes up to 15 h.",
        "Try again when its tier is Hot or Cool.",
    ),
    Row(
        "SnapshotsPresent",
        Category.PERMISSION,
        "`{name}` has snapshots, and they are not deleted along with it.",
        "Delete its snapshots first.",
    ),
    Row(
        "BlobImmutableDueToPolicy",
        Category.PERMISSION,
        "`{name}` is kept by a retention policy: it may be read, not replaced or deleted.",
    ),
    Row(
        "BlobImmutableDueToLegalHold",
        Category.PERMISSION,
        "`{name}` is kept by a legal hold: it may be read, not replaced or deleted.",
    ),
    Row(
        "InvalidBlobType",
        Category.PERMISSION,
        "`{name}` is a page or append blob; only block blobs can be replaced.",
        "Give it another name, or delete the one that is there.",
    ),
    Row("ServerBusy", Category.THROTTLED, "Azure asks us to slow down."),
    Row("TooManyRequests", Category.THROTTLED, "Azure asks us to slow down."),
    Row("OperationTimedOut", Category.TIMEOUT, "Azure did not finish in time."),
    Row("InternalError", Category.UNAVAILABLE, "Azure met an error of its own."),
    Row("Md5Mismatch", Category.INTEGRITY, "`{name}` arrived damaged; Azure refused it."),
    Row("InvalidResourceName", Category.NAME, "Azure cannot keep `{name}` as a name."),
    Row("OutOfRangeInput", Category.NAME, "Azure cannot keep `{name}` as a name."),
    Row("InvalidUri", Category.NAME, "Azure cannot keep `{name}` as a name."),
    Row(
        "InvalidHeaderValue",
        Category.SETTINGS,
        "The service does not know the protocol version that Storeroom speaks.",
        "Start the emulator with `--skipApiVersionCheck`, or take a newer one.",
        detail="x-ms-version",
    ),
)
