"""Notes in the audit each time that work uses a secret, or could not: which version, for whom, by
which run."""

from __future__ import annotations

from typing import Any

from project import audit
from secrets_app import vaults
from stores.models import Store


def note_use(store: Store, person: Any, run: str) -> None:
    """Note that the store's secret was read, here or from its vault, for work that `person` asked
    for; None: the clock. Nothing where the store needed none."""
    if store.used is None:
        return
    secret, number = store.used
    if store.fetched:
        words = f"version {store.fetched.version} from {secret.manager} for {store}"
        audit.record(person, "used", secret, words, run=run)
        return
    audit.record(
        person,
        "used",
        secret,
        f"version {number} for {store}",
        fingerprint=secret.opened.fingerprint if secret.opened else "",
        run=run,
    )


def note_sign_in(store: Store, person: Any, run: str) -> None:
    """Note that a secret signs in to the vault that keeps the store's, where there is one."""
    if store.vault:
        store.vault.note_sign_in(person, run)


def keep_end(store: Store) -> None:
    """Keep when what the store's vault gave out ends, also where that refused the work."""
    if store.vault and store.fetched:
        vaults.note_end(store.vault.secret, store.fetched.expires_at)


def note_refusal(store: Store, person: Any, run: str, words: str) -> None:
    """Note that the store's secret could not be opened: it is damaged, was sealed for another
    record, or its key is gone. Nothing was sent."""
    if store.used is not None:
        secret, _ = store.used
        audit.record(person, "refused", secret, f"to be used: {words}", run=run)
