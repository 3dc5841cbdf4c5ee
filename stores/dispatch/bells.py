"""Bells: the messages that wake a worker for a run."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import transaction
from kombu.exceptions import ChannelError, OperationalError

from stores import tasks
from stores.models import Check, Resealing, Run, StackCheck, TransferRun

logger = logging.getLogger(__name__)

# What a broker that cannot take a message raises; the embedded one is a folder on a disk.
BROKER_DOWN = (OperationalError, ChannelError, OSError)


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


def room() -> int:
    """How many more of all transfers' runs may be under way."""
    return max(settings.TRANSFER_PARALLEL - TransferRun.objects.held().count(), 0)
