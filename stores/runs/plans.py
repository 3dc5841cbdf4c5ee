"""Plan a transfer: list both sides and store what is to be done before the first byte moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice

from django.db import transaction
from django.db.models.functions import Now

from stores.flavors.base import Category, StoreError
from stores.models import Run, Transfer, TransferItem, TransferRun
from stores.runs.lease import Lease, working
from stores.runs.states import move_on, open_store, sentence
from stores.transfers import Action, Conflict, Planned, plan

Result = TransferItem.Result
State = Transfer.State

# Rows of a plan written in one transaction.
BATCH = 500
# Characters of a name, as in Azure; a folder's paths may be longer.
LONGEST_NAME = 1024


def run_plan(transfer_id: int) -> None:
    """List both sides and store what is to be done, once, unless somebody else does already."""
    runs = TransferRun.objects.filter(transfer=transfer_id, kind=TransferRun.Kind.PLAN)
    with working(runs, _settle_plan) as lease:
        if lease is None:
            return
        transfer = lease.run.transfer
        try:
            person = transfer.owner
            with (
                open_store(transfer.source, person, f"transfer {transfer.pk}") as source,
                open_store(transfer.target, person, f"transfer {transfer.pk}") as target,
            ):
                _refuse_overlap(transfer)
                target.prepare()
                planned = plan(
                    source,
                    transfer.source_prefix,
                    target,
                    transfer.target_prefix,
                    Conflict(transfer.conflict),
                )
                _store_plan(lease, transfer, planned)
        except StoreError as error:
            lease.end(Run.Status.FAILED, error=sentence(error))


def _refuse_overlap(transfer: Transfer) -> None:
    """Raise `StoreError` when the secrets, which may be newer than the transfer, show that both
    sides are one place."""
    words = transfer.overlap()
    if words:
        raise StoreError(Category.SETTINGS, words)


def _store_plan(lease: Lease, transfer: Transfer, planned: Iterator[Planned]) -> None:
    """Write the plan's rows in batches, in the place of what a dead worker left of it."""
    with transaction.atomic():
        lease.write()
        transfer.items.all().delete()
    while batch := list(islice(planned, BATCH)):
        with transaction.atomic():
            lease.write(current=batch[-1].name)
            TransferItem.objects.bulk_create(_row(transfer, item) for item in batch)
    with transaction.atomic():
        lease.write()
        Transfer.objects.filter(pk=transfer.pk).update(place=transfer.place_now())
    lease.end(Run.Status.DONE, current="")


def _settle_plan(run: TransferRun) -> None:
    """The plan's run has ended: there is a plan now, or there never will be."""
    if run.status == Run.Status.DONE:
        move_on(run.transfer, State.PLANNING, State.PLANNED, "", planned_at=Now())
    else:
        move_on(run.transfer, State.PLANNING, State.FAILED, run.error, finished_at=Now())


def _row(transfer: Transfer, item: Planned) -> TransferItem:
    """The item's row. Raises `StoreError` for a name that no row can hold."""
    longest = max(item.name, item.target_name, key=len)
    if len(longest) > LONGEST_NAME:
        raise StoreError(
            Category.NAME,
            f"There is a name of more than {LONGEST_NAME} characters: `{longest[:100]}…`.",
            action="Shorten it, or choose a shorter folder in the target.",
        )
    row = TransferItem(transfer=transfer, **asdict(item))
    if item.action is Action.SAME:
        row.result, row.words = Result.SAME, "Proven the same by size and hash; left as it is."
    if item.action is Action.REFUSED:
        row.result, row.category = Result.FAILED, Category.EXISTS
        row.words = "The target has this name already."
    return row
