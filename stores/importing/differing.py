"""Where a component of a text and the one that is here are not alike."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from secrets_app import redaction
from stores.importing.filling import own_settings, says_own_settings, slug_of
from stores.importing.rows import Difference
from stores.models import Component, Store
from stores.part_types import ARTIFACT_STORE
from stores.zenml_yaml import Entry, StackEntry

SHOWN_SIGNS = 80


def differences(entry: Entry, made: Any, existing: Any) -> Iterator[Difference]:
    """Where the component of the text and the one that is here are not alike. What the text says
    nothing of makes no difference."""
    if entry.type == ARTIFACT_STORE:
        pathless = slug_of(entry) == "local" and not entry.configuration.get("path")
        if not (pathless or _is_same_place(made, existing)):
            yield Difference("path", existing.path, made.path)
        if "sign_in" in entry.extras and made.sign_in != existing.sign_in:
            yield Difference("sign_in", existing.sign_in, made.sign_in)
        yield from told_otherwise(entry, existing, "allow_probes")
    if entry.type in Component.Type.values:
        yield from told_otherwise(entry, existing, "runs_on", "identity")
    yield from told_otherwise(entry, existing, "description")
    if made.flavor != existing.flavor:
        yield Difference("flavor", existing.flavor, made.flavor)
    secrets = [getattr(thing, "authentication_secret", "") for thing in (existing, made)]
    if secrets[0] != secrets[1]:
        yield Difference("authentication_secret", secrets[0] or "–", secrets[1] or "–")
    passed_over: list[str] = []
    if entry.type == ARTIFACT_STORE and not says_own_settings(entry):
        passed_over = own_settings(existing.flavor)
    yield from _settings(existing.configuration, made.configuration, passed_over)
    if "labels" in entry.extras:
        yield from _settings(existing.labels, made.labels, ())


def told_otherwise(entry: Entry | StackEntry, existing: Any, *fields: str) -> Iterator[Difference]:
    """Which of these fields, as far as the text tells them, the thing that is here has
    otherwise."""
    for name in fields:
        here, there = getattr(existing, name), entry.extras.get(name)
        if there is not None and here != there:
            yield Difference(name, _told(here), _told(there))


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _cut(value) or "–"


def _is_same_place(made: Store, existing: Store) -> bool:
    """Whether two addresses lead to the same place, however they are written: `abfs://c` is
    `az://c`."""
    if made.path == existing.path or made.flavor != existing.flavor:
        return made.path == existing.path
    kind, settings_here = existing.kind, existing.configuration
    try:
        here, there = (kind.location(each.path, settings_here, {}) for each in (existing, made))
    except ValidationError:
        return False
    return here == there


def _settings(
    here: Mapping[str, Any], there: Mapping[str, Any], passed_over: Iterable[str]
) -> Iterator[Difference]:
    for name in sorted({*here, *there} - set(passed_over)):
        if name not in here or name not in there or here[name] != there[name]:
            yield Difference(name, _shown(here, name), _shown(there, name))


def _shown(configuration: Mapping[str, Any], name: str) -> str:
    """A setting as a page may show it."""
    if name not in configuration:
        return "–"
    value = redaction.redact_mapping({name: configuration[name]})[name]
    text = value if isinstance(value, str) else json.dumps(value)
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_SIGNS else f"{text[:SHOWN_SIGNS]}…"
