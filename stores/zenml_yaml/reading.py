"""Reads a stack file of any of ZenML's four generations, and our own, which are their superset.

| form | ZenML's versions | a component is |
| --- | --- | --- |
| flat | 0.8 to 0.13 | its name, flavor and settings side by side |
| full model | 0.20 to 0.22 | also its id, owner and whether it is shared |
| dict | 0.23 to 0.94 | name, type, flavor and `configuration` |
| list | 0.95 and later | a list of these |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError

from project.access import validate_name
from stores.part_types import SECRETS_MANAGER
from stores.zenml_yaml.document import OURS, Bundle, Entry, Refused, StackEntry
from stores.zenml_yaml.parsing import Block, documents

TOP = ("zenml_version", "stack_name", "components", OURS)
OWN = ("name", "type", "flavor", "configuration", OURS)
MODEL = ("id", "user", "is_shared")
TYPE = re.compile("[a-z][a-z_]{0,29}")
VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")
LONGEST_NAME = 100
LONGEST_FLAVOR = 50
# What may stand under our key, and what it is there.
EXTRAS: dict[str, type] = {
    "description": str,
    "labels": dict,
    "sign_in": str,
    "allow_probes": bool,
    "configuration": dict,
    "authentication_secret": str,
    "runs_on": str,
    "identity": str,
    "production": bool,
    SECRETS_MANAGER: dict,
}


def read_yaml(bundle: Bundle, content: bytes, source: str = "") -> None:
    """Add the stacks of a YAML text to the bundle. Raises `Refused`."""
    for document in documents(content, source):
        if document is None:
            continue
        try:
            _read_stack(bundle, document, source)
        except Refused as refused:
            raise Refused(refused.words, refused.line, refused.source or source) from None


def _read_stack(bundle: Bundle, document: Any, source: str) -> None:
    top = _block(document, "a stack file", 1)
    components = top.get("components")
    if not isinstance(components, Block):
        raise Refused("a stack file has `components`; this has none.", top.line)
    extras = _extras(top)
    entries = list(_entries(components))
    if manager := extras.pop(SECRETS_MANAGER, None):
        entries.append(_entry(SECRETS_MANAGER, manager, manager.line))
    for entry in entries:
        entry.source = source
        bundle.add(entry)
    bundle.stacks.append(
        StackEntry(
            name=_name(top, "stack_name") if top.get("stack_name") is not None else "",
            version=_version(top),
            form=_form(components),
            parts=[entry.key for entry in entries],
            line=top.line,
            fields={key: value for key, value in top.items() if key not in TOP},
            extras=extras,
            source=source,
        )
    )


def _entries(components: Block) -> Iterator[Entry]:
    for kind, value in components.items():
        line = components.lines[kind]
        if not TYPE.fullmatch(kind):
            raise Refused("this is no type of component.", line)
        for each in value if isinstance(value, list) else [value]:
            if each is not None:
                yield _entry(kind, each, line)


def _entry(kind: str, value: Any, line: int) -> Entry:
    block = _block(value, f"the {kind}", line)
    if block.get("type") not in (None, kind):
        raise Refused(f"its type is not `{kind}`, as above it.", block.lines["type"])
    rest = {key: part for key, part in block.items() if key not in OWN}
    if "configuration" in block:
        configuration, fields = block["configuration"], rest
    else:
        configuration, fields = rest, {}
    if configuration is None:
        configuration = {}
    if not isinstance(configuration, dict):
        raise Refused("`configuration` holds names and values.", block.lines["configuration"])
    return Entry(
        type=kind,
        name=_name(block, "name"),
        flavor=_flavor(block),
        configuration=dict(configuration),
        line=block.lines.get("name", block.line),
        fields=fields,
        extras=_extras(block),
    )


def _block(value: Any, what: str, line: int) -> Block:
    if not isinstance(value, Block):
        raise Refused(f"{what} has names and values; here are none.", line)
    return value


def _name(block: Block, key: str) -> str:
    """The name under this key, as a person could have typed it. Raises `Refused`."""
    name, line = block.get(key), block.lines.get(key, block.line)
    if not isinstance(name, str):
        raise Refused(f"`{key}` is missing, or is no text.", line)
    return checked_name(name, line)


def checked_name(name: str, line: int) -> str:
    """The same name. Raises `Refused` for one that no thing here may have."""
    if not name or len(name) > LONGEST_NAME:
        raise Refused(f"a name has 1 to {LONGEST_NAME} characters.", line)
    try:
        validate_name(name)
    except ValidationError as error:
        words = f"{name!r} cannot be used as a name. {error.messages[0]}"
        raise Refused(words, line) from None
    return name


def _flavor(block: Block) -> str:
    flavor, line = block.get("flavor"), block.lines.get("flavor", block.line)
    if not isinstance(flavor, str):
        raise Refused("`flavor` is missing, or is no text.", line)
    return checked_flavor(flavor, line)


def checked_flavor(flavor: str, line: int) -> str:
    """The same flavor. Raises `Refused` for what ZenML could not call one."""
    if not flavor or len(flavor) > LONGEST_FLAVOR or not flavor.isprintable():
        raise Refused(f"a flavor has 1 to {LONGEST_FLAVOR} visible characters.", line)
    return flavor


def _version(top: Block) -> str:
    version = str(top.get("zenml_version") or "")
    if version and not VERSION.fullmatch(version):
        raise Refused("this is no version of ZenML.", top.lines["zenml_version"])
    return version


def _extras(block: Block) -> dict[str, Any]:
    """What stands under our own key, each of the kind that it has to be. What a later Storeroom
    may have written there is kept as it is."""
    if block.get(OURS) is None:
        return {}
    extras = _block(block[OURS], OURS, block.lines[OURS])
    for key, value in extras.items():
        if key in EXTRAS and not isinstance(value, EXTRAS[key]):
            raise Refused(f"`{key}` is not what it has to be there.", extras.lines[key])
    return dict(extras)


def _form(components: Block) -> str:
    """Which generation the file is of, in words."""
    values = [value for value in components.values() if value is not None]
    if any(isinstance(value, list) for value in values):
        return "list form (ZenML 0.95 and later)"
    blocks = [value for value in values if isinstance(value, Block)]
    if any("configuration" in block and set(MODEL) & set(block) for block in blocks):
        return "full model (ZenML 0.20 to 0.22)"
    if any("configuration" not in block and set(block) - set(OWN) for block in blocks):
        return "flat form (ZenML before 0.20)"
    return "dict form (ZenML 0.23 to 0.94)"
