"""The revisions of stores, components, stacks and secrets managers, and what differs between two,
in words. Their numbers count the changes of one thing, from 1."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from project.access import Part
from secrets_app import redaction
from secrets_app.models import SecretsManager
from stores.models import Component, Stack, Store

# What things are called in addresses, with whose history is kept.
KINDS: dict[str, type[models.Model]] = {
    "store": Store,
    "component": Component,
    "stack": Stack,
    "secrets_manager": SecretsManager,
}
LABELS = {"path": "Address", "authentication_secret": "Secret", "store": "Artifact store"}
DID = {"+": "Created", "~": "Changed", "-": "Deleted"}
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two revisions say differently."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Row:
    """What two stacks have in one place, as lines."""

    label: str
    one: list[str]
    other: list[str]

    @property
    def differs(self) -> bool:
        """Whether they do not have the same."""
        return self.one != self.other


def revisions(thing: Any) -> Any:
    """All revisions of a thing with their numbers, the newest first."""
    counted = Window(RowNumber(), order_by=F("history_id").asc())
    return (
        type(thing)
        .history.filter(id=thing.pk)
        .select_related("history_user")
        .annotate(number=counted)
        .order_by("-history_id")
    )


def revision(thing: Any, number: int) -> Any:
    """The revision of this number, None where there is none."""
    return revisions(thing).filter(number=number).first()


def latest(thing: Any) -> Any:
    """The last revision, None where none was kept."""
    return revisions(thing).first()


def who(revision: Any) -> str:
    """Who made a revision, by name."""
    return str(revision.history_user) if revision.history_user else "Storeroom"


def what_happened(revision: Any) -> str:
    """What made a revision, in a word or, where it was restored, a sentence."""
    return revision.history_change_reason or DID[revision.history_type]


def differences(old: Any, new: Any) -> list[Difference]:
    """What changed between two revisions, field by field; settings one by one, parts by name."""
    found: list[Difference] = []
    for change in new.diff_against(old, excluded_fields=["id"]).changes:
        field = type(new).instance_type._meta.get_field(change.field)
        if isinstance(field, models.JSONField):
            found += _of_settings(field, change.old, change.new)
        elif field.many_to_many:
            found += _of_parts(change.old, change.new)
        else:
            words = (in_words(field, change.old), in_words(field, change.new))
            found.append(Difference(_label(field), *words))
    return found


def in_words(field: Any, value: Any) -> str:
    """A field's value as people read it; credentials that got into it are hidden."""
    if value is None or value == "":
        return NOTHING
    if isinstance(field, models.ForeignKey):
        return name_of(field.related_model, value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return redaction.redact(str(dict(field.flatchoices).get(value, value)))


def name_of(model: type[Any], pk: Any) -> str:
    """What a thing is called, or was when it was deleted."""
    found = model._default_manager.filter(pk=pk).first()
    if found is not None:
        return str(found)
    kept = model.history.filter(id=pk).order_by("-history_id").first() if _kept(model) else None
    return f"{kept.instance} (deleted)" if kept else "(deleted)"


def side_by_side(one: Stack, other: Stack) -> list[Row]:
    """What two stacks have, place by place, with the settings of their parts."""
    sides = [_places(stack) for stack in (one, other)]
    labels = dict.fromkeys([*sides[0], *sides[1]])
    return [Row(label, *(side.get(label, []) for side in sides)) for label in labels]


def _places(stack: Stack) -> dict[str, list[str]]:
    production = Stack._meta.get_field("production")
    places = {
        "Description": [redaction.redact(stack.description)] if stack.description else [],
        _label(production): [in_words(production, stack.production)],
    }
    for part in stack.parts():
        places.setdefault(_slot(part), []).extend(_lines(part))
    return places


def _slot(part: Part) -> str:
    if isinstance(part, Component):
        return part.get_type_display()
    return "Artifact store" if isinstance(part, Store) else "Secrets manager"


def _lines(part: Part) -> Iterator[str]:
    yield f"{part.name} · {part.flavor}"
    if isinstance(part, Store):
        yield part.path
    for key, value in sorted(redaction.redact_mapping(part.configuration).items()):
        yield f"{key} = {_setting(value)}"


def _of_settings(field: Any, old: Any, new: Any) -> Iterator[Difference]:
    """The keys of a field of settings that differ. One whose values are hidden is told as well."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        yield Difference(_label(field), _setting(old), _setting(new))
        return
    shown = [redaction.redact_mapping(each) for each in (old, new)]
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key) or (key in old) != (key in new):
            words = (_setting(side[key]) if key in side else NOTHING for side in shown)
            yield Difference(f"{_label(field)}: {key}", *words)


def _of_parts(old: list[Any], new: list[Any]) -> Iterator[Difference]:
    """The components that one has and the other lacks."""
    before, after = ({row["component"] for row in rows} for rows in (old, new))
    for pk in sorted(before - after):
        yield Difference("Component", name_of(Component, pk), NOTHING)
    for pk in sorted(after - before):
        yield Difference("Component", NOTHING, name_of(Component, pk))


def _setting(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return redaction.redact(text) or NOTHING


def _label(field: Any) -> str:
    words = LABELS.get(field.name, str(field.verbose_name))
    return words[:1].upper() + words[1:]


def _kept(model: type[models.Model]) -> bool:
    return model in KINDS.values()
