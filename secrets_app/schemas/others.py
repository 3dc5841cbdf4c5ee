"""The kinds of secrets that are not Azure's: AWS, Google Cloud, a name with a password.

Attributes as in ZenML 0.33's secret schemas.
"""

from __future__ import annotations

import json
import re

from django.core.exceptions import ValidationError

from secrets_app.schemas.base import Attribute, Schema, Shape

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
AWS_KEY_ID = re.compile(r"[A-Z0-9]{16,128}")


def clean_key_id(value: str) -> str:
    """16 or more capital letters and digits."""
    if not AWS_KEY_ID.fullmatch(value):
        raise ValidationError(
            "An access key ID has 16 or more capital letters and digits, such as `AKIA…`."
        )
    return value


def clean_text(value: str) -> str:
    """Anything."""
    return value


def clean_service_account(value: str) -> str:
    """The JSON key of a service account, kept exactly as it is.
    https://cloud.google.com/iam/docs/keys-create-delete"""
    try:
        key = json.loads(value)
    except (ValueError, RecursionError):
        raise ValidationError("This is not JSON. Paste the whole key file.") from None
    if not isinstance(key, dict) or not key.get("private_key") or not key.get("client_email"):
        raise ValidationError(
            "This is no key of a service account: `client_email` or `private_key` is missing."
        )
    return value


AWS = Schema(
    "aws",
    "Amazon Web Services",
    (
        Attribute(
            "aws_access_key_id",
            "Access key ID",
            "Console → IAM → Users → your user → Security credentials → Access keys.",
            clean_key_id,
            sensitive=False,
        ),
        Attribute(
            "aws_secret_access_key",
            "Secret access key",
            "Shown once when the access key is made. `aws iam create-access-key`",
            clean_text,
        ),
        Attribute(
            "aws_session_token",
            "Session token",
            "Only for temporary keys. `aws sts get-session-token`",
            clean_text,
        ),
    ),
    shapes=(
        Shape(
            "access_key",
            "Access key",
            ("aws_access_key_id", "aws_secret_access_key"),
            ("aws_session_token",),
        ),
    ),
)
GCP = Schema(
    "gcp",
    "Google Cloud",
    (
        Attribute(
            "token",
            "Service account's key (JSON)",
            "Console → IAM → Service accounts → Keys → Add key → JSON; paste the whole file.",
            clean_service_account,
            multiline=True,
            free_text=True,
        ),
    ),
)
BASIC_AUTH = Schema(
    "basic_auth",
    "Name and password",
    (
        Attribute(
            "username", "User name", "Who signs in.", clean_text, sensitive=False, free_text=True
        ),
        Attribute("password", "Password", "Kept exactly as typed.", clean_text, free_text=True),
    ),
    shapes=(Shape("name_and_password", "Name and password", ("username", "password")),),
)
