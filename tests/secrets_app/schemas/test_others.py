"""The kinds that are not Azure's, and values that have to come back exactly as they went in."""

import base64
import json

import pytest
from django.core.exceptions import ValidationError

from secrets_app.schemas import SCHEMAS, Schema, clean_value, clean_values

AZURE = SCHEMAS["azure"]
AWS = SCHEMAS["aws"]
GCP = SCHEMAS["gcp"]
BASIC_AUTH = SCHEMAS["basic_auth"]
KEY = base64.b64encode(
    b"canary of an account key, made of exactly 64 bytes for this test"
).decode()
AWS_KEYS = {
    "aws_access_key_id": "AKIACANARY0000000000",
    "aws_secret_access_key": "canary/Of+A/Secret+Access+Key+Of40Chars00",
}
KEY_FILE = """{
  "type": "service_account",
  "project_id": "models",
  "private_key": "-----BEGIN PRIVATE KEY-----\\ncanary\\n-----END PRIVATE KEY-----\\n",
  "client_email": "storeroom@models.iam.gserviceaccount.com"
}
"""


def refusal(schema, name: str, value: str) -> str:
    with pytest.raises(ValidationError) as error:
        clean_value(schema, name, value)
    (message,) = error.value.messages
    return message


def label(value: object) -> str:
    """What a test is called by this parameter; a schema's repr differs from process to process."""
    return value.slug if isinstance(value, Schema) else str(value)


@pytest.mark.parametrize(
    ("schema", "names", "sensitive"),
    [
        (
            AWS,
            ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"],
            ["aws_secret_access_key", "aws_session_token"],
        ),
        (GCP, ["token"], ["token"]),
        (BASIC_AUTH, ["username", "password"], ["password"]),
    ],
    ids=["aws", "gcp", "basic_auth"],
)
def test_each_kind_has_its_attributes_and_hides_what_is_secret(schema, names, sensitive):
    assert [each.name for each in schema.attributes] == names
    assert [name for name in names if schema.is_sensitive(name)] == sensitive


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        (AWS, AWS_KEYS),
        (AWS, AWS_KEYS | {"aws_session_token": "canary//////////token=="}),
        (GCP, {"token": KEY_FILE}),
        (BASIC_AUTH, {"username": "me", "password": "canary"}),
    ],
)
def test_good_values_pass_unchanged(schema, values):
    assert clean_values(schema, values) == values


@pytest.mark.parametrize(
    ("schema", "values", "wrong"),
    [
        (
            AWS,
            {"aws_access_key_id": "AKIACANARY0000000000"},
            {
                "aws_secret_access_key": [
                    "`aws_access_key_id` needs `aws_secret_access_key` beside it."
                ]
            },
        ),
        (
            AWS,
            {"aws_session_token": "canary"},
            {
                "aws_session_token": [
                    "This alone is no way to sign in. Complete are: `aws_access_key_id` and"
                    " `aws_secret_access_key`."
                ]
            },
        ),
        (
            BASIC_AUTH,
            {"username": "me"},
            {"password": ["`username` needs `password` beside it."]},
        ),
        (
            BASIC_AUTH,
            {"password": "canary"},
            {"username": ["`password` needs `username` beside it."]},
        ),
    ],
    ids=label,
)
def test_half_of_a_way_to_sign_in_is_refused(schema, values, wrong):
    with pytest.raises(ValidationError) as error:
        clean_values(schema, values)

    assert error.value.message_dict == wrong


@pytest.mark.parametrize(
    ("schema", "name", "value", "words"),
    [
        (
            AWS,
            "aws_access_key_id",
            "akiacanary0000000000",
            "An access key ID has 16 or more capital letters and digits, such as `AKIA…`.",
        ),
        (
            AWS,
            "aws_access_key_id",
            "AKIACANARY",
            "An access key ID has 16 or more capital letters and digits, such as `AKIA…`.",
        ),
        (
            AWS,
            "aws_secret_access_key",
            "canary of two",
            "There is a space or a line break inside this value.",
        ),
        (
            AWS,
            "aws_secret_access_key",
            '"canary"',
            "Leave out the quotation marks around the value.",
        ),
        (AWS, "aws_session_token", " \n", "This is empty."),
        (GCP, "token", "", "This is empty."),
        (GCP, "token", KEY_FILE[:-3], "This is not JSON. Paste the whole key file."),
        (GCP, "token", "[" * 100000, "This is not JSON. Paste the whole key file."),
        (GCP, "token", "/home/me/canary.json", "This is not JSON. Paste the whole key file."),
        (
            GCP,
            "token",
            '["canary"]',
            "This is no key of a service account: `client_email` or `private_key` is missing.",
        ),
        (
            GCP,
            "token",
            '{"client_email": "a@b", "private_key": ""}',
            "This is no key of a service account: `client_email` or `private_key` is missing.",
        ),
        (
            GCP,
            "token",
            '{"private_key": "canary"}',
            "This is no key of a service account: `client_email` or `private_key` is missing.",
        ),
        (
            AWS,
            "canary",
            "x",
            "This kind of secret has no such attribute. It has aws_access_key_id,"
            " aws_secret_access_key, aws_session_token.",
        ),
        (BASIC_AUTH, "username", " ", "This is empty."),
        (BASIC_AUTH, "password", "", "This is empty."),
        (BASIC_AUTH, "password", "••••••••", "This looks like a mask, not a value."),
    ],
    ids=label,
)
def test_a_wrong_value_is_refused_in_words_that_do_not_repeat_it(schema, name, value, words):
    assert refusal(schema, name, value) == words


@pytest.mark.parametrize(
    "value",
    [
        "pässwörd",
        "密码 🔑",
        "e\u0301 is not \u00e9",
        " kept \n",
        "two\r\nlines",
        '"quoted"',
        "tab\tinside",
        "\u200bunseen\ufeff",
        "0",
        "p" * 65536,
    ],
    ids=ascii,
)
def test_s14_a_password_is_kept_exactly(value):
    assert clean_value(BASIC_AUTH, "password", value) == value
    assert clean_value(BASIC_AUTH, "username", value) == value


@pytest.mark.parametrize(
    "text",
    [
        KEY_FILE,
        KEY_FILE.replace("\n", "\r\n"),
        "\n" + KEY_FILE + "\n\n",
        KEY_FILE.replace("models", "modèles"),
        json.dumps({"client_email": "a@b", "private_key": "k" * 65536}),
    ],
    ids=["as it is", "windows", "lines around", "unicode", "64 KiB"],
)
def test_s14_a_json_key_file_keeps_its_lines_exactly(text):
    assert clean_value(GCP, "token", text) == text


@pytest.mark.parametrize(
    "value", ["größer 🗝 \r\n", KEY_FILE, "x" * 65536, "0"], ids=["unicode", "json", "64 KiB", "0"]
)
def test_s14_an_arbitrary_value_is_kept_exactly(value):
    assert clean_values(SCHEMAS["arbitrary"], {"key_file": value}) == {"key_file": value}


def test_s14_a_session_token_of_64_kib_is_kept():
    assert clean_value(AWS, "aws_session_token", "t" * 65536) == "t" * 65536


@pytest.mark.parametrize(
    ("schema", "name", "pasted", "kept"),
    [
        (AZURE, "account_key", f"{KEY}\n", KEY),
        (AZURE, "account_key", f"{KEY}\r\n", KEY),
        (AZURE, "account_key", f"  {KEY} ", KEY),
        (AZURE, "client_secret", "canary~ünïcode\n", "canary~ünïcode"),
        (AWS, "aws_secret_access_key", "canary/Of+A\n", "canary/Of+A"),
        (AWS, "aws_access_key_id", "\u200bAKIACANARY0000000000 ", "AKIACANARY0000000000"),
    ],
)
def test_s14_a_line_break_after_a_key_is_trimmed(schema, name, pasted, kept):
    assert clean_value(schema, name, pasted) == kept
