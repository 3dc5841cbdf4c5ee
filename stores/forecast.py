"""How long a planned transfer will take, and which of its secrets end before it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from secrets_app.expiry import Expiry, expiry_of
from secrets_app.models import Secret
from stores.models import Store, Transfer

# Bytes a second, where no transfer has shown yet what this installation does: 10 MiB, low on
# purpose, as a warning too many costs less than one too few.
ASSUMED_RATE = 10 * 1024 * 1024
# Transfers that are looked at for the rate, and how long each has to have lasted to tell one.
LAST = 5
LONG_ENOUGH = 1.0


@dataclass(frozen=True, slots=True)
class TooShort:
    """A secret that ends before the transfer is expected to."""

    store: Store
    secret: Secret
    expiry: Expiry
    seconds: float


def expected_seconds(size: int) -> float:
    """How long so many bytes will take at the rate of the last transfers, else the assumed one."""
    rates = []
    for transfer in Transfer.objects.filter(state=Transfer.State.COMPLETED).order_by("-pk")[:LAST]:
        seconds = (transfer.finished_at - transfer.started_at).total_seconds()
        if seconds >= LONG_ENOUGH:
            rates.append(transfer.totals()["done_bytes"] / seconds)
    rate = sum(rates) / len(rates) if any(rates) else ASSUMED_RATE
    return size / rate


def too_short(transfer: Transfer, size: int, now: datetime) -> Iterator[TooShort]:
    """The secrets of both sides that the service will refuse before `size` bytes are copied."""
    seconds = expected_seconds(size)
    for store in (transfer.source, transfer.target):
        secret = store.secret() if store and store.authentication_secret else None
        expiry = expiry_of(secret, now) if secret else None
        if store is None or secret is None or expiry is None or not expiry.refused:
            continue
        if expiry.left.total_seconds() < seconds:
            yield TooShort(store, secret, expiry, seconds)
