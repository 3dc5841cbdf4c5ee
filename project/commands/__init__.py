"""What every command shares: whom it runs as, what it finds, how it prints and how it fails.

A failure is one line on stderr and exit status 1, or 2 where the call itself is wrong. Keeps out
what the commands are about.
"""

from project.commands.command import (
    As,
    AttributesCommand,
    Description,
    Name,
    NewName,
    OptionalName,
    Output,
    Printed,
    SettingsCommand,
    StoreroomCommand,
    Target,
    Yes,
    settings_of,
)
from project.commands.reading import read_value
from project.commands.things import (
    changing,
    complaints,
    delete,
    find,
    person,
    refuse_built_in,
    refuse_invalid,
    refuse_used,
    registering,
    save,
    somebody,
)
from project.commands.usage import UsageError, shown, unknown_option

__all__ = [
    "As",
    "AttributesCommand",
    "Description",
    "Name",
    "NewName",
    "OptionalName",
    "Output",
    "Printed",
    "SettingsCommand",
    "StoreroomCommand",
    "Target",
    "UsageError",
    "Yes",
    "changing",
    "complaints",
    "delete",
    "find",
    "person",
    "read_value",
    "refuse_built_in",
    "refuse_invalid",
    "refuse_used",
    "registering",
    "save",
    "settings_of",
    "shown",
    "somebody",
    "unknown_option",
]
