"""Notes in the audit each time that work uses a secret, or could not: which version, for whom, by
which run."""

from __future__ import annotations

from typing import Any

from project import audit
from stores.models import Store


def note_use(store: Store, person: Any, run: str) -> None:
    """Note that the store's secret was read for work that `person` asked for; None: the clock.
    Nothing where the store needed none."""
    if store.used is None:
        return
    secret, number = store.used
    version = secret.versions.filter(number=number).first()
    audit.record(
        person,
        "used",
        secret,
        f"version {number} for {store}" if version else f"from {secret.manager} for {store}",
        fingerprint=version.fingerprint if version else "",
        run=run,
    )


def note_refusal(store: Store, person: Any, run: str, words: str) -> None:
    """Note that the store's secret could not be opened: it is damaged, was sealed for another
    record, or its key is gone. Nothing was sent."""
    if store.used is not None:
        secret, _ = store.used
        audit.record(person, "refused", secret, f"to be used: {words}", run=run)
