"""Carry out a pass over everything that is sealed, recorded batch by batch."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction

from project import audit
from secrets_app import rotation
from stores.models import Resealing, Run
from stores.runs.lease import working

# Rows named on the page.
NAMED = 100


def run_resealing(resealing_id: int) -> None:
    """Do the pass if it is still to be done. One that a dead worker left goes on with what is not
    sealed anew yet; a verification begins again."""
    with working(Resealing.objects.filter(pk=resealing_id)) as lease:
        if lease is None:
            return
        run: Resealing = lease.run
        before = run.resealed
        rotating = run.kind == Resealing.Kind.ROTATE

        def progress(count: rotation.Count) -> None:
            lease.write(
                rows=before + count.rows,
                resealed=before + count.resealed,
                unreadable_rows=count.unreadable_rows,
            )

        count = rotation.rotate(progress) if rotating else rotation.verify(progress)
        with transaction.atomic():
            lease.end(
                Run.Status.DONE,
                unreadable_rows=count.unreadable_rows,
                unreadable=[asdict(row) for row in count.unreadable[:NAMED]],
            )
            audit.record(
                run.requested_by, "sealed anew" if rotating else "verified", run, run.in_words()
            )
