"""What the commands of all parts of stacks do alike: stores, secrets managers, and the others."""

from stores.commands.parts.command import PartCommand
from stores.commands.parts.parts import Parts
from stores.commands.parts.typed import TypedParts

__all__ = ["PartCommand", "Parts", "TypedParts"]
