"""What workers do with runs, and the only writer of run states; tasks are doorbells to it."""

from stores.runs.checks import run_check
from stores.runs.lease import Lease, LeaseLost, working

__all__ = ["Lease", "LeaseLost", "run_check", "working"]
