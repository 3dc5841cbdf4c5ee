"""Keyed fingerprints: tell whether two values are equal without comparing or showing them.

The key is a random one that is sealed in the database, so that fingerprints outlive a change of
`FERNET_KEYS`, and whoever has only the database can test no guess against them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from itertools import count

from django.db import IntegrityError, models, transaction
from django.views.decorators.debug import sensitive_variables

from secrets_app import keyring
from secrets_app.sealing import SealedField, unseal_column

KEY_BYTES = 32
# Of 64 hex digits: 128 bits, so that equal fingerprints mean equal values.
DIGITS = 32


class FingerprintKey(models.Model):
    """A key for fingerprints. The oldest one that can be opened serves; another, whose serial is
    the next free number, is made when none can, after which older fingerprints equal no new
    ones."""

    serial = models.CharField(max_length=16, unique=True)
    sealed = SealedField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Fingerprint key {self.serial}"

    def bound_to(self) -> tuple[str | int, ...]:
        """What its sealed text is bound to."""
        return (self._meta.label_lower, self.serial)


@sensitive_variables()
def fingerprint(values: Mapping[str, str]) -> str:
    """`<key's serial>:<32 hex digits>` of HMAC-SHA256 (RFC 2104) over all names and values; equal
    for equal values, of whatever secret."""
    serial, key = _key()
    text = json.dumps(sorted(values.items()))
    return f"{serial}:{hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:DIGITS]}"


@sensitive_variables()
def _key() -> tuple[str, bytes]:
    """The serial and the bytes of the key that serves. Where there is none yet and two processes
    make one at the same time, they make it under the same serial: one of them is refused, and
    takes the other's."""
    while True:
        serials = []
        for stored in FingerprintKey.objects.order_by("pk"):
            try:
                return stored.serial, base64.b64decode(unseal_column(stored, "sealed"))
            except keyring.Undecryptable:
                serials.append(stored.serial)
        fresh = secrets.token_bytes(KEY_BYTES)
        made = FingerprintKey(serial=next(n for n in map(str, count(1)) if n not in serials))
        made.sealed = keyring.seal(base64.b64encode(fresh).decode(), made.bound_to())
        with suppress(IntegrityError), transaction.atomic():
            made.save()
            return made.serial, fresh
