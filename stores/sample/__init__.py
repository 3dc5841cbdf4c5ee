"""The sample: stores, a secret and a stack to look around in, removed with one click."""

from stores.sample.removing import InUse, remove
from stores.sample.state import State, Status, status, want

__all__ = ["InUse", "State", "Status", "remove", "status", "want"]
