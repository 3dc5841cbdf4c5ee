"""What a worker starts: doorbells. A task takes an id and calls `runs`."""

from celery import shared_task

from stores import runs


@shared_task
def check_store(check_id: int) -> None:
    """Carry out a check."""
    runs.run_check(check_id)


@shared_task
def check_stack(stack_check_id: int) -> None:
    """Open the secrets of a stack."""
    runs.run_stack_check(stack_check_id)


@shared_task
def plan_transfer(transfer_id: int) -> None:
    """Plan a transfer."""
    runs.run_plan(transfer_id)


@shared_task
def copy_transfer(transfer_id: int) -> None:
    """Copy a transfer's shards, one after the other."""
    runs.run_copies(transfer_id)


@shared_task
def reseal(resealing_id: int) -> None:
    """Carry out a pass over everything that is sealed."""
    runs.run_resealing(resealing_id)
