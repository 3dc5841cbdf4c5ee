"""What a secret of Amazon's kind holds. Pure: reads what it is handed, shows no value of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stores.flavors.base import Category, StoreError

KEY_ID, SECRET_KEY, SESSION_TOKEN = (
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
)


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key, and the session token that belongs to it where it is a temporary one."""

    key_id: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


def read(values: Mapping[str, str]) -> AccessKey:
    """The access key that the values hold. Raises `StoreError(SECRET_SHAPE)`."""
    missing = [f"`{name}`" for name in (KEY_ID, SECRET_KEY) if not values.get(name, "").strip()]
    if missing:
        raise StoreError(
            Category.SECRET_SHAPE,
            f"Signing in to S3 needs `{KEY_ID}` and `{SECRET_KEY}`; the secret lacks"
            f" {' and '.join(missing)}.",
            action="Add what is missing, or name a secret of the kind “Amazon Web Services”.",
        )
    return AccessKey(
        values[KEY_ID].strip(), values[SECRET_KEY].strip(), values.get(SESSION_TOKEN, "").strip()
    )


def from_environment(environ: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The access key in the worker's environment, named as in a secret, and a sentence that names
    the variables; files and the machine's own identity are not looked at. Raises
    `StoreError(SECRET_MISSING)`.

    https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
    """
    found = {name: environ.get(name.upper(), "") for name in (KEY_ID, SECRET_KEY, SESSION_TOKEN)}
    if not (found[KEY_ID] and found[SECRET_KEY]):
        raise StoreError(
            Category.SECRET_MISSING,
            "The worker's environment does not hold both AWS_ACCESS_KEY_ID and"
            " AWS_SECRET_ACCESS_KEY.",
            action="Set them for the workers, or name a secret in the store's settings.",
        )
    values = {name: value for name, value in found.items() if value}
    return values, f"From the worker's environment: {', '.join(map(str.upper, values))}."
