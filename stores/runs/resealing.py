"""Carry out a pass over everything that is sealed, recorded batch by batch."""

from __future__ import annotations

from dataclasses import asdict

from project import audit
from secrets_app import rotation
from stores.models import Resealing, Run
from stores.runs.lease import working

# Rows named on the page.
NAMED = 100


def run_resealing(resealing_id: int) -> None:
    """Do the pass if it is still to be done. One that a dead worker left goes on with what is not
    sealed anew yet."""
    with working(Resealing.objects.filter(pk=resealing_id)) as lease:
        if lease is None:
            return
        run: Resealing = lease.run
        before = run.resealed
        rotating = run.kind == Resealing.Kind.ROTATE

        def progress(count: rotation.Count) -> None:
            lease.write(rows=count.rows, resealed=before + count.resealed)

        count = rotation.rotate(progress) if rotating else rotation.verify(progress)
        audit.record(
            run.requested_by,
            "sealed anew" if rotating else "verified",
            run,
            f"{count.rows} rows read, {count.resealed} sealed anew,"
            f" {count.unreadable_rows} cannot be opened",
        )
        lease.end(
            Run.Status.DONE,
            unreadable_rows=count.unreadable_rows,
            unreadable=[asdict(row) for row in count.unreadable[:NAMED]],
        )
