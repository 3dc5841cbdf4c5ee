"""The table from Azure's answers to our errors."""

from __future__ import annotations

import pytest

from stores.flavors.azure.answers import TABLE
from stores.flavors.azure.errors import Attempt, classify
from stores.flavors.base import AlreadyExists, Category, Changed, NotFound

ATTEMPT = Attempt("list", "ml", "acct", "runs/{4}")


@pytest.mark.parametrize(
    ("status", "code", "detail", "category", "words", "action"),
    [
        (
            403,
            "AuthenticationFailed",
            "Signature not valid in the specified time frame: Start [Tue, 01 Oct 2024 10:00:00"
            " GMT] - Expiry [Fri, 01 Nov 2024 11:00:00 GMT] - Current [Sun, 03 Nov 2024 11:00:00"
            " GMT]",
            Category.SIGN_IN,
            "(begins Tue, 01 Oct 2024 10:00:00 GMT, ends Fri, 01 Nov 2024 11:00:00 GMT, Azure's"
            " clock says Sun, 03 Nov 2024 11:00:00 GMT)",
            "Make a new SAS token",
        ),
        (
            403,
            "AuthenticationFailed",
            "Request date header too old: 'Sun, 03 Nov 2024 11:00:00 GMT'",
            Category.SIGN_IN,
            "clock and Azure's are more than 15 minutes apart",
            "Set the clock",
        ),
        (
            403,
            "AuthenticationFailed",
            "The MAC signature found in the HTTP request 'canary=' is not the same as any computed"
            " signature.",
            Category.SIGN_IN,
            "The key does not belong to account `acct` or was rotated.",
            "Copy the key again",
        ),
        (
            403,
            "AuthenticationFailed",
            "Signature did not match. String to sign used was canary",
            Category.SIGN_IN,
            "The SAS token does not fit account `acct`",
            "Paste the SAS token again",
        ),
        (
            403,
            "AuthenticationFailed",
            "SAS field sv is not well formed",
            Category.SIGN_IN,
            "The SAS token is malformed.",
            "Paste the SAS token again",
        ),
        (
            403,
            "AuthenticationFailed",
            "",
            Category.SIGN_IN,
            "Azure refused the sign-in to account `acct`.",
            "Enter the key or the SAS token again.",
        ),
        (
            403,
            "AuthorizationFailure",
            "",
            Category.SIGN_IN,
            "Refused. Most often the account's network rules; the code does not tell for sure.",
            "another machine",
        ),
        (
            403,
            "AuthorizationPermissionMismatch",
            "",
            Category.PERMISSION,
            "The sign-in is known, but may not list.",
            "the letter `l` (list)",
        ),
        (
            403,
            "KeyBasedAuthenticationNotPermitted",
            "",
            Category.SIGN_IN,
            "This account accepts no account keys. Your key may be right.",
            "switched off on purpose",
        ),
        (403, "AuthorizationServiceMismatch", "", Category.SIGN_IN, "another service", "`ss=b`"),
        (
            403,
            "AuthorizationResourceTypeMismatch",
            "",
            Category.PERMISSION,
            "`srt` lacks `c` or `o`",
            "`srt=co`",
        ),
        (
            403,
            "AuthorizationSourceIPMismatch",
            "",
            Category.SIGN_IN,
            "address from which",
            "`sip`",
        ),
        (403, "AuthorizationProtocolMismatch", "", Category.SIGN_IN, "https only", "`https://`"),
        (400, "AccountRequiresHttps", "", Category.SETTINGS, "https only", "`https://`"),
        (
            404,
            "ContainerNotFound",
            "",
            Category.CONTAINER_MISSING,
            "There is no container `ml` in `acct`. The sign-in worked.",
            "az storage container create --name ml --account-name acct",
        ),
        (
            409,
            "ContainerBeingDeleted",
            "",
            Category.CONTAINER_MISSING,
            "`ml` is being deleted",
            "Create it again",
        ),
        (409, "PublicAccessNotPermitted", "", Category.SIGN_IN, "No credential arrived", ""),
        (409, "BlobArchived", "", Category.PERMISSION, "archived. Waking takes up to 15 h", "Hot"),
        (412, "LeaseIdMissing", "", Category.PERMISSION, "locked by a lease", "Wait"),
        (409, "SnapshotsPresent", "", Category.PERMISSION, "has snapshots", "snapshots first"),
        (409, "BlobImmutableDueToPolicy", "", Category.PERMISSION, "retention policy", ""),
        (503, "ServerBusy", "", Category.THROTTLED, "Azure asks us to slow down.", ""),
        (500, "OperationTimedOut", "", Category.TIMEOUT, "did not finish in time", ""),
        (500, "InternalError", "", Category.UNAVAILABLE, "an error of its own", ""),
        (400, "Md5Mismatch", "", Category.INTEGRITY, "arrived damaged", ""),
        (
            400,
            "InvalidHeaderValue",
            "x-ms-version 2026-10-06",
            Category.SETTINGS,
            "protocol version",
            "--skipApiVersionCheck",
        ),
        (404, "BlobNotFound", "", Category.NOT_FOUND, "There is no `runs/{4}`.", ""),
        (409, "BlobAlreadyExists", "", Category.EXISTS, "`runs/{4}` is already there.", ""),
        (412, "ConditionNotMet", "", Category.CHANGED, "`runs/{4}` is another version", ""),
    ],
)
def test_a_known_code_has_words_and_a_next_step(status, code, detail, category, words, action):
    error = classify(status, code, detail, "request-1", ATTEMPT)

    assert error.category == category
    assert words in error.text
    assert action in error.action
    assert (error.code, error.request_id) == (code, "request-1")
    assert "canary" not in f"{error!r} {error.text} {error.action}"


@pytest.mark.parametrize(
    ("status", "code", "category", "words", "shown"),
    [
        (409, "NewThing", Category.UNKNOWN, "The service answered 409 `NewThing`", "NewThing"),
        (403, "NewThing", Category.SIGN_IN, "403 `NewThing`", "NewThing"),
        (403, "", Category.SIGN_IN, "The service answered 403 without a reason on list.", "403"),
        (404, "", Category.NOT_FOUND, "404", "404"),
        (412, "", Category.CHANGED, "412", "412"),
        (429, "", Category.THROTTLED, "429", "429"),
        (502, "", Category.UNAVAILABLE, "502", "502"),
        (504, "", Category.TIMEOUT, "504", "504"),
        (407, "", Category.CONNECT, "407", "407"),
        (302, "", Category.CONNECT, "redirects to another address (302)", "302"),
        (418, "<b>{x}</b>", Category.UNKNOWN, "418 `bxb`", "bxb"),
    ],
)
def test_an_unknown_code_is_shown_as_it_came(status, code, category, words, shown):
    error = classify(status, code, "canary", "", ATTEMPT)

    assert (error.category, error.code) == (category, shown)
    assert words in error.text
    assert "canary" not in error.text


def test_a_conflict_is_only_an_existing_artifact_where_the_code_says_so():
    assert isinstance(classify(409, "BlobAlreadyExists", "", "", ATTEMPT), AlreadyExists)
    assert isinstance(classify(404, "BlobNotFound", "", "", ATTEMPT), NotFound)
    assert isinstance(classify(412, "ConditionNotMet", "", "", ATTEMPT), Changed)
    for code in ("BlobArchived", "ContainerBeingDeleted", "LeaseAlreadyPresent", "NewThing"):
        assert not isinstance(classify(409, code, "", "", ATTEMPT), AlreadyExists)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.code} {row.detail}".strip())
def test_every_row_can_be_reached_and_said(row):
    error = classify(400, row.code, row.detail, "", ATTEMPT)

    assert error.category == row.category
    assert error.text.endswith((".", ")"))
    assert "{operation}" not in f"{error.text}{error.action}"
