"""The fields for a secret's values: written into, never read from."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from secrets_app.schemas import SCHEMAS, Attribute

# Form fields for the values are named so, to keep them apart from the model's own.
VALUE = "value_"
CLEAR = "clear_"
# The kind of secret whose form takes pasted text apart.
PASTED_INTO = "azure"


class WriteOnlyTextarea(UnfoldAdminTextareaWidget):
    """A text field that never shows what was typed, also not beside an error. Browsers send every
    line end as CR LF (https://html.spec.whatwg.org/#constructing-the-form-data-set): taken back,
    so that what was pasted is what is kept."""

    def format_value(self, value: Any) -> str:
        return ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        text = super().value_from_datadict(data, files, name)
        return text.replace("\r\n", "\n") if text else text


def value_widget(attribute: Attribute) -> forms.Widget:
    """A field that shows nothing of a value that is secret."""
    if not attribute.sensitive:
        return UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
    if attribute.free_text and attribute.multiline:
        return WriteOnlyTextarea(attrs={"autocomplete": "off"})
    return UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}, render_value=False)


def value_fields() -> dict[str, forms.Field]:
    """A write-only field for each attribute of each schema that lists its attributes."""
    return {
        f"{VALUE}{attribute.name}": forms.CharField(
            label=attribute.label,
            help_text=attribute.help,
            required=False,
            strip=False,
            widget=value_widget(attribute),
        )
        for schema in SCHEMAS.values()
        for attribute in schema.attributes
    }


def shape_choices() -> list[tuple[str, str]]:
    """The ways to sign in among which a secret of some schema chooses."""
    choosing = [schema for schema in SCHEMAS.values() if schema.offers_a_choice]
    shapes = [shape for schema in choosing for shape in schema.shapes]
    return [("", "As pasted above"), *((shape.slug, shape.label) for shape in shapes)]
