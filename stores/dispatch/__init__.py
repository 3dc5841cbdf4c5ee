"""Queue runs and ring their bells after the commit; the tick starts what is due and rings again.

Messages may be lost or doubled: the rows are the queue, so a lost message costs a few seconds
and a second one finds nothing to do.
"""

from stores.dispatch.clock import tick
from stores.dispatch.queueing import (
    TooManyChecks,
    cancel,
    check,
    check_stack,
    force,
    plan,
    rehearse,
    reseal,
    retry,
    start,
)

__all__ = [
    "TooManyChecks",
    "cancel",
    "check",
    "check_stack",
    "force",
    "plan",
    "rehearse",
    "reseal",
    "retry",
    "start",
    "tick",
]
