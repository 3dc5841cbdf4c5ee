"""Claim a run, keep its lease, end it.

A run is claimed by one conditional UPDATE; every later write names the fence that the claim gave,
and a worker that lost its lease writes nothing.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models.functions import Coalesce, Now

from stores.models import Run

logger = logging.getLogger(__name__)

MOST_TRIES = 5


class LeaseLost(Exception):
    """The run is another worker's now, was cancelled, or is gone: stop, and write nothing."""


class Lease:
    """One worker's hold on a run, kept by a heartbeat while the work goes on."""

    def __init__(self, run: Any, settle: Callable[[Any], None]) -> None:
        self.run = run
        self._settle = settle
        self._lost = threading.Event()
        self._done = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True)

    def __str__(self) -> str:
        """Its run, without asking the database for more, which may be what failed."""
        return f"{type(self.run).__name__} {self.run.pk}"

    def write(self, **fields: Any) -> None:
        """Write fields of the run, and prolong the lease. `run` shows what was written, but for
        what the database reckons, its own times. Raises `LeaseLost`."""
        prolonged = {"lease_until": Now() + timedelta(seconds=settings.RUN_LEASE)}
        held = type(self.run).objects.filter(
            pk=self.run.pk, fence=self.run.fence, status=Run.Status.RUNNING
        )
        if self._lost.is_set() or not held.update(**(prolonged | fields)):
            self._lost.set()
            raise LeaseLost(f"{self} is no longer this worker's.")
        for name, value in fields.items():
            if not hasattr(value, "resolve_expression"):
                setattr(self.run, name, value)

    def end(self, status: Run.Status, **fields: Any) -> None:
        """End the run, and settle in the same transaction what that means for others. Raises
        `LeaseLost`."""
        with transaction.atomic():
            self.write(status=status, finished_at=Now(), lease_until=None, **fields)
            self._settle(self.run)
        self._done.set()

    def _beat(self) -> None:
        while not self._done.wait(settings.RUN_HEARTBEAT):
            try:
                self.write()
            except LeaseLost:
                break
            except Exception:
                logger.exception("The heartbeat of %s failed; the next one may work.", self)
                close_old_connections()
            finally:
                connection.close()

    def __enter__(self) -> Lease:
        self._heart.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._done.set()
        self._heart.join()


def nothing_to_settle(run: Any) -> None:
    """For runs whose end concerns nobody else."""


def claim(runs: Any, settle: Callable[[Any], None] = nothing_to_settle) -> Lease | None:
    """Take one of the queryset's free runs, the oldest first. None when there is none to take.

    The run, and what the queryset selects with it, is read once it is taken.
    """
    for number, fence in runs.free().order_by("pk").values_list("pk", "fence")[:20]:
        free = runs.model.objects.free().filter(pk=number, fence=fence)
        taken = free.update(
            status=Run.Status.RUNNING,
            fence=fence + 1,
            lease_until=Now() + timedelta(seconds=settings.RUN_LEASE),
            started_at=Coalesce("started_at", Now()),
            worker=f"{socket.gethostname()}:{os.getpid()}",
            rung_at=Now(),
            rings=0,
        )
        if taken == 1:
            return Lease(runs.get(pk=number), settle)
    return None


@contextmanager
def working(
    runs: Any, settle: Callable[[Any], None] = nothing_to_settle
) -> Iterator[Lease | None]:
    """Claim one of the runs and hold it for the block, which gets None when none is free.
    However the run ends, `settle` is called with it in the same transaction.

    A run that `MOST_TRIES` workers left unfinished is ended as failed instead: most likely it is
    what kills them. An exception that the block does not handle is a bug: it is recorded at the
    run as "Internal error" and goes on.
    """
    lease = claim(runs, settle)
    if lease and lease.run.fence > MOST_TRIES:
        with suppress(LeaseLost):
            lease.end(Run.Status.FAILED, error=f"Given up after {MOST_TRIES} tries.")
        lease = None
    if lease is None:
        yield None
        return
    with lease:
        try:
            yield lease
        except LeaseLost as lost:
            logger.info("%s", lost)
        except Exception:
            logger.exception("%s broke off.", lease)
            with suppress(LeaseLost):
                lease.end(
                    Run.Status.FAILED, error="Internal error; the worker's log has the rest."
                )
            raise
