"""What people ask for: a row in the queue, whose bell is rung after the commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from project import audit
from secrets_app.models import Secret
from stores import runs, stack_rules
from stores.dispatch.bells import ring, room
from stores.models import (
    Check,
    Rehearsal,
    Resealing,
    Stack,
    StackCheck,
    Store,
    Transfer,
    TransferRun,
)

# How many checks a person may start within a minute: each calls a host that people choose.
MOST_CHECKS = 50
MINUTE = timedelta(minutes=1)


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
    for shard in shards[: room()]:
        ring(shard)
    return True
