"""Kinds of secrets that are not Azure's, and values that have to come back as they were."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError

from secrets_app.schemas import SCHEMAS, clean_values

KEY_FILE = json.dumps(
    {"client_email": "me@example.com", "private_key": "-----BEGIN PRIVATE KEY-----\nMII\n"},
    indent=2,
)


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ("aws", {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "w/J+x"}),
        ("gcp", {"token": f"{KEY_FILE}\n"}),
        ("basic_auth", {"username": "größe", "password": " with blanks and \n a line "}),
        ("arbitrary", {"text": "größer 🗝 \r\n", "long": "x" * 65536}),
        ("arbitrary", {"key_file": KEY_FILE}),
    ],
)
def test_s14_values_come_back_as_they_were(schema: str, values: dict[str, str]) -> None:
    assert clean_values(SCHEMAS[schema], values) == values


def test_s14_an_account_key_is_freed_of_what_pasting_adds() -> None:
    key = "A" * 86 + "=="
    values = {"account_name": "acct", "account_key": f" {key}\r\n"}

    assert clean_values(SCHEMAS["azure"], values) == {"account_name": "acct", "account_key": key}


@pytest.mark.parametrize(
    ("schema", "name", "value", "words"),
    [
        ("aws", "aws_access_key_id", "akia", "An access key ID has 16 or more capital letters"),
        ("gcp", "token", "no json", "This is not JSON. Paste the whole key file."),
        ("gcp", "token", "{}", "This is no key of a service account"),
        ("aws", "secret", "x", "This kind of secret has no such attribute."),
        ("basic_auth", "password", "••••", "This looks like a mask, not a value."),
    ],
)
def test_what_is_wrong_is_said(schema: str, name: str, value: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        clean_values(SCHEMAS[schema], {name: value})

    assert refused.value.message_dict[name][0].startswith(words)
