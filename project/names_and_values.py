"""A form's field for names with values, such as settings and labels."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget

from project.access import refuse_invisible

# What JSON can write and no database of ours keeps.
_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")


class NamesAndValues(forms.CharField):
    """Lines `name = value`, or one JSON object. A value that reads as JSON is kept
    as that, everything else as text."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        lines = "\n".join(f"{name} = {_written(kept)}" for name, kept in value.items())
        return lines if _reads_as(lines, value) else json.dumps(value, ensure_ascii=False)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.prepare_value(self.clean(data)) != self.prepare_value(initial or {}))
        except ValidationError:
            return True

    def clean(self, value: Any) -> dict[str, Any]:
        found = _names_and_values(value or "")
        validate(found)
        return found


def validate(found: Mapping[str, Any]) -> None:
    """Raise `ValidationError` for names that would not show as they are, and for what no database
    keeps."""
    for name, kept in found.items():
        if any(map(_NOT_KEPT.search, _texts({name: kept}))):
            raise ValidationError(f"{name!a} holds a character that cannot be kept.")
        if not name.strip():
            raise ValidationError("Each has a name.")
        try:
            refuse_invisible(name)
        except ValidationError as error:
            raise ValidationError(f"{name!a}: {error.message}") from None


def _names_and_values(text: str) -> dict[str, Any]:
    begins = text.lstrip()
    if begins.startswith("{") and not begins.startswith("{{"):
        return _object(text)
    found: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, sign, written = map(str.strip, line.partition("="))
        if not (name or sign):
            continue
        if not (name and sign):
            raise ValidationError(f"Line {number} is no `name = value`.")
        if name in found:
            raise ValidationError(f"`{name}` stands here twice.")
        found[name] = _read(written)
    return found


def _object(text: str) -> dict[str, Any]:
    try:
        found = _json(text)
    except (ValueError, RecursionError):
        raise ValidationError("Enter a valid JSON.") from None
    if not isinstance(found, dict):
        raise ValidationError("Each has a name: write a JSON object.")
    return found


def _read(written: str) -> Any:
    try:
        return _json(written)
    except (ValueError, RecursionError):
        return written


def _json(text: str) -> Any:
    """What JSON says, without the numbers that Python alone reads. Raises `ValueError`,
    `RecursionError` for what is nested too deeply, and `ValidationError` for a name that stands
    twice in one object: which of the two is meant nobody can tell."""
    return json.loads(
        text, parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_each_once
    )


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValidationError(f"`{twice}` stands here twice.")
    return found


def _finite(written: str) -> float:
    number = float(written)
    return number if math.isfinite(number) else _no_number(written)


def _no_number(written: str) -> NoReturn:
    raise ValueError(f"{written} is no number of JSON's.")


def _texts(value: Any) -> Iterator[str]:
    """All text within, names too."""
    rest = [value]
    while rest:
        each = rest.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            rest += [*each, *each.values()]
        elif isinstance(each, list):
            rest += each


def _reads_as(lines: str, value: dict[str, Any]) -> bool:
    """Whether the lines say these names and values, and no others."""
    try:
        return _names_and_values(lines) == value
    except ValidationError:
        return False


def _written(kept: Any) -> str:
    """How a value is written so that it reads as itself again."""
    if isinstance(kept, str) and kept == kept.strip() and "\n" not in kept and _is_text(kept):
        return kept
    return json.dumps(kept, ensure_ascii=False)


def _is_text(written: str) -> bool:
    """Whether it reads as the text that it is."""
    try:
        return bool(_read(written) == written)
    except ValidationError:
        return False
