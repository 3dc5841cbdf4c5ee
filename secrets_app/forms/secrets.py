"""What a person may type about a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldBooleanWidget

from project.owned_form import Lines, OwnedForm
from secrets_app.changes import Change, prepare
from secrets_app.expiry import end_of
from secrets_app.forms.fields import (
    CLEAR,
    PASTED_INTO,
    VALUE,
    WriteOnlyTextarea,
    shape_choices,
    value_fields,
)
from secrets_app.models import Secret, SecretsManager
from secrets_app.schemas import (
    BELONGS_ELSEWHERE,
    SCHEMAS,
    SURROUNDINGS,
    Finding,
    Schema,
    findings,
    read_paste,
)

# Days after which an account key should be replaced, where nobody says otherwise.
REMIND_AFTER_DAYS = 90
# What ends a line of a text field; other signs that Python splits at may be part of a value.
LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Misplaced(Finding):
    """A value that is right for another way to sign in: which one, the form's field that it stands
    in, and the one that it belongs into."""

    shape: str
    source: str
    target: str


class SecretForm(OwnedForm):
    """A secret with its values. An empty field keeps what is stored; Clear removes it."""

    paste = forms.CharField(
        label="Paste",
        help_text="A connection string, a SAS URL, a block of `AZURE_STORAGE_*` variables, the"
        " JSON of a service principal, or a `zenml secrets-manager secret register` command. It is"
        " taken apart into the fields below.",
        required=False,
        strip=False,
        widget=WriteOnlyTextarea(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    shape = forms.ChoiceField(
        label="Way to sign in",
        choices=shape_choices,
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="One way only. Another way removes what the one before it had.",
    )
    pairs = forms.CharField(
        label="Values",
        help_text="One KEY=VALUE a line. Keys that are stored already keep their value unless"
        " they stand here.",
        required=False,
        strip=False,
        widget=WriteOnlyTextarea(attrs={"autocomplete": "off", "rows": 5}),
    )
    expires_on = forms.DateField(
        label="Expires on",
        required=False,
        validators=[MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2199, 12, 31))],
        widget=UnfoldAdminDateWidget,
        help_text="The last day of a client secret, as the portal shows it. A SAS token tells its"
        " end itself. A new value has no end unless it is typed here.",
    )
    locals().update(value_fields())

    class Meta:
        model = Secret
        field_classes = {"description": Lines}
        fields = ["name", "description", "team", "manager", "schema", "remind_after_days"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.new = self.instance._state.adding
        if self.new:
            self.initial.setdefault("manager", SecretsManager.objects.built_in().pk)
            self.initial.setdefault("remind_after_days", REMIND_AFTER_DAYS)
        else:
            # Never sent: it shows whoever has the form open that the values were replaced.
            self.fields["version_in_use"] = forms.CharField(
                initial=str(self.instance.version), required=False, disabled=True
            )
        self.stored = [] if self.new else self.instance.held_keys()
        if self.stored:
            self._show_stored()

    def _show_stored(self) -> None:
        """Say what is stored, and offer to remove it."""
        for name in ("schema", "manager"):
            if name in self.fields:
                self.fields[name].disabled = True
                self.fields[name].help_text = "Fixed once there are values."
        shape, current = self.instance.shape(), self.instance.current
        self.initial.setdefault("shape", shape.slug if shape else "")
        if current.expires_at and not self.instance.told_expiry():
            self.initial.setdefault("expires_on", current.expires_at.date())
        for key in self.stored:
            self.fields[f"{CLEAR}{key}"] = forms.BooleanField(
                label=f"Clear {key}", required=False, widget=UnfoldBooleanWidget
            )
            if f"{VALUE}{key}" in self.fields:
                self.fields[f"{VALUE}{key}"].widget.attrs["placeholder"] = (
                    f"•••• stored · version {self.instance.version} · empty keeps it"
                )

    def clean(self) -> dict[str, Any]:
        """Collect the values that were typed or pasted and clean them by the schema's rules."""
        cleaned = super().clean() or {}
        self.change = Change({})
        self.notes: list[str] = []
        self.trimmed: list[str] = []
        schema = SCHEMAS.get(cleaned.get("schema", ""))
        manager = cleaned.get("manager")
        if schema is None or manager is None:
            return cleaned
        typed = self._typed(schema, cleaned)
        if not manager.keeps_values_here:
            if typed:
                self.add_error(
                    None,
                    f"`{manager}` keeps its values itself: set them there, or with `./manage.py"
                    " secrets-manager secret register`. Here only the name is kept.",
                )
            if cleaned.get("expires_on"):
                self.add_error(
                    "expires_on",
                    f"`{manager}` tells itself when a value ends: set it there, or with"
                    " `./manage.py secrets-manager secret update NAME --expires_on=DAY`.",
                )
            return cleaned
        shape = cleaned.get("shape", "")
        if cleaned.get("paste") and not shape_in(schema, shape, typed):
            shape = ""
        clear = [key for key in self.stored if cleaned.get(f"{CLEAR}{key}")]
        try:
            self.change = prepare(
                schema,
                typed,
                secret=None if self.new else self.instance,
                clear=clear,
                shape=shape,
            )
        except ValidationError as error:
            self._show(error)
        else:
            if not self.change.values and not self.stored and not self.errors:
                self.add_error(None, "A secret needs at least one value.")
            self.trimmed = self._trimmed(typed)
            self.notes += self.trimmed
        return cleaned

    @property
    def expires(self) -> datetime | None:
        """The end of the day that was given as the last one, where it is not the one that stood
        there: that one belongs to the value that is stored."""
        day = self.cleaned_data.get("expires_on") if self.says_when_it_ends else None
        return end_of(day) if day else None

    @property
    def says_when_it_ends(self) -> bool:
        """Whether the last day was typed, changed or removed."""
        return "expires_on" in self.changed_data

    def findings(self) -> list[Finding]:
        """What can be said of the form as it is filled in now, without asking Azure."""
        self.full_clean()
        schema = SCHEMAS.get(self.cleaned_data.get("schema", ""))
        said = [Finding("ok", "", note) for note in self.notes]
        for name, errors in self.errors.as_data().items():
            label = "" if name == NON_FIELD_ERRORS else self.fields[name].label
            if name not in ("name", "manager"):
                said += [
                    self._misplaced(schema, name, error) or Finding("problem", label, words)
                    for error in errors
                    for words in error.messages
                ]
        if schema is None or not self.change.values:
            return said
        labels = {attribute.name: attribute.label for attribute in schema.attributes}
        return [
            *said,
            *(
                replace(finding, field=labels.get(finding.field, finding.field))
                for finding in findings(schema, self.change.values, timezone.now())
            ),
        ]

    def _misplaced(
        self, schema: Schema | None, name: str, error: ValidationError
    ) -> Misplaced | None:
        """What a complaint about a value of another way to sign in offers to change."""
        if schema is None or error.code != BELONGS_ELSEWHERE or name == "paste":
            return None
        attribute = error.params["attribute"]
        shape = schema.shape_with(attribute)
        if shape is None:
            return None
        return Misplaced(
            "problem",
            self.fields[name].label,
            error.messages[0],
            shape=shape.slug,
            source=name,
            target=f"{VALUE}{attribute}",
        )

    def _typed(self, schema: Schema, cleaned: dict[str, Any]) -> dict[str, str]:
        """The values that were typed, and those that were pasted; both for one attribute are a
        mistake, as nobody could tell which one is meant."""
        if schema.open_ended:
            return self._pairs(cleaned.pop("pairs", ""))
        names = [attribute.name for attribute in schema.attributes]
        raw = {name: cleaned.pop(f"{VALUE}{name}", "") for name in names}
        typed = {name: text for name, text in raw.items() if text}
        text = cleaned.get("paste", "")
        if schema.slug != PASTED_INTO or not text.strip():
            return typed
        try:
            pasted = read_paste(text)
        except ValidationError as error:
            self.add_error("paste", error)
            return typed
        self.notes += [pasted.words, *pasted.notes]
        for name in pasted.values.keys() & typed.keys():
            if pasted.values[name] != typed[name]:
                self.add_error(f"{VALUE}{name}", "This differs from what is pasted above.")
        return pasted.values | typed

    def _trimmed(self, typed: dict[str, str]) -> list[str]:
        """Around which values something was left out that shows nothing."""
        bare = {name: text.strip(SURROUNDINGS) for name, text in typed.items()}
        return [
            f"{self.fields[f'{VALUE}{name}'].label}: left out the spaces or line ends around it."
            for name, kept in self.change.values.items()
            if name in typed and typed[name] != kept and bare[name] == kept
        ]

    def _pairs(self, text: str) -> dict[str, str]:
        pairs: dict[str, str] = {}
        lines: dict[str, int] = {}
        for number, line in enumerate(LINE_END.split(text), start=1):
            if not line.strip():
                continue
            key, equals, value = line.partition("=")
            key = key.strip()
            if not equals:
                self.add_error("pairs", f"Line {number} is not KEY=VALUE.")
            elif key in pairs:
                self.add_error("pairs", f"Line {number} has the key of line {lines[key]} again.")
            else:
                pairs[key], lines[key] = value, number
        return pairs

    def _show(self, error: ValidationError) -> None:
        """Put each complaint under the field that it is about."""
        by_field = error.error_dict if hasattr(error, "error_dict") else {None: error.error_list}
        for key, complaints in by_field.items():
            field = f"{VALUE}{key}" if f"{VALUE}{key}" in self.fields else None
            self.add_error(field, complaints)


def shape_in(schema: Schema, slug: str, typed: dict[str, str]) -> bool:
    """Whether what was typed or pasted belongs to the shape that is chosen."""
    shape = schema.shape(slug)
    return shape is not None and typed.keys() <= {*shape.needs, *shape.takes}
