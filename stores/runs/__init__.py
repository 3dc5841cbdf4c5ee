"""What workers do with runs, and the only writer of run states; tasks are doorbells to it."""

from stores.runs.checks import run_check
from stores.runs.copies import run_copies
from stores.runs.lease import Lease, LeaseLost, working
from stores.runs.plans import run_plan
from stores.runs.rehearsals import begin, force, settle_left
from stores.runs.resealing import run_resealing
from stores.runs.shards import cancel, retry, start
from stores.runs.stack_checks import run_stack_check

__all__ = [
    "Lease",
    "LeaseLost",
    "begin",
    "cancel",
    "force",
    "retry",
    "run_check",
    "run_copies",
    "run_plan",
    "run_resealing",
    "run_stack_check",
    "settle_left",
    "start",
    "working",
]
