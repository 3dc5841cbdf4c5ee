"""Stacks as files: everything that they join, and never a value of a secret."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from project.access import Part
from secrets_app.redaction import redact
from secrets_app.references import references_in
from stores.flavors import FLAVORS
from stores.flavors.base import SignIn
from stores.models import Component, Stack, Store
from stores.part_types import ARTIFACT_STORE, SECRETS_MANAGER
from stores.zenml_yaml import NEWEST, OURS, Entry, StackEntry, credentials_in, write_yaml


def export(stack: Stack, version: str = NEWEST) -> str:
    """The stack as YAML for this version of ZenML. Raises `zenml_yaml.WrongVersion`."""
    entries = [*map(_entry, stack.parts()), *_others(stack)]
    left_out = []
    extras = dict(stack.imported.get("extras", {}))
    if stack.description:
        extras["description"] = redact(stack.description)
    if stack.production:
        extras["production"] = True
    written = StackEntry(
        name=stack.name,
        version=version,
        form="",
        parts=[entry.key for entry in entries],
        fields=stack.imported.get("fields", {}),
        extras=extras,
    )
    things: list[Entry | StackEntry] = [*entries, written]
    for thing in things:
        for place in dict.fromkeys(_cleared(thing)):
            left_out.append(f"{place} of {thing.name} is left out, as it looks like a credential.")
    return write_yaml(written, entries, secrets_of(stack), left_out)


def bundle(stacks: Iterable[Stack]) -> bytes:
    """A zip with a file for each of the stacks, as an import takes it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for stack in stacks:
            name = file_name(stack)
            if name in archive.namelist():
                name = f"{stack.pk}-{name}"
            archive.writestr(name, export(stack))
    return packed.getvalue()


def file_name(stack: Stack) -> str:
    """The stack's name as that of a file, in signs that every system takes."""
    kept = (
        sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "_"
        for sign in stack.name
    )
    return f"{''.join(kept)}.yaml"


def secrets_of(stack: Stack) -> list[str]:
    """The names of the secrets that the stack's parts name or refer to, each once."""
    found: dict[str, None] = {}
    for part in stack.parts():
        if name := getattr(part, "authentication_secret", ""):
            found[name] = None
        for reference in references_in(part.configuration):
            found[reference.secret] = None
    return list(found)


def _others(stack: Stack) -> Iterator[Entry]:
    """What came with the stack and that Storeroom has no place for."""
    for kind, components in stack.imported.get("components", {}).items():
        for kept in components:
            rest = dict(kept)
            yield Entry(
                kind,
                rest.pop("name"),
                rest.pop("flavor"),
                rest.pop("configuration"),
                extras=rest.pop(OURS, {}),
                fields={key: value for key, value in rest.items() if key != "type"},
            )


def _entry(part: Part) -> Entry:
    imported = part.imported
    extras: dict[str, Any] = dict(imported.get("extras", {}))
    if part.description and not part.built_in:
        extras["description"] = redact(part.description)
    if part.labels:
        extras["labels"] = part.labels
    configuration = dict(part.configuration)
    kind = SECRETS_MANAGER
    if isinstance(part, Store):
        kind = ARTIFACT_STORE
        configuration = _store_settings(part, configuration, extras)
    elif isinstance(part, Component):
        kind = part.type
        if part.runs_on != Component.RunsOn.UNKNOWN:
            extras["runs_on"] = part.runs_on
        if part.identity:
            extras["identity"] = part.identity
    elif name := getattr(part, "authentication_secret", ""):
        extras["authentication_secret"] = name
    return Entry(
        kind,
        part.name,
        part.flavor,
        configuration,
        fields=imported.get("fields", {}),
        extras=extras,
    )


def _store_settings(
    store: Store, configuration: dict[str, Any], extras: dict[str, Any]
) -> dict[str, Any]:
    """The settings as ZenML knows them; those that are ours alone go into the extras."""
    own = FLAVORS[store.flavor].ConfigForm.base_fields if store.flavor in FLAVORS else {}
    ours = {name: value for name, value in configuration.items() if name in own}
    theirs = {name: value for name, value in configuration.items() if name not in own}
    if ours:
        extras["configuration"] = ours
    written = store.imported.get("path", {})
    path = written["written"] if written.get("means") == store.path else store.path
    if path is not None:
        theirs["path"] = path
    if store.authentication_secret:
        theirs["authentication_secret"] = store.authentication_secret
    usual = (SignIn.NONE, SignIn.FROM_SECRET, SignIn.IMPLICIT)
    if store.sign_in not in usual:
        extras["sign_in"] = store.sign_in
    if store.allow_probes:
        extras["allow_probes"] = True
    return theirs


def _cleared(thing: Entry | StackEntry) -> Iterable[str]:
    """Take credentials in clear out of what is written, and say where they were."""
    for name in ("configuration", "fields", "extras"):
        content = getattr(thing, name, {})
        found = list(credentials_in(content))
        if found:
            setattr(thing, name, _without(content, set(found)))
        yield from found


def _without(value: Any, places: set[str], path: str = "") -> Any:
    """A copy of nested settings without what stands at these places."""
    if isinstance(value, dict):
        nested = {key: f"{path}.{key}" if path else str(key) for key in value}
        return {
            key: _without(part, places, nested[key])
            for key, part in value.items()
            if nested[key] not in places
        }
    if isinstance(value, list):
        return [_without(part, places, path) for part in value]
    return value
