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
from stores.zenml_yaml import Entry

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
    for name in ("runs_on", "identity"):
        if name in entry.extras and entry.type in Component.Type.values:
            here, there = getattr(existing, name), getattr(made, name)
            if here != there:
                yield Difference(name, here or "–", there or "–")
    if made.flavor != existing.flavor:
        yield Difference("flavor", existing.flavor, made.flavor)
    secrets = [getattr(thing, "authentication_secret", "") for thing in (existing, made)]
    if secrets[0] != secrets[1]:
        yield Difference("authentication_secret", secrets[0] or "–", secrets[1] or "–")
    passed_over: list[str] = []
    if entry.type == ARTIFACT_STORE and not says_own_settings(entry):
        passed_over = own_settings(existing.flavor)
    yield from _settings(existing.configuration, made.configuration, passed_over)


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
    return text if len(text) <= SHOWN_SIGNS else f"{text[:SHOWN_SIGNS]}…"
