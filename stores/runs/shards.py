"""Start, retry and cancel a transfer: its plan becomes shards that wait for workers."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from stores.models import Run, Transfer, TransferItem, TransferRun
from stores.runs.states import move_on, settle

Result = TransferItem.Result
State = Transfer.State

# A shard is what one worker takes at a time: small enough that a dead worker costs little.
SHARD_OBJECTS = 50
SHARD_BYTES = 128 * 1024 * 1024


def start(transfer: Transfer, by: Any) -> list[TransferRun] | None:
    """Turn a plan into shards that wait for workers; None when there is no plan to start."""
    with transaction.atomic():
        fields = {"started_at": Now(), "started_by": by}
        if not move_on(transfer, State.PLANNED, State.RUNNING, "", **fields):
            return None
        runs = _make_shards(transfer, transfer.items.filter(result=Result.PENDING))
        if not runs:
            settle(transfer)
        return runs


def retry(transfer: Transfer, by: Any) -> list[TransferRun] | None:
    """Shards for what failed or was cancelled, each decided anew as both sides are now; None when
    there is nothing to try again."""
    again = transfer.items.filter(result__in=[Result.FAILED, Result.CANCELLED])
    with transaction.atomic():
        ended = Transfer.objects.filter(
            pk=transfer.pk,
            state__in=[State.WITH_ERRORS, State.CANCELLED],
            planned_at__isnull=False,  # Half a listing is no plan.
        )
        if not again.exists() or not ended.update(
            state=State.RUNNING, words="", started_at=Now(), finished_at=None, started_by=by
        ):
            return None
        again.update(result=Result.PENDING, etag="", words="", category="", code="")
        return _make_shards(transfer, transfer.items.filter(result=Result.PENDING))


def cancel(transfer: Transfer) -> bool:
    """Stop it: shards that wait are not begun, those under way stop at their next piece and leave
    nothing half-written. What was copied stays. Whether there was anything to stop.

    Runs are written before the transfer, as when a shard ends, so that the two never wait for
    each other.
    """
    with transaction.atomic():
        transfer.runs.open().update(
            status=Run.Status.CANCELLED, finished_at=Now(), lease_until=None
        )
        stopped = Transfer.objects.filter(
            pk=transfer.pk, state__in=[State.PLANNING, State.PLANNED, State.RUNNING]
        ).update(state=State.CANCELLED, finished_at=Now())
        if stopped:
            transfer.items.filter(result=Result.PENDING).update(
                result=Result.CANCELLED, words="Not tried: the transfer was cancelled."
            )
    return bool(stopped)


def _make_shards(transfer: Transfer, items: Any) -> list[TransferRun]:
    """Deal the items out to shards of a size that one worker does at a time."""
    runs: list[TransferRun] = []
    shard: list[int] = []
    size = 0

    def close() -> None:
        run = TransferRun.objects.create(transfer=transfer, kind=TransferRun.Kind.COPY)
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
