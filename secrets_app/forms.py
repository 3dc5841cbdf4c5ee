"""What a person may type about a secret. Values go in and never come back out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from project.console import OwnedForm
from secrets_app.models import Secret, SecretsManager
from secrets_app.schemas import SCHEMAS, clean_values

# Form fields for the values are named so, to keep them apart from the model's own.
VALUE = "value_"
CLEAR = "clear_"


class WriteOnlyTextarea(UnfoldAdminTextareaWidget):
    """A text field that never shows what was typed, also not beside an error."""

    def format_value(self, value: Any) -> str:
        return ""


def value_fields() -> dict[str, forms.Field]:
    """A write-only field for each attribute of each schema that lists its attributes."""
    return {
        f"{VALUE}{attribute.name}": forms.CharField(
            label=attribute.label,
            help_text=attribute.help,
            required=False,
            strip=False,
            widget=UnfoldAdminPasswordWidget(
                attrs={"autocomplete": "new-password"}, render_value=False
            ),
        )
        for schema in SCHEMAS.values()
        for attribute in schema.attributes
    }


class SecretsManagerForm(OwnedForm):
    """A place that keeps secrets."""

    class Meta:
        model = SecretsManager
        fields = ["name", "flavor", "description"]


class SecretForm(OwnedForm):
    """A secret with its values. An empty field keeps what is stored; Clear removes it."""

    pairs = forms.CharField(
        label="Values",
        help_text="One KEY=VALUE a line. Keys that are stored already keep their value unless"
        " they stand here.",
        required=False,
        strip=False,
        widget=WriteOnlyTextarea(attrs={"autocomplete": "off", "rows": 5}),
    )
    locals().update(value_fields())

    class Meta:
        model = Secret
        fields = ["name", "description", "manager", "schema"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "manager" in self.fields:
            self.fields["manager"].initial = SecretsManager.objects.built_in().pk
        self.stored = [] if self.instance._state.adding else self.instance.held_keys()
        if self.stored and "schema" in self.fields:
            self.fields["schema"].disabled = True
            self.fields["schema"].help_text = "Fixed once there are values."
        for key in self.stored:
            self.fields[f"{CLEAR}{key}"] = forms.BooleanField(
                label=f"Clear {key}", required=False, widget=UnfoldBooleanWidget
            )
            if f"{VALUE}{key}" in self.fields:
                self.fields[f"{VALUE}{key}"].widget.attrs["placeholder"] = (
                    f"•••• stored · version {self.instance.version} · empty keeps it"
                )

    def clean(self) -> dict[str, Any]:
        """Collect the values that were typed and clean them by the schema's rules."""
        cleaned = super().clean() or {}
        schema = SCHEMAS.get(cleaned.get("schema", ""))
        self.typed: dict[str, str] = {}
        self.cleared = frozenset(key for key in self.stored if cleaned.get(f"{CLEAR}{key}"))
        if schema is None:
            return cleaned
        if schema.open_ended:
            raw = self._pairs(cleaned.pop("pairs", ""))
        else:
            names = [attribute.name for attribute in schema.attributes]
            raw = {name: cleaned.pop(f"{VALUE}{name}", "") for name in names}
        try:
            self.typed = clean_values(schema, {key: text for key, text in raw.items() if text})
        except ValidationError as error:
            self._show(error)
        else:
            if not self.typed and not self.stored:
                self.add_error(None, "A secret needs at least one value.")
        return cleaned

    def _pairs(self, text: str) -> dict[str, str]:
        pairs: dict[str, str] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                key, equals, value = line.partition("=")
                if not equals:
                    self.add_error("pairs", f"Line {number} is not KEY=VALUE.")
                pairs[key.strip()] = value
        return pairs

    def _show(self, error: ValidationError) -> None:
        """Put each complaint under the field that it is about."""
        by_field = error.error_dict if hasattr(error, "error_dict") else {None: error.error_list}
        for key, complaints in by_field.items():
            field = f"{VALUE}{key}" if f"{VALUE}{key}" in self.fields else None
            self.add_error(field, complaints)
