"""Stores, stacks and their runs in the console."""

from stores.admin import checks, schedules, secrets, stacks, stores, transfers

__all__ = ["checks", "schedules", "secrets", "stacks", "stores", "transfers"]
