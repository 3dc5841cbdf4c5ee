"""What S3's error codes mean: one table from code to category, words and what to do.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
The first row that fits decides, so those that look at the detail stand before those that don't.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from stores.flavors.base import Category, StoreError
from stores.flavors.bucket_answers import Row, error_by

# What an IAM policy has to allow for each operation, and on what.
_RIGHTS = {
    "list": ("s3:ListBucket", ""),
    "read": ("s3:GetObject", "/*"),
    "write": ("s3:PutObject", "/*"),
    "delete": ("s3:DeleteObject", "/*"),
}
_ENTER_AGAIN = "Enter the access key again: console → IAM → Users → Security credentials."
_RENEW = "Make new temporary keys (`aws sts get-session-token`) and put them into the secret."


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried when the service answered: "list", "read", "write" or "delete"."""

    operation: str
    bucket: str
    region: str
    name: str = ""


def classify(
    status: int, code: str, detail: str, request_id: str, attempt: Attempt, bucket_region: str = ""
) -> StoreError:
    """The error for one answer. `bucket_region` is where the service says that the bucket is."""
    right, beneath = _RIGHTS[attempt.operation]
    words = {
        **asdict(attempt),
        "right": right,
        "resource": f"arn:aws:s3:::{attempt.bucket}{beneath}",
    }
    if bucket_region and bucket_region != attempt.region:
        code = code or "PermanentRedirect"
        words["lies"] = f"`{bucket_region}`"
        words["enter"] = f"Write `{bucket_region}` into the store's field “Region”."
    else:
        words["lies"] = "another one"
        words["enter"] = "Write the bucket's region into the store's field “Region”."
    return error_by(_TABLE, status, code, detail, request_id, words)


def _elsewhere(code: str, detail: str = "") -> Row:
    """The bucket is in another region than the store says."""
    return Row(
        code,
        Category.SETTINGS,
        "The store's region is `{region}`, but bucket `{bucket}` is in {lies}.",
        "{enter}",
        detail,
    )


_TABLE = (
    _elsewhere("PermanentRedirect"),
    _elsewhere("TemporaryRedirect"),
    _elsewhere("Redirect"),
    _elsewhere("AuthorizationHeaderMalformed", "egion"),
    _elsewhere("IllegalLocationConstraintException"),
    Row(
        "AuthorizationHeaderMalformed",
        Category.SIGN_IN,
        "The service could not read the sign-in.",
        _ENTER_AGAIN,
    ),
    Row("AuthorizationQueryParametersError", Category.SIGN_IN, "The sign-in is malformed."),
    Row(
        "InvalidAccessKeyId",
        Category.SIGN_IN,
        "The service knows no such access key ID: it was deleted, or belongs to another service.",
        _ENTER_AGAIN,
    ),
    Row(
        "SignatureDoesNotMatch",
        Category.SIGN_IN,
        "The secret access key does not belong to the access key ID.",
        _ENTER_AGAIN,
    ),
    Row("ExpiredToken", Category.SIGN_IN, "The temporary keys have expired.", _RENEW),
    Row("TokenRefreshRequired", Category.SIGN_IN, "The temporary keys have expired.", _RENEW),
    Row(
        "InvalidToken",
        Category.SIGN_IN,
        "The session token does not belong to the access key, or was cut off.",
        _RENEW,
    ),
    Row(
        "RequestTimeTooSkewed",
        Category.SIGN_IN,
        "This machine's clock and the service's are more than 15 minutes apart.",
        "Set the clock of the machine that the worker runs on (NTP).",
    ),
    Row(
        "RequestExpired",
        Category.SIGN_IN,
        "This machine's clock and the service's are too far apart.",
        "Set the clock of the machine that the worker runs on (NTP).",
    ),
    Row(
        "AccessDenied",
        Category.PERMISSION,
        "The sign-in is known, but may not use the KMS key that the bucket is encrypted with.",
        "Let the key's owner allow `kms:Decrypt` and `kms:GenerateDataKey` for it.",
        detail="kms:",
    ),
    Row(
        "AccessDenied",
        Category.PERMISSION,
        "The sign-in is known, but may not {operation}.",
        "Allow `{right}` on `{resource}` in its policy; the bucket's own policy must not deny it.",
    ),
    Row(
        "AllAccessDisabled",
        Category.PERMISSION,
        "All access to bucket `{bucket}` is disabled.",
        "Ask the bucket's owner.",
    ),
    Row(
        "AccountProblem",
        Category.SIGN_IN,
        "Something is wrong with the account: billing, or a suspension.",
        "Ask the account's owner.",
    ),
    Row(
        "NotSignedUp",
        Category.SIGN_IN,
        "The account is not signed up for S3.",
        "Ask the account's owner.",
    ),
    Row(
        "NoSuchBucket",
        Category.CONTAINER_MISSING,
        "There is no bucket `{bucket}`. The sign-in worked.",
        "Create it, or correct the store's address: `aws s3 mb s3://{bucket} --region {region}`",
    ),
    Row(
        "InvalidBucketName",
        Category.SETTINGS,
        "The service keeps no bucket of the name `{bucket}`.",
        "Correct the store's address.",
    ),
    Row("NoSuchKey", Category.NOT_FOUND, "There is no `{name}`."),
    Row("PreconditionFailed", Category.CHANGED, "`{name}` is another version by now."),
    Row(
        "ConditionalRequestConflict",
        Category.UNAVAILABLE,
        "Another write to `{name}` came in between.",
        "Try again.",
    ),
    Row(
        "OperationAborted",
        Category.UNAVAILABLE,
        "Another operation on `{name}` came in between.",
        "Try again.",
    ),
    Row(
        "NoSuchUpload",
        Category.UNAVAILABLE,
        "The upload of `{name}` was ended by somebody else, perhaps by a lifecycle rule.",
        "Try again.",
    ),
    Row(
        "InvalidObjectState",
        Category.PERMISSION,
        "`{name}` is archived. Restoring it takes up to 48 h.",
        "`aws s3api restore-object --bucket {bucket} --key KEY --restore-request Days=7`",
    ),
    Row(
        "NotImplemented",
        Category.SETTINGS,
        "This service cannot do what Storeroom needs to {operation}: most often it lacks"
        " conditional writes.",
        "Use a release of the service that has them.",
    ),
    Row("EntityTooLarge", Category.PERMISSION, "`{name}` is larger than the service takes."),
    Row("KeyTooLongError", Category.NAME, "The service cannot keep `{name}` as a name."),
    Row("InvalidURI", Category.NAME, "The service cannot keep `{name}` as a name."),
    Row("XMinioInvalidObjectName", Category.NAME, "The service cannot keep `{name}` as a name."),
    Row("BadDigest", Category.INTEGRITY, "`{name}` arrived damaged; the service refused it."),
    Row(
        "XAmzContentSHA256Mismatch",
        Category.INTEGRITY,
        "`{name}` arrived damaged; the service refused it.",
    ),
    Row("IncompleteBody", Category.INTEGRITY, "`{name}` arrived cut off; the service refused it."),
    Row("SlowDown", Category.THROTTLED, "The service asks us to slow down."),
    Row("SlowDownRead", Category.THROTTLED, "The service asks us to slow down."),
    Row("SlowDownWrite", Category.THROTTLED, "The service asks us to slow down."),
    Row("TooManyRequests", Category.THROTTLED, "The service asks us to slow down."),
    Row("RequestLimitExceeded", Category.THROTTLED, "The service asks us to slow down."),
    Row("ServiceUnavailable", Category.THROTTLED, "The service asks us to slow down."),
    Row("RequestTimeout", Category.TIMEOUT, "The service waited too long for our bytes."),
    Row("InternalError", Category.UNAVAILABLE, "The service met an error of its own."),
)
