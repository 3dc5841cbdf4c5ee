"""From S3's code to category, words and what to do."""

from __future__ import annotations

import pytest

from stores.flavors.base import AlreadyExists, Category, Changed, NotFound
from stores.flavors.s3.errors import _TABLE, Attempt, classify

READING = Attempt("read", "models", "us-east-1", "runs/4")


CASES = [
    (403, "InvalidAccessKeyId", "", "sign_in", "knows no such access key ID", "Enter the"),
    (403, "SignatureDoesNotMatch", "", "sign_in", "does not belong to the access", "Enter"),
    (400, "ExpiredToken", "", "sign_in", "temporary keys have expired", "sts"),
    (400, "TokenRefreshRequired", "", "sign_in", "temporary keys have expired", "sts"),
    (400, "InvalidToken", "", "sign_in", "session token does not belong", "sts"),
    (403, "RequestTimeTooSkewed", "", "sign_in", "more than 15 minutes apart", "NTP"),
    (403, "RequestExpired", "", "sign_in", "too far apart", "NTP"),
    (400, "AuthorizationHeaderMalformed", "The header is", "sign_in", "could not read", "Enter"),
    (400, "AuthorizationQueryParametersError", "", "sign_in", "malformed", ""),
    (403, "AccountProblem", "", "sign_in", "wrong with the account", "Ask"),
    (403, "NotSignedUp", "", "sign_in", "not signed up", "Ask"),
    (403, "AccessDenied", "", "permission", "may not read", "Allow `s3:GetObject` on"),
    (
        403,
        "AccessDenied",
        "not authorized to perform: kms:Decrypt on",
        "permission",
        "KMS key",
        "kms:Decrypt",
    ),
    (403, "AllAccessDisabled", "", "permission", "access to bucket `models`", "Ask"),
    (403, "InvalidObjectState", "", "permission", "`runs/4` is archived", "restore-object"),
    (400, "EntityTooLarge", "", "permission", "larger than the service takes", ""),
    (404, "NoSuchBucket", "", "container_missing", "no bucket `models`", "s3 mb s3://models"),
    (400, "InvalidBucketName", "", "settings", "keeps no bucket of the name", "Correct"),
    (501, "NotImplemented", "", "settings", "lacks conditional writes", "release"),
    (404, "NoSuchKey", "", "not_found", "There is no `runs/4`.", ""),
    (412, "PreconditionFailed", "", "changed", "`runs/4` is another version by now.", ""),
    (409, "ConditionalRequestConflict", "", "unavailable", "Another write", "Try"),
    (409, "OperationAborted", "", "unavailable", "Another operation", "Try"),
    (404, "NoSuchUpload", "", "unavailable", "ended by somebody else", "Try"),
    (400, "KeyTooLongError", "", "name", "cannot keep `runs/4`", ""),
    (400, "InvalidURI", "", "name", "cannot keep `runs/4`", ""),
    (400, "XMinioInvalidObjectName", "", "name", "cannot keep `runs/4`", ""),
    (400, "BadDigest", "", "integrity", "arrived damaged", ""),
    (400, "XAmzContentSHA256Mismatch", "", "integrity", "arrived damaged", ""),
    (400, "IncompleteBody", "", "integrity", "arrived cut off", ""),
    (503, "SlowDown", "", "throttled", "slow down", ""),
    (503, "SlowDownRead", "", "throttled", "slow down", ""),
    (503, "SlowDownWrite", "", "throttled", "slow down", ""),
    (429, "TooManyRequests", "", "throttled", "slow down", ""),
    (503, "RequestLimitExceeded", "", "throttled", "slow down", ""),
    (503, "ServiceUnavailable", "", "throttled", "slow down", ""),
    (400, "RequestTimeout", "", "timeout", "waited too long for our bytes", ""),
    (500, "InternalError", "", "unavailable", "an error of its own", ""),
    (301, "PermanentRedirect", "", "settings", "in another one", "field “Region”"),
    (307, "TemporaryRedirect", "", "settings", "in another one", "field “Region”"),
    (301, "Redirect", "", "settings", "in another one", "field “Region”"),
    (
        400,
        "AuthorizationHeaderMalformed",
        "the region 'us-east-1' is wrong",
        "settings",
        "in another one",
        "field “Region”",
    ),
    (
        400,
        "IllegalLocationConstraintException",
        "",
        "settings",
        "in another one",
        "field “Region”",
    ),
]


@pytest.mark.parametrize(("status", "code", "detail", "category", "words", "action"), CASES)
def test_each_code_has_its_words(status, code, detail, category, words, action):
    error = classify(status, code, detail, "7f0e", READING)

    assert error.category == category
    assert words in error.text
    assert action in error.action
    assert (error.code, error.request_id) == (code, "7f0e")


def test_no_row_is_left_out_above():
    assert {case[1] for case in CASES} == {row.code for row in _TABLE}


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (400, "unknown"),
        (401, "sign_in"),
        (403, "permission"),
        (404, "not_found"),
        (407, "connect"),
        (408, "timeout"),
        (412, "changed"),
        (418, "unknown"),
        (429, "throttled"),
        (500, "unavailable"),
        (504, "timeout"),
        (302, "connect"),
    ],
)
def test_without_a_code_the_status_decides(status, category):
    error = classify(status, "", "", "", READING)

    assert error.category == category
    assert error.code == str(status)


def test_an_unknown_code_is_shown_as_it_came():
    error = classify(400, "SomethingNew", "canary", "7f0e", READING)

    assert error.category == Category.UNKNOWN
    assert error.text == "The service answered 400 `SomethingNew` when Storeroom tried to read."


def test_a_code_cannot_smuggle_markup_in():
    error = classify(400, "<b>{region}`", "", "", READING)

    assert error.code == "bregion"


def test_the_region_that_the_service_names_is_said():
    error = classify(301, "", "", "", READING, "eu-west-1")

    assert error.category == Category.SETTINGS
    assert error.text == (
        "The store's region is `us-east-1`, but bucket `models` is in `eu-west-1`."
    )
    assert error.action == "Write `eu-west-1` into the store's field “Region”."


@pytest.mark.parametrize(
    ("operation", "right", "resource"),
    [
        ("list", "s3:ListBucket", "arn:aws:s3:::models"),
        ("read", "s3:GetObject", "arn:aws:s3:::models/*"),
        ("write", "s3:PutObject", "arn:aws:s3:::models/*"),
        ("delete", "s3:DeleteObject", "arn:aws:s3:::models/*"),
    ],
)
def test_what_is_refused_names_the_right_that_is_missing(operation, right, resource):
    error = classify(403, "AccessDenied", "", "", Attempt(operation, "models", "us-east-1"))

    assert error.text == f"The sign-in is known, but may not {operation}."
    assert f"Allow `{right}` on `{resource}`" in error.action


def test_what_the_contract_tells_apart_has_its_classes():
    assert isinstance(classify(404, "NoSuchKey", "", "", READING), NotFound)
    assert isinstance(classify(412, "PreconditionFailed", "", "", READING), Changed)
    assert not isinstance(classify(409, "OperationAborted", "", "", READING), AlreadyExists)
