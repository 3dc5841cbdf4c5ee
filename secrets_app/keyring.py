"""Seal and unseal texts with the keys in settings; keeps out who may ask and where they are kept.

A sealed text is `v1.<key id>.<Fernet token>`. Fernet has no associated data, so what a text is
bound to (record, field, version) is sealed together with it, as JSON, and compared on the way out.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from project.keys import key_id

SEALED = re.compile(r"v1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+={0,2})")


class Undecryptable(Exception):
    """A sealed text that gives no value. `key_id` names the key that sealed it, or is ""."""

    def __init__(self, text: str, key_id: str = "") -> None:
        super().__init__(text)
        self.key_id = key_id


class Misplaced(Undecryptable):
    """The key fits, but the text was sealed for another record, field or version."""


@sensitive_variables()
def seal(value: str, bound_to: Sequence[str | int]) -> str:
    """Seal a value with the first key, for the one place that `bound_to` describes."""
    payload = json.dumps({"bound_to": list(bound_to), "value": value})
    return _with_key_id(_ring(_keys()).encrypt(payload.encode()))


@sensitive_variables()
def unseal(sealed: str, bound_to: Sequence[str | int]) -> str:
    """The value in clear. Raises `Misplaced` or `Undecryptable`, and never returns anything else
    than what was sealed."""
    sealed_by, payload = _open(sealed)
    if payload.get("bound_to") != list(bound_to):
        raise Misplaced(
            "cannot be used: it was sealed for another record, field or version"
            f" (with key {sealed_by}, which is loaded)",
            sealed_by,
        )
    return str(payload["value"])


@sensitive_variables()
def reseal(sealed: str, bound_to: Sequence[str | int]) -> str:
    """The same value sealed with the first key, its time of sealing kept; a text that the first
    key sealed comes back as it is. Raises what `unseal` raises."""
    unseal(sealed, bound_to)
    if key_id_of(sealed) == loaded_key_ids()[0]:
        return sealed
    return _with_key_id(_ring(_keys()).rotate(_parts(sealed)[1]))


def key_id_of(sealed: str) -> str:
    """The id of the key that sealed the text, or "" where it is no sealed text."""
    match = SEALED.fullmatch(sealed)
    return match[1] if match else ""


def loaded_key_ids() -> list[str]:
    """The ids of the keys in settings; the first one seals."""
    return [key_id(key) for key in _keys()]


def _keys() -> tuple[str, ...]:
    return tuple(settings.FERNET_KEYS)


@lru_cache(maxsize=8)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    """Kept per set of keys, as tests and shells change settings."""
    return MultiFernet([Fernet(key) for key in keys])


def _with_key_id(token: bytes) -> str:
    return f"v1.{loaded_key_ids()[0]}.{token.decode()}"


def _parts(sealed: str) -> tuple[str, str]:
    """Key id and Fernet token. Raises `Undecryptable`."""
    match = SEALED.fullmatch(sealed)
    if match and _is_as_written(match[2]):
        return match[1], match[2]
    raise Undecryptable(
        "cannot be decrypted with the loaded keys: what is stored is no sealed value",
        key_id_of(sealed),
    )


def _is_as_written(token: str) -> bool:
    """Whether the base64 is the one spelling, of several that give the same bytes, that Fernet
    writes: a text changed in any place is refused."""
    try:
        return base64.urlsafe_b64encode(base64.urlsafe_b64decode(token)).decode() == token
    except ValueError:
        return False


@sensitive_variables()
def _open(sealed: str) -> tuple[str, dict[str, object]]:
    """Key id and payload. Errors are raised outside of `except`, as a traceback would otherwise
    bring along what the failed step held."""
    sealed_by, token = _parts(sealed)
    loaded = loaded_key_ids()
    if sealed_by not in loaded:
        raise Undecryptable(
            "cannot be decrypted with the loaded keys"
            f" (sealed with key {sealed_by}, loaded: {', '.join(loaded) or 'none'})",
            sealed_by,
        )
    try:
        payload = json.loads(_ring(_keys()).decrypt(token))
    except (InvalidToken, ValueError):
        payload = None
    if not isinstance(payload, dict) or not isinstance(payload.get("value"), str):
        raise Undecryptable(
            "cannot be decrypted with the loaded keys"
            f" (sealed with key {sealed_by}, which is loaded: what is stored is damaged)",
            sealed_by,
        )
    return sealed_by, payload
