"""Optimistic locking: nobody saves over what somebody else changed while a form was open.

A form carries what it showed when it was opened. When it comes back, that is compared with what
is there now, under a lock of the row; where the two differ, nothing is saved, and the form says
who changed what and shows both. What only the other person changed is taken over, so that saving
once more keeps everything of theirs but what one changed oneself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import Model
from django.http import QueryDict

from project.audit import AuditEntry

OPENED = "opened"
NOTHING = "–"
# What changes fields of a form, as the audit names it.
CHANGES = ("changed", "paused", "renamed", "replaced", "restored", "resumed", "updated")

# A field as a browser sends it: text, a tick, or the chosen ones of a list.
Raw = str | bool | list[str]


@dataclass(frozen=True, slots=True)
class Both:
    """A field that somebody else changed: what it says in the form, and what is there now."""

    name: str
    label: str
    mine: str
    theirs: str
    # Whether whoever sent the form had not touched it, so that it was taken over.
    taken: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """That somebody changed a thing while a form over it was open."""

    thing: Any
    who: str
    at: Any
    fields: list[Both]

    def __str__(self) -> str:
        return f"{self.who} changed this {self.kind} meanwhile ({self.changed})"

    @property
    def kind(self) -> str:
        """What kind of thing it is."""
        return str(self.thing._meta.verbose_name)

    @property
    def changed(self) -> str:
        """The fields that the other person changed, by name."""
        return ", ".join(each.label for each in self.fields)

    @property
    def theirs(self) -> str:
        """Whose the saved one is."""
        return {"You": "the saved one", "Somebody": "theirs"}.get(self.who, f"{self.who}'s")


class OpenedField(forms.CharField):
    """What a form showed when it was opened; no change of the thing itself."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, required=False, widget=forms.HiddenInput)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class LockedForm(forms.ModelForm):
    """A form over a thing, which is not saved over what somebody else changed meanwhile.

    Whoever saves it holds a lock of the thing's row since before it was read. A page shows the
    field `opened`, and `project/_conflict.html` where there is a `conflict`. What comes without
    the field, as from a command, is saved as it is.
    """

    conflict: Conflict | None = None
    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.fields[OPENED] = OpenedField(initial=lambda: json.dumps(self.shown()))

    def shown(self) -> dict[str, Raw]:
        """What each field shows of the thing as it is, as a browser sends it back untouched."""
        return {
            name: raw(field, self.get_initial_for_field(field, name))
            for name, field in self.fields.items()
            if name != OPENED
        }

    def full_clean(self) -> None:
        """Clean everything, and compare once nothing else is wrong."""
        now = self.shown()
        super().full_clean()
        if self.is_bound and not self.errors and self.cleaned_data.get(OPENED):
            self._compare(_read(self.cleaned_data[OPENED]), now)

    def _compare(self, opened: dict[str, Any], now: dict[str, Raw]) -> None:
        changed = [name for name in now if opened.get(name) != now[name]]
        if not changed:
            return
        both = []
        for name in changed:
            field, sent = self.fields[name], self._sent(name)
            taken = field.disabled or sent == opened.get(name)
            theirs = in_words(field, now[name])
            mine = theirs if taken else in_words(field, sent)
            both.append(Both(name, str(self[name].label), mine, theirs, taken))
        who, at = _last_change(self.instance, self.user)
        self.conflict = Conflict(self.instance, who, at, both)
        self._show_anew({each.name: now[each.name] for each in both if each.taken}, now)
        self.add_error(None, f"{self.conflict}. Nothing is saved yet.")

    def _sent(self, name: str) -> Raw:
        """What came back in a field."""
        widget, key = self.fields[name].widget, self.add_prefix(name)
        return _plain(widget.value_from_datadict(self.data, self.files, key))

    def _show_anew(self, taken: dict[str, Raw], now: dict[str, Raw]) -> None:
        """Put what was taken over into the fields, and let the form stand on what is there now."""
        data: Any = QueryDict(mutable=True)
        data.update(self.data)
        for name, value in taken.items():
            key = self.add_prefix(name)
            if isinstance(value, list):
                data.setlist(key, value)
            elif value is False:
                data.pop(key, None)
            else:
                data[key] = "on" if value is True else value
        data[self.add_prefix(OPENED)] = json.dumps(now)
        self.data = data


def hold(model: type[Model], pk: Any) -> Any:
    """The row of this key as it is now, which nobody else may change until the transaction ends;
    None where there is none."""
    rows = model._default_manager.select_for_update(no_key=True)
    return rows.filter(pk=pk).order_by("pk").first()


def raw(field: forms.Field, value: Any) -> Raw:
    """A field's value as a browser sends it back untouched."""
    return (
        bool(value)
        if isinstance(field, forms.BooleanField)
        else _plain(field.prepare_value(value))
    )


def _read(opened: str) -> dict[str, Any]:
    """What a form carried; nothing where that is not what a form carries."""
    try:
        read = json.loads(opened)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _plain(value: Any) -> Raw:
    if isinstance(value, bool):
        return value
    if isinstance(value, list | tuple | set):
        return sorted(str(getattr(each, "pk", each)) for each in value)
    if isinstance(value, date):
        return value.isoformat()
    if value is None:
        return ""
    return str(value).replace("\r\n", "\n").strip()


def in_words(field: forms.Field, value: Raw) -> str:
    """What a browser sends, as a person reads it."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(field, forms.ChoiceField):
        names = {"": NOTHING} | {str(key): str(label) for key, label in choices_of(field)}
        wanted = [value] if isinstance(value, str) else value
        return ", ".join(names.get(each, "(not yours to see)") for each in wanted) or NOTHING
    return str(value) or NOTHING


def choices_of(field: Any) -> list[tuple[Any, Any]]:
    """All choices of a field, groups opened."""
    flat: list[tuple[Any, Any]] = []
    for key, label in field.choices:
        flat += label if isinstance(label, list | tuple) else [(key, label)]
    return flat


def _last_change(thing: Any, user: Any) -> tuple[str, Any]:
    """Who changed a thing last, and when, as the audit knows."""
    entries = AuditEntry.objects.filter(
        kind=str(thing._meta.verbose_name), thing_id=str(thing.pk), action__in=CHANGES
    )
    last = entries.first()
    if last is None:
        return "Somebody", None
    return ("You" if last.actor_id == user.pk else last.actor_name), last.at
