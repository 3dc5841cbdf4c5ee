"""The models of stores, stacks and runs, where Django looks for them."""

from stores.models.change import Change
from stores.models.check import Check
from stores.models.rehearsal import Rehearsal
from stores.models.resealing import Resealing
from stores.models.run import Run
from stores.models.schedule import Schedule, ScheduleShare, Slot
from stores.models.stack import (
    ActiveStack,
    Component,
    ComponentShare,
    DefaultStack,
    Stack,
    StackShare,
    type_of,
)
from stores.models.stack_check import StackCheck
from stores.models.store import Store, StoreShare
from stores.models.transfer import Transfer, TransferItem, TransferRun, TransferShare

__all__ = [
    "ActiveStack",
    "Change",
    "Check",
    "Component",
    "ComponentShare",
    "DefaultStack",
    "Rehearsal",
    "Resealing",
    "Run",
    "Schedule",
    "ScheduleShare",
    "Slot",
    "Stack",
    "StackCheck",
    "StackShare",
    "Store",
    "StoreShare",
    "Transfer",
    "TransferItem",
    "TransferRun",
    "TransferShare",
    "type_of",
]
