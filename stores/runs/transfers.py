"""Plan a transfer, copy its shards, and bring the whole to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from stores.flavors.base import Backend, Category, StoreError
from stores.models import Run, Transfer, TransferItem, TransferRun
from stores.runs.lease import Lease, working
from stores.transfers import Action, Conflict, Planned, copy_one, plan, plan_one

Result = TransferItem.Result
State = Transfer.State

# A shard is what one worker takes at a time: small enough that a dead worker costs little.
SHARD_OBJECTS = 50
SHARD_BYTES = 128 * 1024 * 1024
# Rows of a plan written in one transaction.
BATCH = 500
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


def run_plan(transfer_id: int) -> None:
    """List both sides and store what is to be done, once, unless somebody else does already."""
    runs = TransferRun.objects.filter(transfer=transfer_id, kind=TransferRun.Kind.PLAN)
    with working(runs, _settle_plan) as lease:
        if lease is None:
            return
        transfer = lease.run.transfer
        try:
            with _open(transfer.source) as source, _open(transfer.target) as target:
                planned = plan(
                    source,
                    transfer.source_prefix,
                    target,
                    transfer.target_prefix,
                    Conflict(transfer.conflict),
                )
                _store_plan(lease, transfer, planned)
        except StoreError as error:
            lease.end(Run.Status.FAILED, error=_sentence(error))


def _open(store: Any) -> Backend:
    """The store's backend. Raises `StoreError`, also where the store was deleted meanwhile."""
    if store is None:
        raise StoreError(Category.SETTINGS, "The store was deleted.")
    return store.connect()


def _store_plan(lease: Lease, transfer: Transfer, planned: Iterator[Planned]) -> None:
    """Write the plan's rows in batches, in the place of what a dead worker left of it."""
    with transaction.atomic():
        lease.write()
        transfer.items.all().delete()
    while batch := list(islice(planned, BATCH)):
        with transaction.atomic():
            lease.write(current=batch[-1].name)
            TransferItem.objects.bulk_create(_row(transfer, item) for item in batch)
    lease.end(Run.Status.DONE, current="")


def _settle_plan(run: TransferRun) -> None:
    """The plan's run has ended: there is a plan now, or there never will be."""
    if run.status == Run.Status.DONE:
        _set_state(run.transfer, State.PLANNING, State.PLANNED, "", planned_at=Now())
    else:
        _set_state(run.transfer, State.PLANNING, State.FAILED, run.error, finished_at=Now())


def _row(transfer: Transfer, item: Planned) -> TransferItem:
    row = TransferItem(transfer=transfer, **asdict(item))
    if item.action is Action.SAME:
        row.result, row.words = Result.SAME, "Proven the same by size and hash; left as it is."
    if item.action is Action.REFUSED:
        row.result, row.category = Result.FAILED, Category.EXISTS
        row.words = "The target has this name already."
    return row


def start(transfer: Transfer, by: Any) -> list[TransferRun] | None:
    """Turn a plan into shards that wait for workers; None when there is no plan to start."""
    with transaction.atomic():
        fields = {"started_at": Now(), "started_by": by}
        if not _set_state(transfer, State.PLANNED, State.RUNNING, "", **fields):
            return None
        runs = _make_shards(transfer, transfer.items.filter(result=Result.PENDING))
        if not runs:
            _settle(transfer)
        return runs


def retry(transfer: Transfer, by: Any) -> list[TransferRun] | None:
    """Shards for what failed or was cancelled, each decided anew as both sides are now; None when
    there is nothing to try again."""
    again = transfer.items.filter(result__in=[Result.FAILED, Result.CANCELLED])
    with transaction.atomic():
        ended = Transfer.objects.select_for_update().filter(
            pk=transfer.pk, state__in=[State.WITH_ERRORS, State.CANCELLED]
        )
        if not again.exists() or not ended.update(
            state=State.RUNNING, words="", started_at=Now(), finished_at=None, started_by=by
        ):
            return None
        again.update(result=Result.PENDING, words="", category="", code="")
        pending = transfer.items.filter(result=Result.PENDING)
        return _make_shards(transfer, pending, replan=True)


def cancel(transfer: Transfer) -> bool:
    """Stop it: shards that wait are not begun, those under way stop at their next piece and leave
    nothing half-written. What was copied stays. Whether there was anything to stop."""
    with transaction.atomic():
        stopped = Transfer.objects.select_for_update().filter(
            pk=transfer.pk, state__in=[State.PLANNING, State.PLANNED, State.RUNNING]
        )
        if not stopped.update(state=State.CANCELLED, finished_at=Now()):
            return False
        transfer.runs.open().update(
            status=Run.Status.CANCELLED, finished_at=Now(), lease_until=None
        )
        transfer.items.filter(result=Result.PENDING).update(
            result=Result.CANCELLED, words="Not tried: the transfer was cancelled."
        )
        return True


def _make_shards(transfer: Transfer, items: Any, replan: bool = False) -> list[TransferRun]:
    """Deal the items out to shards of a size that one worker does at a time."""
    runs: list[TransferRun] = []
    shard: list[int] = []
    size = 0

    def close() -> None:
        run = TransferRun.objects.create(
            transfer=transfer, kind=TransferRun.Kind.COPY, replan=replan
        )
        TransferItem.objects.filter(pk__in=shard).update(run=run)
        runs.append(run)

    for pk, item_size in items.values_list("pk", "size").iterator():
        if shard and (len(shard) == SHARD_OBJECTS or size + item_size > SHARD_BYTES):
            close()
            shard, size = [], 0
        shard.append(pk)
        size += item_size
    if shard:
        close()
    return runs


def run_copies(transfer_id: int) -> None:
    """Take one shard after the other until none is free."""
    shards = TransferRun.objects.filter(transfer=transfer_id, kind=TransferRun.Kind.COPY)
    taken = True
    while taken:
        taken = False
        with working(shards, _settle_shard) as lease:
            if lease is not None:
                taken = True
                _copy_shard(lease)


def _copy_shard(lease: Lease) -> None:
    """Copy what is left of the shard, and end it; with the last shard the transfer ends."""
    shard: TransferRun = lease.run
    transfer = shard.transfer
    try:
        with _open(transfer.source) as source, _open(transfer.target) as target:
            for item in shard.items.filter(result=Result.PENDING):
                _copy_item(lease, source, target, item)
    except StoreError as error:
        with transaction.atomic():
            lease.write()
            shard.items.filter(result=Result.PENDING).update(
                result=Result.FAILED, **_failure(error)
            )
    lease.end(Run.Status.DONE, current="", current_bytes=0)


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
    conflict = Conflict(lease.run.transfer.conflict)
    fields: dict[str, Any] = {}
    planned = Planned(
        item.name,
        item.target_name,
        Action(item.action),
        item.size,
        item.etag,
        item.md5,
        item.replaces,
    )
    if lease.run.replan:
        planned = plan_one(source, item.name, target, item.target_name, conflict)
        fields = asdict(planned)
    if planned.action is Action.SAME:
        return fields | {"result": Result.SAME, "words": "Proven the same by size and hash."}
    if planned.action is Action.REFUSED:
        raise StoreError(Category.EXISTS, "The target has this name already.")
    outcome = copy_one(source, target, planned, _reporter(lease, item.name))
    return fields | {
        "result": Result.COPIED,
        "md5": outcome.md5,
        "proof": outcome.proof,
        "words": "",
        "category": "",
        "code": "",
    }


def _reporter(lease: Lease, name: str) -> Any:
    """What copying tells how far it is: writes it now and then. Raises `LeaseLost`."""
    last = time.monotonic()

    def report(size: int) -> None:
        nonlocal last
        if time.monotonic() - last > PROGRESS_EVERY:
            lease.write(current=name, current_bytes=size)
            last = time.monotonic()

    return report


def _failure(error: StoreError) -> dict[str, str]:
    return {"words": _sentence(error), "category": error.category, "code": error.code}


def _sentence(error: StoreError) -> str:
    return f"{error.text} {error.action}".strip()


def _settle_shard(run: TransferRun) -> None:
    """What a shard that ended badly has not tried, has failed."""
    run.items.filter(result=Result.PENDING).update(
        result=Result.FAILED, words=f"Not tried: {run.error}"
    )
    _settle(run.transfer)


def _settle(transfer: Transfer) -> None:
    """End the transfer once its last shard has ended. The lock makes two shards that end at the
    same time wait for each other, so that the second one sees that it is the last."""
    Transfer.objects.select_for_update().get(pk=transfer.pk)
    if transfer.runs.open().exists():
        return
    totals = transfer.totals()
    state = State.WITH_ERRORS if totals["failed"] else State.COMPLETED
    _set_state(transfer, State.RUNNING, state, "", finished_at=Now())


def _set_state(transfer: Transfer, before: State, after: State, words: str, **fields: Any) -> bool:
    """Move the transfer on from one state to the next, unless it is elsewhere by now."""
    at = Transfer.objects.filter(pk=transfer.pk, state=before)
    return bool(at.update(state=after, words=words, **fields))
