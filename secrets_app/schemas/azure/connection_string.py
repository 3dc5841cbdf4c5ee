"""Connection strings: their parts, and what good ones have."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import ValidationError

from secrets_app.schemas.azure.values import (
    KEY_LENGTH,
    clean_account_name,
    clean_sas_token,
    is_account_key,
    is_base64,
    refuse_what_belongs_elsewhere,
)


def clean_connection_string(value: str) -> str:
    """Parts that name an account or Blob endpoint, and a key or SAS token for it."""
    refuse_what_belongs_elsewhere(value, "connection_string")
    parts = connection_parts(value)
    if parts.get("usedevelopmentstorage", "").lower() == "true":
        raise ValidationError(
            "This is a development string (`UseDevelopmentStorage=true`): works only with a local"
            " emulator. Paste the emulator's full connection string instead."
        )
    endpoints = [name for name in ("Table", "Queue", "File") if f"{name.lower()}endpoint" in parts]
    if endpoints and "blobendpoint" not in parts:
        raise ValidationError(
            f"This string has only a {'/'.join(endpoints)} endpoint; Blob is needed."
        )
    if "accountkey" in parts and "sharedaccesssignature" in parts:
        raise ValidationError(
            "This string has both `AccountKey=` and `SharedAccessSignature=`. Keep one of them."
        )
    if "accountkey" in parts:
        _check_key_part(parts["accountkey"])
        if not parts.get("accountname"):
            raise ValidationError("Part `AccountName=` is missing.")
    elif "sharedaccesssignature" in parts:
        _check_part("SharedAccessSignature", parts["sharedaccesssignature"], clean_sas_token)
        if not parts.get("blobendpoint") and not parts.get("accountname"):
            raise ValidationError("Part `BlobEndpoint=` is missing.")
    else:
        raise ValidationError("Part `AccountKey=` (or `SharedAccessSignature=`) is missing.")
    if "accountname" in parts:
        _check_part("AccountName", parts["accountname"], clean_account_name)
    return value


def connection_parts(value: str) -> dict[str, str]:
    """The parts of a connection string by lower-case name. Raises `ValidationError`."""
    parts: dict[str, str] = {}
    for number, part in enumerate(value.rstrip(";").split(";"), start=1):
        name, _, rest = part.partition("=")
        if not name or "=" not in part:
            raise ValidationError(
                "A connection string is parts like `AccountName=…` joined by semicolons; part"
                f" {number} of this is not."
            )
        if name.lower() in parts:
            raise ValidationError(f"Part {number} of this string repeats an earlier one.")
        parts[name.lower()] = rest
    return parts


def _check_part(label: str, value: str, clean: Callable[[str], str]) -> None:
    """Hold a part of a connection string to the rule of the attribute that it is."""
    try:
        clean(value)
    except ValidationError as error:
        raise ValidationError(f"Part `{label}=`: {error.messages[0]}") from None


def _check_key_part(value: str) -> None:
    if is_account_key(value):
        return
    if not is_base64(value):
        raise ValidationError("Part `AccountKey=` is cut off (not valid base64).")
    raise ValidationError(
        f"Part `AccountKey=` has {len(value)} characters; an account key has {KEY_LENGTH}."
    )
