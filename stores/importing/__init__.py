"""Brings in what a file or pasted commands describe: first a plan that a person can look at and
decide on, then all of it in one transaction, or nothing.
"""

from stores.importing.carrying_out import ImportFailed, carry_out
from stores.importing.planning import Plan, plan
from stores.importing.rows import Choice, Difference, Row

__all__ = [
    "Choice",
    "Difference",
    "ImportFailed",
    "Plan",
    "Row",
    "carry_out",
    "plan",
]
