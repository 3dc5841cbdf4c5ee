"""What Google's reasons mean: one table from reason to category, words and what to do.

https://cloud.google.com/storage/docs/json_api/v1/status-codes
The first row that fits decides, so those that look at the detail stand before those that don't.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from stores.flavors.base import Category, StoreError
from stores.flavors.bucket_answers import Row, error_by

# The permission that each operation needs, and the least role that has it.
_RIGHTS = {
    "list": ("storage.objects.list", "roles/storage.objectViewer"),
    "read": ("storage.objects.get", "roles/storage.objectViewer"),
    "write": ("storage.objects.create", "roles/storage.objectUser"),
    "delete": ("storage.objects.delete", "roles/storage.objectUser"),
}
_NEW_KEY = "Make a new key (console → IAM → Service accounts → Keys) and put it into the secret."
_CLOCK = "Set the clock of the machine that the worker runs on (NTP)."


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried when the service answered: "list", "read", "write" or "delete"."""

    operation: str
    bucket: str
    account: str
    name: str = ""


def classify(
    status: int, reason: str, detail: str, request_id: str, attempt: Attempt
) -> StoreError:
    """The error for one answer of the storage service."""
    lacks, role = _RIGHTS[attempt.operation]
    named = re.search(r"\bstorage\.\w+\.\w+\b", detail)
    words = {**asdict(attempt), "right": named[0] if named else lacks, "role": role}
    if status == 404 and not reason:  # Downloads answer with plain words.
        reason = "notFound"
    return error_by(_TABLE, status, reason, detail, request_id, words)


def classify_sign_in(code: str, detail: str, attempt: Attempt) -> StoreError:
    """The error for a refusal where tokens are asked for."""
    words = {**asdict(attempt), "operation": "sign in"}
    return error_by(_SIGN_IN_TABLE, 401, code, detail, "", words)


_TABLE = (
    Row(
        "authError",
        Category.SIGN_IN,
        "Google did not accept the token of `{account}`.",
        _NEW_KEY,
    ),
    Row(
        "required",
        Category.SIGN_IN,
        "No credential arrived at the service.",
        "A proxy may have taken it out.",
    ),
    Row(
        "forbidden",
        Category.PERMISSION,
        "`{account}` is known, but may not {operation}: it lacks `{right}`, or there is no bucket"
        " `{bucket}`.",
        "`gcloud storage buckets add-iam-policy-binding gs://{bucket}"
        " --member=serviceAccount:{account} --role={role}`",
        detail="or it may not exist",
    ),
    Row(
        "forbidden",
        Category.PERMISSION,
        "`{account}` is known, but may not {operation}: it lacks `{right}`.",
        "`gcloud storage buckets add-iam-policy-binding gs://{bucket}"
        " --member=serviceAccount:{account} --role={role}`",
    ),
    Row(
        "insufficientPermissions",
        Category.PERMISSION,
        "The token of `{account}` may not {operation}.",
        "Look at the policies of its organization.",
    ),
    Row(
        "accountDisabled",
        Category.SIGN_IN,
        "The project's account is disabled.",
        "Let the project's owner look at its billing.",
    ),
    Row(
        "accessNotConfigured",
        Category.SIGN_IN,
        "The Cloud Storage API is off in the service account's project.",
        "`gcloud services enable storage.googleapis.com`",
    ),
    Row(
        "userProjectMissing",
        Category.SETTINGS,
        "Bucket `{bucket}` lets the caller pay (requester pays), which Storeroom does not do.",
        "Use a bucket that pays itself.",
    ),
    Row(
        "sslRequired",
        Category.SETTINGS,
        "The service answers to https only.",
        "Write `https://` in the store's endpoint.",
    ),
    Row(
        "notFound",
        Category.CONTAINER_MISSING,
        "There is no bucket `{bucket}`. The sign-in worked.",
        "Create it, or correct the store's address: `gcloud storage buckets create gs://{bucket}`",
        detail="bucket does not exist",
    ),
    Row("notFound", Category.NOT_FOUND, "There is no `{name}`."),
    Row("conditionNotMet", Category.CHANGED, "`{name}` is another version by now."),
    Row(
        "retentionPolicyNotMet",
        Category.PERMISSION,
        "`{name}` is kept by a retention policy: it may be read, not replaced or deleted.",
    ),
    Row(
        "objectUnderActiveHold",
        Category.PERMISSION,
        "`{name}` is kept by a hold: it may be read, not replaced or deleted.",
    ),
    Row(
        "cloudKmsDisabledKey",
        Category.PERMISSION,
        "The KMS key that encrypts bucket `{bucket}` is disabled.",
        "Ask the key's owner.",
    ),
    Row("rateLimitExceeded", Category.THROTTLED, "Google asks us to slow down."),
    Row("userRateLimitExceeded", Category.THROTTLED, "Google asks us to slow down."),
    Row("backendError", Category.UNAVAILABLE, "Google met an error of its own."),
    Row("internalError", Category.UNAVAILABLE, "Google met an error of its own."),
    Row("gatewayTimeout", Category.TIMEOUT, "Google did not finish in time."),
    Row(
        "invalid",
        Category.INTEGRITY,
        "`{name}` arrived damaged; Google refused it.",
        detail="MD5",
    ),
    Row("uploadBrokenConnection", Category.UNAVAILABLE, "The upload of `{name}` broke off."),
)

# https://developers.google.com/identity/protocols/oauth2/service-account#error-codes
_SIGN_IN_TABLE = (
    Row(
        "invalid_grant",
        Category.SIGN_IN,
        "Google knows the service account, but not this key: it was deleted or has expired.",
        _NEW_KEY,
        detail="Signature",
    ),
    Row(
        "invalid_grant",
        Category.SIGN_IN,
        "This machine's clock and Google's are too far apart.",
        _CLOCK,
        detail="timeframe",
    ),
    Row(
        "invalid_grant",
        Category.SIGN_IN,
        "There is no service account `{account}`; it was deleted or is disabled.",
        _NEW_KEY,
        detail="account not found",
    ),
    Row(
        "invalid_grant",
        Category.SIGN_IN,
        "Google refused the key of `{account}`.",
        _NEW_KEY,
    ),
    Row(
        "disabled_client",
        Category.SIGN_IN,
        "The service account `{account}` is disabled.",
        "`gcloud iam service-accounts enable {account}`",
    ),
    Row(
        "unauthorized_client",
        Category.SIGN_IN,
        "Google gives `{account}` no token for storage.",
        "Look at the policies of its organization.",
    ),
)
