"""The models of stores, stacks and runs, where Django looks for them."""

from stores.models.check import Check
from stores.models.rehearsal import Rehearsal
from stores.models.resealing import Resealing
from stores.models.run import Run
from stores.models.schedule import Schedule, Slot
from stores.models.stack import ActiveStack, Component, Stack
from stores.models.store import Store
from stores.models.transfer import Transfer, TransferItem, TransferRun

__all__ = [
    "ActiveStack",
    "Check",
    "Component",
    "Rehearsal",
    "Resealing",
    "Run",
    "Schedule",
    "Slot",
    "Stack",
    "Store",
    "Transfer",
    "TransferItem",
    "TransferRun",
]
