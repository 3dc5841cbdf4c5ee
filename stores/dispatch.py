"""Queue runs and ring their bells after the commit; the tick rings for what nobody took.

Messages may be lost or doubled: the rows are the queue, so a lost message costs a few seconds
and a second one finds nothing to do.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery import Task, shared_task
from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from stores import tasks
from stores.models import Check, Run, Store

logger = logging.getLogger(__name__)

BELLS: dict[type[Run], Task] = {Check: tasks.check_store}

# A run that nobody takes is rung for after one tick, then ever more rarely, so that messages do
# not pile up where no worker listens: at most every 2**6 ticks.
MOST_DOUBLINGS = 6


def check(store: Store, by: Any) -> Check:
    """Queue a check of the store; while one is open, that one serves."""
    with transaction.atomic():
        Store.objects.select_for_update().get(pk=store.pk)
        waiting = store.checks.open().first()
        if waiting:
            return waiting
        queued = Check.objects.create(store=store, requested_by=by)
        ring(queued)
        return queued


def ring(run: Run) -> None:
    """Wake a worker for the run once it is committed."""
    transaction.on_commit(lambda: send(run))


def send(run: Run) -> bool:
    """Send the run's message, and say whether the broker took it; the tick rings again."""
    try:
        BELLS[type(run)].delay(run.pk)
    except OperationalError as error:
        logger.warning("The broker does not answer (%s); ringing later.", error)
        return False
    return True


@shared_task
def tick() -> None:
    """What the clock does every few seconds; two clocks at once do no harm."""
    for model in BELLS:
        ring_again(model)


def ring_again(model: type[Run]) -> None:
    """Ring for runs that nobody took, and for those whose worker's lease ended."""
    for run in model.objects.free().annotate(now=_NOW).order_by("rung_at")[:500]:
        patience = settings.RUN_TICK * 2 ** min(run.rings, MOST_DOUBLINGS)
        if run.now - run.rung_at < timedelta(seconds=patience):
            continue
        mine = model.objects.filter(pk=run.pk, rung_at=run.rung_at)
        if mine.update(rung_at=Now(), rings=F("rings") + 1) and not send(run):
            return


_NOW = ExpressionWrapper(Now(), output_field=DateTimeField())
