"""Stores, stacks and their runs in the console."""

from stores.admin import checks, stacks, stores

__all__ = ["checks", "stacks", "stores"]
