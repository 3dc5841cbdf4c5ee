"""The models of stores, stacks and runs, where Django looks for them."""

from stores.models.check import Check
from stores.models.run import Run
from stores.models.stack import ActiveStack, Component, Stack
from stores.models.store import Store

__all__ = ["ActiveStack", "Check", "Component", "Run", "Stack", "Store"]
