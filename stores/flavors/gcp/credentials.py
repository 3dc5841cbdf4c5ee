"""What a secret of Google's kind holds: the JSON key of a service account.

Pure but for the file that the environment may name. Shows no value of what it reads.
https://cloud.google.com/iam/docs/keys-create-delete
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.core.exceptions import ValidationError

from project.entra import may_receive_tokens
from stores.flavors.base import Category, StoreError
from stores.flavors.buckets import Endpoint, parse_endpoint

TOKEN = "token"
VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
GOOGLES_TOKENS = "https://oauth2.googleapis.com/token"
# Who may be sent what a service account signs, and the tokens that it gets.
_GOOGLE = (".googleapis.com", "accounts.google.com")
_NEEDED = ("client_email", "private_key")


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account: its key as the SDK reads it, and where it asks for tokens."""

    email: str
    info: Mapping[str, Any] = field(repr=False)
    token_endpoint: Endpoint


def read(values: Mapping[str, str]) -> ServiceAccount:
    """The service account that the values hold. Raises `StoreError(SECRET_SHAPE)`, also where its
    key would send what it signs to somebody else."""
    text = values.get(TOKEN, "").strip()
    if not text:
        raise _misshapen(
            f"Signing in to Google needs `{TOKEN}`, the JSON key of a service account; the secret"
            " lacks it.",
            "Name a secret of the kind “Google Cloud”.",
        )
    try:
        info = json.loads(text)
    except (ValueError, RecursionError):
        raise _misshapen("The key is not JSON.", "Paste the whole key file.") from None
    if not isinstance(info, dict) or not all(isinstance(info.get(n), str) for n in _NEEDED):
        raise _misshapen(
            "This is no key of a service account: `client_email` or `private_key` is missing.",
            "Console → IAM → Service accounts → Keys → Add key → JSON; paste the whole file.",
        )
    if info.get("universe_domain", "googleapis.com") != "googleapis.com":
        raise _misshapen("The key is for another cloud than Google's own (`universe_domain`).")
    _check_private_key(info["private_key"])
    uri = str(info.setdefault("token_uri", GOOGLES_TOKENS))
    token_endpoint = _token_endpoint(uri)
    return ServiceAccount(info["client_email"], info, token_endpoint)


def check_receiver(endpoint: Endpoint, what: str) -> None:
    """Raise `StoreError(SETTINGS)` for a host that may not be sent a token: one that is neither
    Google's own nor named by the operator."""
    clouds = _GOOGLE if endpoint.scheme == "https" else ()
    if not may_receive_tokens(endpoint.netloc, clouds):
        raise StoreError(
            Category.SETTINGS,
            f"{what}, `{endpoint}`, is not Google's own: nothing is sent to it.",
            action=f"Correct it, or let the operator add `{endpoint.netloc}` to"
            " STOREROOM_TOKEN_HOSTS.",
        )


def from_environment(environ: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The key file that the worker's environment names, as in a secret, and a sentence that names
    the variable; the machine's own identity is not looked at. Raises `StoreError(SECRET_MISSING)`.

    https://cloud.google.com/docs/authentication/application-default-credentials
    """
    named = environ.get(VARIABLE, "")
    if not named:
        raise StoreError(
            Category.SECRET_MISSING,
            f"The worker's environment does not hold {VARIABLE}.",
            action="Set it for the workers to the key file of a service account, or name a secret"
            " in the store's settings.",
        )
    try:
        values = {TOKEN: Path(named).read_text(encoding="utf-8")}
    except (OSError, ValueError):
        raise StoreError(
            Category.SECRET_MISSING,
            f"The file that {VARIABLE} names cannot be read by the worker.",
            action="Correct the variable or the file's rights.",
        ) from None
    return values, f"From the worker's environment: {VARIABLE}."


def _check_private_key(text: str) -> None:
    try:
        load_pem_private_key(text.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _misshapen(
            "The private key in the JSON cannot be read: most often it was cut off.",
            "Paste the whole key file.",
        ) from None


def _token_endpoint(uri: str) -> Endpoint:
    """Where the key asks for tokens. Its path is the SDK's to follow."""
    scheme, _, rest = uri.partition("://")
    try:
        endpoint = parse_endpoint(f"{scheme}://{rest.split('/', 1)[0]}")
        check_receiver(endpoint, "The key's `token_uri`")
    except ValidationError:
        raise _misshapen("The key's `token_uri` is not an address.") from None
    except StoreError as error:
        raise _misshapen(error.text, error.action) from None
    return endpoint


def _misshapen(text: str, action: str = "") -> StoreError:
    return StoreError(Category.SECRET_SHAPE, text, action=action)
