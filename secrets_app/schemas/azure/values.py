"""What a good value of each attribute looks like, and which attribute a value is one of."""

from __future__ import annotations

import base64
import re

from django.core.exceptions import ValidationError

from secrets_app.schemas.base import BELONGS_ELSEWHERE
from secrets_app.schemas.sas import parse_sas

ACCOUNT_NAME = re.compile(r"[a-z0-9]{3,24}")
KEY_LENGTH = 88
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Neither sign before a name can be in base64, so that no key is taken for one of these.
SAS_PART = re.compile(r"(^|[?&])(sig|sv)=", re.IGNORECASE)
CONNECTION_PART = re.compile(r"(^|;)(AccountKey|SharedAccessSignature)=", re.IGNORECASE)
WHAT_IT_IS = {
    "account_key": "an account key",
    "connection_string": "a connection string",
    "sas_token": "a SAS token",
    "client_secret": "a client secret",
}


def clean_account_name(value: str) -> str:
    """3–24 lower-case letters and digits, as emulators' accounts have as well."""
    if "." in value or "/" in value:
        raise ValidationError(
            "This looks like an address; only the account's name belongs here, the part before"
            " `.blob.core.windows.net`."
        )
    if not ACCOUNT_NAME.fullmatch(value):
        raise ValidationError("An account name has 3–24 lower-case letters and digits.")
    return value


def clean_account_key(value: str) -> str:
    """64 bytes in base64."""
    refuse_what_belongs_elsewhere(value, "account_key")
    if len(value) != KEY_LENGTH:
        guess = "Was the end cut off?" if len(value) < KEY_LENGTH else "Was it pasted twice?"
        raise ValidationError(
            f"An account key is {KEY_LENGTH} characters ending in `==`; this has {len(value)}."
            f" {guess}"
        )
    if not is_account_key(value):
        raise ValidationError(
            "An account key is base64 ending in `==`; this has other characters in it."
        )
    return value


def clean_sas_token(value: str) -> str:
    """A query with a version and a signature, without its `?`. Whether it has expired, and what it
    allows, is for whoever uses it."""
    if re.match(r"https?://", value, re.IGNORECASE):
        raise ValidationError("This is a whole address; only the part after its `?` belongs here.")
    refuse_what_belongs_elsewhere(value, "sas_token")
    value = value.removeprefix("?")
    parse_sas(value)
    return value


def clean_guid(value: str) -> str:
    """An ID as Entra shows it."""
    if not GUID.fullmatch(value):
        raise ValidationError("This is not a GUID.")
    return value


def clean_client_secret(value: str) -> str:
    """Anything but the secret's own ID, which stands beside it in the portal."""
    if GUID.fullmatch(value):
        raise ValidationError(
            "This is the secret's ID, not its value. The value was shown once when the secret was"
            " made; make a new one: `az ad app credential reset --id APP --append`."
        )
    refuse_what_belongs_elsewhere(value, "client_secret")
    return value


def refuse_what_belongs_elsewhere(value: str, wanted: str) -> None:
    """Raise `ValidationError(code=BELONGS_ELSEWHERE)` for the value of another attribute, which
    its params name."""
    looks = _looks_like(value)
    if looks and looks != wanted:
        raise ValidationError(
            f"This looks like {WHAT_IT_IS[looks]}; the field wants {WHAT_IT_IS[wanted]}.",
            code=BELONGS_ELSEWHERE,
            params={"attribute": looks},
        )


def _looks_like(value: str) -> str:
    """The attribute that a value is one of by its looks, "" where they do not tell."""
    if is_account_key(value):
        return "account_key"
    if CONNECTION_PART.search(value):
        return "connection_string"
    return "sas_token" if SAS_PART.search(value) else ""


def is_account_key(value: str) -> bool:
    """64 bytes in base64, as Azure writes them."""
    return len(value) == KEY_LENGTH and value.endswith("==") and is_base64(value)


def is_base64(value: str) -> bool:
    """Whether it is base64, and of something."""
    try:
        return bool(base64.b64decode(value, validate=True))
    except ValueError:
        return False
