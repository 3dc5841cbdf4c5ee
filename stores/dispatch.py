"""Queue runs and ring their bells after the commit; the tick starts what is due and rings again.

Messages may be lost or doubled: the rows are the queue, so a lost message costs a few seconds
and a second one finds nothing to do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q
from django.db.models.functions import Now
from kombu.exceptions import ChannelError, OperationalError

from project import audit
from project.access import Role
from secrets_app.models import Secret
from stores import runs, stack_rules, tasks
from stores.destroying import destroy_outdated
from stores.models import (
    Check,
    Rehearsal,
    Resealing,
    Run,
    Schedule,
    Slot,
    Stack,
    StackCheck,
    Store,
    Transfer,
    TransferRun,
)

logger = logging.getLogger(__name__)

# The database's clock, to compare its times with.
NOW = ExpressionWrapper(Now(), output_field=DateTimeField())

# A run that nobody takes is rung for after one tick, then ever more rarely, so that messages do
# not pile up where no worker listens: at most every 2**6 ticks.
MOST_DOUBLINGS = 6
# A schedule that cannot be started is tried again after this.
BROKEN_SCHEDULE_PAUSE = timedelta(hours=1)
# How many checks a person may start within a minute: each calls a host that people choose.
MOST_CHECKS = 50
MINUTE = timedelta(minutes=1)
# What a broker that cannot take a message raises; the embedded one is a folder on a disk.
BROKER_DOWN = (OperationalError, ChannelError, OSError)


class TooManyChecks(Exception):
    """A person has started as many checks as they may within a minute."""

    def __init__(self) -> None:
        super().__init__(
            f"You may start {MOST_CHECKS} checks a minute, and you have. Wait a minute, then start"
            " the others."
        )


def check(store: Store, by: Any) -> Check:
    """Queue a check of the store; one that is open serves and is rung for again, unless it began
    before the store was changed. Raises `TooManyChecks`."""
    with transaction.atomic():
        now = Store.objects.select_for_update().get(pk=store.pk)
        queued: Check | None = _serving(store.checks.filter(rehearsal=None), now)
        if queued is None:
            if by is not None:
                _hold_to_the_limit(by)
            queued = Check.objects.create(store=store, requested_by=by)
        ring(queued)
        return queued


def check_stack(stack: Stack, by: Any) -> None:
    """Queue a check of the stack's store, and one of all secrets that its parts name, where they
    name any; those that are open serve, unless they began before the stack was changed. Raises
    `TooManyChecks`, and then queues neither."""
    with transaction.atomic():
        check(stack.store, by)
        if not stack_rules.named_by(stack.parts()):
            return
        now = Stack.objects.select_for_update().get(pk=stack.pk)
        queued = _serving(stack.checks, now)
        if queued is None:
            _hold_to_the_limit(by)
            queued = StackCheck.objects.create(stack=stack, requested_by=by)
        ring(queued)


def _serving(runs_of: Any, thing: Store | Stack) -> Any:
    """The open one of the thing's runs, None where there is none, or where it began before the
    thing was changed."""
    run = runs_of.open().first()
    is_old = run and run.started_at and run.started_at < thing.changed_at
    return None if is_old else run


def _hold_to_the_limit(person: Any) -> None:
    """Raise `TooManyChecks` where one more is too many; one request of a person's at a time."""
    get_user_model()._default_manager.select_for_update(no_key=True).get(pk=person.pk)
    stores = Check.objects.filter(requested_by=person, rehearsal=None)
    stacks = StackCheck.objects.filter(requested_by=person)
    lately = Q(queued_at__gt=Now() - MINUTE)
    if stores.filter(lately).count() + stacks.filter(lately).count() >= MOST_CHECKS:
        raise TooManyChecks


def rehearse(secret: Secret, version: int, by: Any, *, switch: bool = True) -> Rehearsal:
    """Queue a check with this version for every store that names the secret; with `switch` it is
    used as soon as all have passed. Raises `NotKept`."""
    with transaction.atomic():
        rehearsal = runs.begin(secret, version, switch, by)
        for check in rehearsal.checks.all():
            ring(check)
        return rehearsal


def force(rehearsal: Rehearsal, by: Any) -> bool:
    """Use the rehearsal's version although not all stores passed, and queue a check of each store
    with it; whether it could be."""
    with transaction.atomic():
        checks = runs.force(rehearsal, by)
        for check in checks or []:
            ring(check)
        return checks is not None


def reseal(kind: Resealing.Kind, by: Any) -> Resealing:
    """Queue a pass over everything that is sealed; one that is open serves. Two at once, which a
    double click may still make, do no harm: each row is sealed anew once."""
    with transaction.atomic():
        waiting = Resealing.objects.open().first()
        if waiting:
            return waiting
        queued = Resealing.objects.create(kind=kind, requested_by=by)
        audit.record(by, "started", queued)
        ring(queued)
        return queued


def plan(transfer: Transfer, by: Any) -> TransferRun:
    """Queue the planning of a transfer that was just saved."""
    with transaction.atomic():
        audit.record(by, "planned", transfer)
        run = TransferRun.objects.create(transfer=transfer, kind=TransferRun.Kind.PLAN)
        ring(run)
        return run


def start(transfer: Transfer, by: Any) -> bool:
    """Let workers carry out the plan; whether it was there to be started."""
    return _ring_shards(runs.start, transfer, "started", by)


def retry(transfer: Transfer, by: Any) -> bool:
    """Let workers try again what failed; whether there was anything."""
    return _ring_shards(runs.retry, transfer, "retried", by)


@transaction.atomic
def cancel(transfer: Transfer, by: Any) -> bool:
    """Stop the transfer; whether there was anything to stop."""
    stopped = runs.cancel(transfer)
    if stopped:
        audit.record(by, "cancelled", transfer)
    return stopped


@transaction.atomic
def _ring_shards(
    make: Callable[[Transfer, Any], list[TransferRun] | None],
    transfer: Transfer,
    what: str,
    by: Any,
) -> bool:
    """Make the shards, note who did it, and ring for as many as there is room for."""
    shards = make(transfer, by)
    if shards is None:
        return False
    audit.record(by, what, transfer)
    for shard in shards[: _room()]:
        ring(shard)
    return True


def _room() -> int:
    """How many more of all transfers' runs may be under way."""
    return max(settings.TRANSFER_PARALLEL - TransferRun.objects.held().count(), 0)


def ring(run: Run) -> None:
    """Wake a worker for the run once it is committed."""
    transaction.on_commit(lambda: send(run))


def send(run: Run) -> bool:
    """Send the run's message, and say whether the broker took it; the tick rings again."""
    try:
        if isinstance(run, Check):
            tasks.check_store.delay(run.pk)
        elif isinstance(run, StackCheck):
            tasks.check_stack.delay(run.pk)
        elif isinstance(run, Resealing):
            tasks.reseal.delay(run.pk)
        elif isinstance(run, TransferRun) and run.kind == TransferRun.Kind.PLAN:
            tasks.plan_transfer.delay(run.transfer_id)
        elif isinstance(run, TransferRun):
            tasks.copy_transfer.delay(run.transfer_id)
    except BROKER_DOWN as error:
        logger.warning("The broker does not answer (%s); ringing later.", error)
        return False
    return True


@shared_task
def tick() -> None:
    """What the clock does every few seconds; two clocks at once do no harm."""
    start_due()
    runs.settle_left()
    destroy_outdated()
    ring_again(Check.objects.unheeded(), most=500)
    ring_again(StackCheck.objects.unheeded(), most=500)
    ring_again(Resealing.objects.free(), most=1)
    transfers = TransferRun.objects.free()
    ring_again(transfers.filter(kind=TransferRun.Kind.PLAN), most=500)
    ring_again(transfers.filter(kind=TransferRun.Kind.COPY), most=_room())


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
