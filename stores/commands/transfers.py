"""What the command `transfer` does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from django.core.management import CommandError
from django.db import transaction

from project.access import Role
from project.commands import UsageError, complaints, find
from project.templatetags.storeroom import iec
from stores import dispatch
from stores.forms import TransferForm
from stores.models import Store, Transfer, TransferItem
from stores.models.run import PATIENCE
from stores.transfers import Conflict

COLUMNS = ("transfer", "state", "source", "target", "conflict", "created_at", "owner")
# Seconds between two looks, and until waiting for a plan ends; the planning itself goes on.
LOOK = 0.2
PLANNING = 600
# How many failures `describe` lists; the report has them all.
SHOWN = 20

State = Transfer.State


def plan(user: Any, source: str, target: str, conflict: Conflict) -> Transfer:
    """Queue the planning of a transfer from STORE[/PREFIX] to STORE[/PREFIX]. Raises
    `CommandError`."""
    data = _side("source", source, user) | _side("target", target, user)
    form = TransferForm({**data, "conflict": conflict}, user=user)
    if not form.is_valid():
        raise CommandError(f"No transfer was planned. {complaints(form)}")
    with transaction.atomic():
        transfer: Transfer = form.save()
        dispatch.plan(transfer, by=user)
    return transfer


def _side(side: str, text: str, user: Any) -> dict[str, Any]:
    name, _, prefix = text.partition("/")
    store = find(Store.objects, name, user, Role.OPERATOR)
    return {side: store.pk, f"{side}_prefix": prefix}


def of_number(user: Any, number: str, role: Role = Role.VIEWER) -> Transfer:
    """The transfer of this number. Raises `CommandError`, also where the person lacks the role."""
    if not number.isascii() or not number.isdecimal():
        raise UsageError("A transfer is named by its number, as `transfer list` shows it.")
    visible = Transfer.objects.visible_to(user).select_related("owner")
    transfer = visible.filter(pk=int(number)).first()
    if transfer is None:
        raise CommandError(f"There is no transfer {number}.")
    if not transfer.allows(user, role):
        raise CommandError(
            f"{user} sees transfer {number}, but lacks the role for this: {role.label}."
        )
    return transfer


def wait_for_plan(transfer: Transfer) -> None:
    """Until a worker has planned it. Raises `CommandError` when none takes it, when it takes too
    long, and when there will be no plan."""
    start = time.monotonic()
    while transfer.state == State.PLANNING:
        _refuse_untaken(transfer)
        if time.monotonic() - start >= PLANNING:
            raise CommandError(
                f"Transfer {transfer.pk} is not planned after {PLANNING} s; the worker goes on,"
                f" and `transfer describe {transfer.pk}` will show the plan."
            )
        time.sleep(LOOK)
        transfer.refresh_from_db()
    if transfer.state == State.FAILED:
        raise CommandError(f"Transfer {transfer.pk} could not be planned. {transfer.words}")
    if transfer.state == State.CANCELLED:
        raise CommandError(f"Transfer {transfer.pk} was cancelled.")


def start(transfer: Transfer, user: Any) -> None:
    """Let workers carry out the plan. Raises `CommandError`."""
    _refuse_barred(transfer, user)
    if not dispatch.start(transfer, by=user):
        transfer.refresh_from_db()
        raise CommandError(
            f"Transfer {transfer.pk} has no plan that waits to be started; it is"
            f" {_state(transfer)}."
        )
    transfer.refresh_from_db()


def cancel(transfer: Transfer, user: Any) -> str:
    """Stop it and say so. Raises `CommandError`."""
    if not dispatch.cancel(transfer, by=user):
        raise CommandError(f"Transfer {transfer.pk} has ended already.")
    return f"Transfer {transfer.pk} is cancelled; what was copied stays."


def retry(transfer: Transfer, user: Any) -> None:
    """Let workers try again what failed. Raises `CommandError`."""
    _refuse_barred(transfer, user)
    if not dispatch.retry(transfer, by=user):
        transfer.refresh_from_db()
        raise CommandError(
            f"Transfer {transfer.pk} has nothing to try again; it is {_state(transfer)}."
        )
    transfer.refresh_from_db()


def follow(transfer: Transfer) -> Iterator[dict[str, int]]:
    """Yield its totals until it ends. Raises `CommandError` when no worker takes it."""
    while True:
        transfer.refresh_from_db()
        yield transfer.totals()
        if not transfer.is_open:
            return
        _refuse_untaken(transfer)
        time.sleep(LOOK)


def _refuse_untaken(transfer: Transfer) -> None:
    """Raise `CommandError` when no worker has taken any of its open runs for too long."""
    if transfer.untaken:
        raise CommandError(
            f"No worker took transfer {transfer.pk} within {PATIENCE.total_seconds():g} s. Is one"
            " running? `./manage.py up` starts one; the transfer waits for it."
        )


def raise_for_end(transfer: Transfer) -> None:
    """Raise `CommandError` unless it ended well."""
    if transfer.state == State.COMPLETED:
        return
    failed = transfer.items.filter(result=TransferItem.Result.FAILED).count()
    more = f", {failed} failed: `transfer report {transfer.pk}` lists them" if failed else ""
    raise CommandError(f"Transfer {transfer.pk} is {_state(transfer)}{more}.")


def plan_lines(transfer: Transfer) -> list[str]:
    """The plan in sentences."""
    totals = transfer.totals()
    return [
        f"Transfer {transfer.pk} is planned: {transfer.source_name} → {transfer.target_name}.",
        f"{_objects(totals['objects'])}: {totals['new']} new, {totals['overwrite']} to overwrite,"
        f" {totals['same']} the same, {totals['refused']} refused.",
        f"To copy: {_objects(totals['moving'])}, {iec(totals['moving_bytes'])}.",
    ]


def end_line(transfer: Transfer) -> str:
    """How it ended, in a sentence."""
    totals = transfer.totals()
    return (
        f"Transfer {transfer.pk} is {_state(transfer)}: {totals['done']} copied"
        f" ({iec(totals['done_bytes'])}), {totals['failed']} failed."
    )


def all_facts(user: Any) -> list[dict[str, Any]]:
    """Facts of every transfer that the person sees, the newest first."""
    transfers = Transfer.objects.visible_to(user).select_related("owner")
    return [_facts(transfer) for transfer in transfers]


def facts(transfer: Transfer) -> dict[str, Any]:
    """What everyone who sees the transfer may know of it."""
    failed = transfer.items.filter(result=TransferItem.Result.FAILED)
    return {
        **_facts(transfer),
        **transfer.totals(),
        "failures": [f"{item.name}: {item.words}" for item in failed[:SHOWN]],
    }


def _facts(transfer: Transfer) -> dict[str, Any]:
    return {
        "transfer": transfer.pk,
        "state": transfer.state,
        "words": transfer.words,
        "source": transfer.source_name,
        "target": transfer.target_name,
        "conflict": transfer.conflict,
        "created_at": transfer.created_at,
        "planned_at": transfer.planned_at,
        "started_at": transfer.started_at,
        "finished_at": transfer.finished_at,
        "owner": transfer.owner and transfer.owner.get_username(),
    }


def _objects(count: int) -> str:
    return f"{count} object{'' if count == 1 else 's'}"


def _state(transfer: Transfer) -> str:
    return str(State(transfer.state).label).lower()


def _refuse_barred(transfer: Transfer, user: Any) -> None:
    """Raise `CommandError` where the person may not use the stores."""
    if barred := transfer.barred(user):
        raise CommandError(f"Nothing was started. {barred}")
