"""What a worker starts: doorbells. A task takes an id and calls `runs`."""

from celery import shared_task

from stores import runs


@shared_task
def check_store(check_id: int) -> None:
    """Carry out a check."""
    runs.run_check(check_id)
