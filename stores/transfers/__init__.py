"""Plan, copy and verify: plain functions over two open backends. No database, no Celery."""

from stores.transfers.copy import Outcome, Proof, copy_one
from stores.transfers.plan import Action, Conflict, Planned, plan, plan_one

__all__ = ["Action", "Conflict", "Outcome", "Planned", "Proof", "copy_one", "plan", "plan_one"]
