"""What the parts of a transfer's runs share: opening a side, moving the transfer on, its end."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now

from project.access import Role
from stores.flavors.base import Backend, Category, StoreError
from stores.models import Store, Transfer
from stores.runs.uses import keep_end, note_refusal, note_sign_in, note_use

State = Transfer.State


def open_store(store: Store | None, person: Any, run: str) -> Backend:
    """The store's backend, for work that the person asked for; `run` names it in the audit. Raises
    `StoreError`, also where the store was deleted meanwhile, or the person may not use it any
    more."""
    if store is None:
        raise StoreError(Category.SETTINGS, "The store was deleted.")
    if person and not store.allows(person, Role.OPERATOR):
        raise StoreError(Category.PERMISSION, f"{person} may not use `{store}` any more.")
    try:
        backend = store.connect()
    except StoreError as error:
        if error.category == Category.SECRET_UNDECRYPTABLE:
            note_refusal(store, person, run, error.text)
        raise
    finally:
        note_sign_in(store, person, run)
        keep_end(store)
    note_use(store, person, run)
    return backend


def sentence(error: StoreError) -> str:
    """What failed and what to do about it."""
    command = f"`{error.command}`" if error.command else ""
    return " ".join(filter(None, (error.text, error.action, command)))


def move_on(transfer: Transfer, before: State, after: State, words: str, **fields: Any) -> bool:
    """Move the transfer on from one state to the next, unless it is elsewhere by now."""
    at = Transfer.objects.filter(pk=transfer.pk, state=before)
    return bool(at.update(state=after, words=words, **fields))


def settle(transfer: Transfer) -> None:
    """End the transfer once its last shard has ended. The lock makes two shards that end at the
    same time wait for each other, so that the second one sees that it is the last."""
    Transfer.objects.select_for_update().get(pk=transfer.pk)
    if transfer.runs.open().exists():
        return
    totals = transfer.totals()
    state = State.WITH_ERRORS if totals["failed"] else State.COMPLETED
    move_on(transfer, State.RUNNING, state, "", finished_at=Now())
