"""Stacks as ZenML's files and commands have them: four generations are read, one form is written.

Pure functions over bytes and texts: no database, no network, nothing is run or unpacked to a
disk. What comes in is a stranger's, and is refused with the line that is to blame.
"""

from stores.zenml_yaml.archive import MOST_BYTES, is_archive, members
from stores.zenml_yaml.calls import is_commands
from stores.zenml_yaml.commands import read_commands
from stores.zenml_yaml.document import (
    OURS,
    Bundle,
    Entry,
    PastedSecret,
    Refused,
    StackEntry,
    credentials_in,
)
from stores.zenml_yaml.reading import checked_name, read_yaml
from stores.zenml_yaml.writing import NEWEST, WITHOUT_MANAGERS, WrongVersion, as_dict, release
from stores.zenml_yaml.writing import write as write_yaml

__all__ = [
    "MOST_BYTES",
    "NEWEST",
    "OURS",
    "WITHOUT_MANAGERS",
    "Bundle",
    "Entry",
    "PastedSecret",
    "Refused",
    "StackEntry",
    "WrongVersion",
    "as_dict",
    "checked_name",
    "credentials_in",
    "read",
    "release",
    "write_yaml",
]


def read(content: bytes) -> Bundle:
    """What a YAML text, a zip of such or pasted commands describe. Raises `Refused`."""
    bundle = Bundle()
    if len(content) > MOST_BYTES:
        raise Refused(f"this is larger than {MOST_BYTES // 1024} KiB.")
    if is_archive(content):
        for name, text in members(content):
            read_yaml(bundle, text, name)
    elif is_commands(content):
        read_commands(bundle, content)
    else:
        read_yaml(bundle, content)
    if not (bundle.entries or bundle.stacks or bundle.secrets):
        raise Refused("there is no stack and no component in it.")
    return bundle
