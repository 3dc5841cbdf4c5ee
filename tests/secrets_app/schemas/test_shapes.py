"""The ways to sign in that a secret can hold: exactly one of them, and complete."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from secrets_app.schemas import SCHEMAS, clean_values

AZURE = SCHEMAS["azure"]
KEY = "A" * 86 + "=="
SAS = "sv=2024-11-04&sr=c&sp=rl&se=2099-01-01&sig=abc%3D"
GUID, OTHER_GUID = "3c0a7c4e-0000-4000-8000-000000000001", "3c0a7c4e-0000-4000-8000-000000000002"
VALUES = {
    "account_name": "acct",
    "account_key": KEY,
    "sas_token": SAS,
    "connection_string": f"AccountName=acct;AccountKey={KEY};EndpointSuffix=core.windows.net",
    "tenant_id": GUID,
    "client_id": OTHER_GUID,
    "client_secret": "kept~as-it.is",
}


@pytest.mark.parametrize(
    ("names", "shape"),
    [
        ("connection_string", "connection_string"),
        ("connection_string account_name", "connection_string"),
        ("account_name account_key", "account_key"),
        ("account_name sas_token", "sas_token"),
        ("account_name tenant_id client_id client_secret", "service_principal"),
    ],
)
def test_each_complete_shape_is_known_and_taken(names: str, shape: str) -> None:
    values = {name: VALUES[name] for name in names.split()}

    found = AZURE.shape_of(values)

    assert found is not None
    assert found.slug == shape
    assert clean_values(AZURE, values) == values


@pytest.mark.parametrize(
    ("names", "field", "words"),
    [
        (
            "account_name",
            "account_name",
            "This alone is no way to sign in. Complete are: `connection_string`; `account_name`"
            " and `account_key`; `account_name` and `sas_token`; `account_name`, `tenant_id`,"
            " `client_id` and `client_secret`.",
        ),
        ("account_key", "account_name", "`account_key` needs `account_name` beside it."),
        ("sas_token", "account_name", "`sas_token` needs `account_name` beside it."),
        (
            "account_name client_secret",
            "tenant_id",
            "`client_secret` needs `tenant_id` and `client_id` beside it.",
        ),
        (
            "account_name tenant_id client_id",
            "client_secret",
            "`tenant_id` needs `client_secret` beside it.",
        ),
        (
            "account_name account_key sas_token",
            "sas_token",
            "This secret has both `account_key` and `sas_token`: 2 ways to sign in. Keep one of"
            " them.",
        ),
        (
            "connection_string account_name account_key",
            "account_key",
            "This secret has both `connection_string` and `account_key`: 2 ways to sign in. Keep"
            " one of them.",
        ),
        (
            "account_name account_key sas_token client_secret",
            "client_secret",
            "This secret has `account_key`, `sas_token` and `client_secret`: 3 ways to sign in."
            " Keep one of them.",
        ),
    ],
)
def test_what_makes_no_one_shape_is_refused(names: str, field: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        clean_values(AZURE, {name: VALUES[name] for name in names.split()})

    assert refused.value.message_dict == {field: [words]}


def test_what_is_stored_counts_as_well() -> None:
    assert clean_values(AZURE, {"account_key": KEY}, held=["account_name"]) == {"account_key": KEY}
    with pytest.raises(ValidationError, match="both `account_key` and `sas_token`"):
        clean_values(AZURE, {"sas_token": SAS}, held=["account_name", "account_key"])


def test_kinds_without_shapes_take_any() -> None:
    assert clean_values(SCHEMAS["basic_auth"], {"username": "me"}) == {"username": "me"}
