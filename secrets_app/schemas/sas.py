"""What a shared access signature (SAS) says of itself: what it allows, until when, for whom.

Pure; keeps out whether Azure takes it. Parameters as in
https://learn.microsoft.com/rest/api/storageservices/create-account-sas,
https://learn.microsoft.com/rest/api/storageservices/create-service-sas and
https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from django.core.exceptions import ValidationError

SERVICES = {"b": "blob", "f": "file", "q": "queue", "t": "table"}
RESOURCE_TYPES = {"s": "service", "c": "container", "o": "object"}
RESOURCES = {
    "c": "container",
    "d": "directory",
    "b": "blob",
    "bs": "snapshot of a blob",
    "bv": "version of a blob",
    "f": "file",
    "s": "share of files",
}
PERMISSIONS = {
    "r": "read",
    "a": "add",
    "c": "create",
    "w": "write",
    "d": "delete",
    "x": "delete versions",
    "y": "delete for good",
    "l": "list",
    "t": "tags",
    "f": "find by tags",
    "m": "move",
    "e": "execute",
    "o": "ownership",
    "p": "permissions",
    "i": "immutability",
    "u": "update",
}
# From the full second down to the day alone, as the service takes them.
TIMES = ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class Sas:
    """One token, taken apart. Times are in UTC; None where the token does not tell, as a stored
    access policy (`policy`) may hold them, and the permissions, instead."""

    kind: str
    services: tuple[str, ...]
    resource_types: tuple[str, ...]
    resource: str
    permissions: tuple[str, ...]
    start: datetime | None
    expires: datetime | None
    ip: str
    protocol: str
    policy: str
    version: str


def parse_sas(token: str) -> Sas:
    """Take a token apart, with or without its `?`. Raises `ValidationError` where a part is given
    twice, a time is none, or it could never be a token."""
    pairs = parse_qsl(token.removeprefix("?"), keep_blank_values=True)
    parts = dict(pairs)
    if len(parts) < len(pairs):
        twice = next(name for name, _ in pairs if [n for n, _ in pairs].count(name) > 1)
        known = twice if len(twice) <= 5 and twice.isalnum() else "?"
        raise ValidationError(f"A SAS token has each part once; `{known}=` is there twice.")
    missing = [f"`{name}=`" for name in ("sv", "sig") if not parts.get(name)]
    if missing:
        raise ValidationError(
            f"A SAS token has {' and '.join(missing)}, and this has not. Was a part cut off?"
        )
    return Sas(
        kind=_kind(parts),
        services=_words(parts.get("ss", ""), SERVICES),
        resource_types=_words(parts.get("srt", ""), RESOURCE_TYPES),
        resource=RESOURCES.get(parts.get("sr", ""), ""),
        permissions=tuple(parts.get("sp", "")),
        start=_time(parts, "st"),
        expires=_time(parts, "se"),
        ip=parts.get("sip", ""),
        protocol=parts.get("spr", ""),
        policy=parts.get("si", ""),
        version=parts["sv"],
    )


def _kind(parts: dict[str, str]) -> str:
    if "ss" in parts:
        return "account"
    return "user delegation" if "skoid" in parts else "service"


def _words(letters: str, meanings: dict[str, str]) -> tuple[str, ...]:
    return tuple(meanings[letter] for letter in letters if letter in meanings)


def _time(parts: dict[str, str], name: str) -> datetime | None:
    """A time of the token. Raises `ValidationError`."""
    text = parts.get(name, "")
    if not text:
        return None
    for form in TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValidationError(
        f"The part `{name}=` of this SAS token is no time such as `2030-01-31T12:00:00Z`."
    )
