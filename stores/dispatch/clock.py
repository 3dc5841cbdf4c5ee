"""What the clock does every few seconds: it starts what is due, and rings again for what nobody
took."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F
from django.db.models.functions import Now

from project.access import Role
from stores import runs
from stores.destroying import destroy_outdated
from stores.dispatch.bells import room, send
from stores.dispatch.queueing import check
from stores.models import Check, Resealing, Schedule, Slot, StackCheck, TransferRun

logger = logging.getLogger(__name__)

# The database's clock, to compare its times with.
NOW = ExpressionWrapper(Now(), output_field=DateTimeField())

# A run that nobody takes is rung for after one tick, then ever more rarely, so that messages do
# not pile up where no worker listens: at most every 2**6 ticks.
MOST_DOUBLINGS = 6
# A schedule that cannot be started is tried again after this.
BROKEN_SCHEDULE_PAUSE = timedelta(hours=1)


@shared_task(name="stores.dispatch.tick")
def tick() -> None:
    """Start what is due, and ring again; two clocks at once do no harm."""
    start_due()
    runs.settle_left()
    destroy_outdated()
    ring_again(Check.objects.unheeded(), most=500)
    ring_again(StackCheck.objects.unheeded(), most=500)
    ring_again(Resealing.objects.free(), most=1)
    transfers = TransferRun.objects.free()
    ring_again(transfers.filter(kind=TransferRun.Kind.PLAN), most=500)
    ring_again(transfers.filter(kind=TransferRun.Kind.COPY), most=room())


def ring_again(free: Any, most: int) -> None:
    """Ring for these runs: nobody took them, or their worker's lease ended."""
    for run in free.annotate(now=NOW).order_by("rings", "rung_at")[:most]:
        patience = settings.RUN_TICK * 2 ** min(run.rings, MOST_DOUBLINGS)
        if run.now - run.rung_at < timedelta(seconds=patience):
            continue
        mine = type(run).objects.filter(pk=run.pk, fence=run.fence, rings=run.rings)
        if mine.update(rung_at=Now(), rings=F("rings") + 1) and not send(run):
            return


def start_due() -> None:
    """Start a run for each schedule whose slot has come. One schedule that cannot be started
    does not keep the others waiting."""
    due = Schedule.objects.filter(paused=False, next_run_at__lte=Now()).annotate(now=NOW)
    for schedule in due.select_related("store", "owner"):
        try:
            start_slot(schedule, schedule.now)
        except Exception:
            logger.exception("%s could not be started; trying again later.", schedule)
            _still_due(schedule).update(next_run_at=Now() + BROKEN_SCHEDULE_PAUSE)


def start_slot(schedule: Schedule, now: Any) -> Slot | None:
    """Claim the schedule's slot and start its run; None when another clock was first.

    The claim is a conditional UPDATE, and the slot is a row that exists once: each slot runs at
    most once, whatever clocks do. Missed slots become this one run.
    """
    following, missed = schedule.following(now)
    with transaction.atomic():
        if not _still_due(schedule).update(next_run_at=following):
            return None
        slot = Slot(schedule=schedule, due_at=schedule.next_run_at, missed=missed)
        STARTERS[Schedule.Kind(schedule.kind)](slot)
        slot.save()
        return slot


def _still_due(schedule: Schedule) -> Any:
    """The schedule, unless another clock moved it on, or somebody paused it. SQLite writes its own
    times with three digits of a second and Python's with six, so that equal ones look unlike."""
    before = schedule.next_run_at + timedelta(milliseconds=1)
    return Schedule.objects.filter(pk=schedule.pk, paused=False, next_run_at__lt=before)


def _start_check(slot: Slot) -> None:
    """Check the store, while the schedule's owner may; later slots pass by without a check."""
    owner, store = slot.schedule.owner, slot.schedule.store
    if owner is None or store.allows(owner, Role.OPERATOR):
        slot.check_run = check(store, by=None)


# What a schedule of each kind starts; the run is noted at the slot.
STARTERS: dict[Schedule.Kind, Callable[[Slot], None]] = {Schedule.Kind.CHECK: _start_check}
