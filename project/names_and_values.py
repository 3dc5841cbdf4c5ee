"""A form's field for names with values, such as settings and labels."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget


class NamesAndValues(forms.CharField):
    """Lines `name = value`, or one JSON object. A value that reads as JSON is kept
    as that, everything else as text."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return "\n".join(f"{name} = {_written(kept)}" for name, kept in value.items())

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((self.prepare_value(initial) or "").split() != (data or "").split())

    def clean(self, value: Any) -> dict[str, Any]:
        text = (value or "").strip()
        if text.startswith("{") and not text.startswith("{{"):
            return _object(text)
        found: dict[str, Any] = {}
        for line in filter(None, map(str.strip, text.splitlines())):
            name, sign, written = map(str.strip, line.partition("="))
            if not name or not sign:
                raise ValidationError("Write each on a line of its own: `name = value`.")
            if name in found:
                raise ValidationError(f"`{name}` stands here twice.")
            found[name] = _read(written)
        return found


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise ValidationError("Enter a valid JSON.") from None
    if not isinstance(found, dict):
        raise ValidationError("Each has a name: write a JSON object.")
    return found


def _read(written: str) -> Any:
    try:
        return json.loads(written)
    except ValueError:
        return written


def _written(kept: Any) -> str:
    """How a value is written so that it reads as itself again."""
    if isinstance(kept, str) and _read(kept) == kept and kept == kept.strip() and "\n" not in kept:
        return kept
    return json.dumps(kept, ensure_ascii=False)
