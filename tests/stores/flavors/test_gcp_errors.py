"""From Google's reasons to category, words and what to do."""

from __future__ import annotations

import pytest

from stores.flavors.base import Category, Changed, NotFound
from stores.flavors.gcp.errors import (
    _SIGN_IN_TABLE,
    _TABLE,
    Attempt,
    classify,
    classify_sign_in,
)

ACCOUNT = "ml@team.iam.gserviceaccount.com"
READING = Attempt("read", "models", ACCOUNT, "runs/4")
CASES = [
    (401, "authError", "", "sign_in", f"did not accept the token of `{ACCOUNT}`", "new key"),
    (401, "required", "", "sign_in", "No credential arrived", "proxy"),
    (403, "accountDisabled", "", "sign_in", "account is disabled", "billing"),
    (403, "accessNotConfigured", "", "sign_in", "Cloud Storage API is off", "gcloud services"),
    (403, "forbidden", "", "permission", "lacks `storage.objects.get`.", "objectViewer"),
    (
        403,
        "forbidden",
        "ml@team does not have storage.objects.list access (or it may not exist).",
        "permission",
        "lacks `storage.objects.list`, or there is no bucket `models`",
        f"--member=serviceAccount:{ACCOUNT}",
    ),
    (403, "insufficientPermissions", "", "permission", "may not read", "organization"),
    (403, "retentionPolicyNotMet", "", "permission", "kept by a retention policy", ""),
    (403, "objectUnderActiveHold", "", "permission", "kept by a hold", ""),
    (400, "cloudKmsDisabledKey", "", "permission", "KMS key", "Ask"),
    (400, "userProjectMissing", "", "settings", "requester pays", "pays itself"),
    (403, "sslRequired", "", "settings", "https only", "https"),
    (
        404,
        "notFound",
        "The specified bucket does not exist.",
        "container_missing",
        "no bucket `models`",
        "gcloud storage buckets create gs://models",
    ),
    (404, "notFound", "No such object: models/runs/4", "not_found", "There is no `runs/4`.", ""),
    (412, "conditionNotMet", "", "changed", "`runs/4` is another version by now.", ""),
    (429, "rateLimitExceeded", "", "throttled", "slow down", ""),
    (403, "userRateLimitExceeded", "", "throttled", "slow down", ""),
    (503, "backendError", "", "unavailable", "an error of its own", ""),
    (500, "internalError", "", "unavailable", "an error of its own", ""),
    (504, "gatewayTimeout", "", "timeout", "did not finish", ""),
    (400, "invalid", "Provided MD5 hash doesn't match", "integrity", "arrived damaged", ""),
    (400, "uploadBrokenConnection", "", "unavailable", "broke off", ""),
]
SIGN_INS = [
    ("invalid_grant", "Invalid JWT Signature.", "but not this key", "Make a new key"),
    ("invalid_grant", "in a reasonable timeframe.", "clock and Google's", "NTP"),
    ("invalid_grant", "Invalid grant: account not found", "no service account `ml@", "new key"),
    ("invalid_grant", "", f"refused the key of `{ACCOUNT}`", "new key"),
    ("disabled_client", "", "is disabled", "gcloud iam service-accounts enable ml@"),
    ("unauthorized_client", "", "no token for storage", "organization"),
]


@pytest.mark.parametrize(("status", "reason", "detail", "category", "words", "action"), CASES)
def test_each_reason_has_its_words(status, reason, detail, category, words, action):
    error = classify(status, reason, detail, "7f0e", READING)

    assert error.category == category
    assert words in error.text
    assert action in error.action
    assert (error.code, error.request_id) == (reason, "7f0e")


@pytest.mark.parametrize(("code", "detail", "words", "action"), SIGN_INS)
def test_each_refusal_of_a_token_has_its_words(code, detail, words, action):
    error = classify_sign_in(code, detail, READING)

    assert error.category == Category.SIGN_IN
    assert words in error.text
    assert action in error.action


def test_no_row_is_left_out_above():
    assert {(case[1], case[3]) for case in CASES} == {(row.code, row.category) for row in _TABLE}
    assert {case[0] for case in SIGN_INS} == {row.code for row in _SIGN_IN_TABLE}


def test_a_download_that_finds_nothing_answers_in_plain_words():
    assert isinstance(classify(404, "", "No such object: models/runs/4", "", READING), NotFound)
    missing = classify(404, "", "The specified bucket does not exist.", "", READING)
    assert missing.category == Category.CONTAINER_MISSING


@pytest.mark.parametrize(
    ("status", "category"),
    [(400, "unknown"), (403, "permission"), (412, "changed"), (503, "unavailable")],
)
def test_without_a_reason_the_status_decides(status, category):
    error = classify(status, "", "", "", READING)

    assert error.category == category
    assert error.code == str(status)


def test_unknown_reasons_are_shown_as_they_came():
    error = classify(400, "somethingNew", "canary", "", READING)

    assert error.text == "The service answered 400 `somethingNew` when Storeroom tried to read."
    refused = classify_sign_in("something_new", "canary", READING)
    assert refused.text == (
        "The service answered 401 `something_new` when Storeroom tried to sign in."
    )
    assert refused.category == Category.SIGN_IN


def test_what_the_contract_tells_apart_has_its_classes():
    assert isinstance(classify(412, "conditionNotMet", "", "", READING), Changed)
