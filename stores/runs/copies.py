"""Copy a transfer's shards, artifact by artifact, each recorded as it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import transaction

from stores.flavors.base import Backend, Category, StoreError
from stores.models import Run, Transfer, TransferItem, TransferRun
from stores.runs.lease import Lease, working
from stores.runs.states import open_store, sentence, settle
from stores.transfers import Action, Conflict, Planned, copy_one, plan_one

Result = TransferItem.Result

# Failures that may pass by themselves are tried again, after so many seconds.
PAUSES = (1, 3)
PASSING = {
    Category.DNS,
    Category.CONNECT,
    Category.THROTTLED,
    Category.TIMEOUT,
    Category.UNAVAILABLE,
    Category.INTEGRITY,
}
# Seconds between two writes of how far a single artifact is.
PROGRESS_EVERY = 0.5


def run_copies(transfer_id: int) -> None:
    """Take one shard after the other until none is free, or enough of all transfers' runs are
    under way: checks need workers too. What is put off has been heard, so that the tick rings for
    it as soon as there is room, however often it rang in vain before."""
    shards = TransferRun.objects.filter(transfer=transfer_id, kind=TransferRun.Kind.COPY)
    taken = True
    while taken:
        if TransferRun.objects.held().count() >= settings.TRANSFER_PARALLEL:
            shards.free().update(rings=0)
            return
        taken = False
        with working(shards, _settle_shard) as lease:
            if lease is not None:
                taken = True
                _copy_shard(lease)


def _copy_shard(lease: Lease) -> None:
    """Copy what is left of the shard, and end it; with the last shard the transfer ends."""
    shard: TransferRun = lease.run
    transfer = shard.transfer
    person = transfer.started_by or transfer.owner
    try:
        with (
            open_store(transfer.source, person, f"transfer {transfer.pk}") as source,
            open_store(transfer.target, person, f"transfer {transfer.pk}") as target,
        ):
            _refuse_elsewhere(transfer)
            for item in shard.items.filter(result=Result.PENDING):
                _copy_item(lease, source, target, item)
    except StoreError as error:
        with transaction.atomic():
            lease.write()
            shard.items.filter(result=Result.PENDING).update(
                result=Result.FAILED, **_failure(error)
            )
    lease.end(Run.Status.DONE, current="", current_bytes=0)


def _refuse_elsewhere(transfer: Transfer) -> None:
    """Raise `StoreError` when a store was led elsewhere since the plan: it would not be the plan
    any more that is carried out."""
    if transfer.place_now() != transfer.place:
        raise StoreError(
            Category.CHANGED,
            "The address or the account of a store was changed after planning.",
            action="Make a new plan.",
        )


def _copy_item(lease: Lease, source: Backend, target: Backend, item: TransferItem) -> None:
    """Copy one artifact and record what became of it, in a write that names the fence."""
    start = time.monotonic()
    fields: dict[str, Any] = {}
    attempts = 0
    for pause in (*PAUSES, None):
        attempts += 1
        try:
            fields = _try_item(lease, source, target, item)
        except StoreError as error:
            fields = {"result": Result.FAILED, **_failure(error)}
            if pause is not None and error.category in PASSING:
                time.sleep(pause)
                continue
        break
    fields["attempts"] = item.attempts + attempts
    fields["ms"] = round((time.monotonic() - start) * 1000)
    with transaction.atomic():
        lease.write(current="", current_bytes=0)
        TransferItem.objects.filter(pk=item.pk, result=Result.PENDING).update(**fields)


def _try_item(
    lease: Lease, source: Backend, target: Backend, item: TransferItem
) -> dict[str, Any]:
    """One try; the fields of the item that say how it went. Raises `StoreError`."""
    if not item.etag:
        _decide(lease, source, target, item)
    if item.action == Action.SAME:
        return {"result": Result.SAME, "words": "Proven the same by size and hash."}
    if item.action == Action.REFUSED:
        raise StoreError(Category.EXISTS, "The target has this name already.")
    outcome = copy_one(source, target, _planned(item), _reporter(lease, item.name))
    return {
        "result": Result.COPIED,
        "md5": outcome.md5,
        "proof": outcome.proof,
        "words": "",
        "category": "",
        "code": "",
    }


def _decide(lease: Lease, source: Backend, target: Backend, item: TransferItem) -> None:
    """Plan the item as both sides are now, and keep that before the first byte moves: who takes
    over from us can tell our copy from somebody else's. Raises `StoreError`."""
    conflict = Conflict(lease.run.transfer.conflict)
    decided = asdict(plan_one(source, item.name, target, item.target_name, conflict))
    with transaction.atomic():
        lease.write()
        TransferItem.objects.filter(pk=item.pk).update(**decided)
    item.refresh_from_db()


def _planned(item: TransferItem) -> Planned:
    """What the item's row says of the plan."""
    return Planned(
        item.name,
        item.target_name,
        Action(item.action),
        item.size,
        item.etag,
        item.md5,
        item.replaces,
    )


def _reporter(lease: Lease, name: str) -> Callable[[int], None]:
    """What copying tells how far it is: writes it now and then. Raises `LeaseLost`."""
    last = time.monotonic()

    def report(size: int) -> None:
        nonlocal last
        if time.monotonic() - last > PROGRESS_EVERY:
            lease.write(current=name, current_bytes=size)
            last = time.monotonic()

    return report


def _failure(error: StoreError) -> dict[str, str]:
    return {"words": sentence(error), "category": error.category, "code": error.code}


def _settle_shard(run: TransferRun) -> None:
    """What a shard that ended badly has not tried, has failed."""
    run.items.filter(result=Result.PENDING).update(
        result=Result.FAILED, words=f"Not tried: {run.error}"
    )
    settle(run.transfer)
