"""Compares the components of a text with those that a person may use here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from project.access import Role
from secrets_app.managers import MANAGERS
from secrets_app.models import SecretsManager
from stores.importing.destination import Destination
from stores.importing.differing import differences
from stores.importing.filling import complaints, form_for
from stores.importing.rows import Choice, Row, State
from stores.models import Component, Store, type_of
from stores.part_types import ARTIFACT_STORE, SECRETS_MANAGER
from stores.zenml_yaml import Entry, credentials_in

LABELS = {ARTIFACT_STORE: "Artifact store", SECRETS_MANAGER: "Secrets manager"}
LONGEST_STEM = 95


def label_of(kind: str) -> str:
    """A type in the words of the pages."""
    if kind in Component.Type.values:
        return str(Component.Type(kind).label)
    return LABELS.get(kind) or kind.replace("_", " ").capitalize()


def is_known(entry: Entry) -> bool:
    """Whether Storeroom has a place for it; what it has none for stays with the stack."""
    if entry.type == SECRETS_MANAGER:
        return entry.flavor in MANAGERS
    return entry.type == ARTIFACT_STORE or entry.type in Component.Type.values


class Present:
    """What may be used here, by type and name, looked up once for a whole text."""

    def __init__(self, into: Destination, wanted: Iterable[tuple[str, str]]) -> None:
        self.into = into
        names = defaultdict(set)
        for kind, name in wanted:
            names[kind if kind in LABELS else "component"].add(name)
        self._things: dict[tuple[str, str], Any] = {}
        for things, group in (
            (Store.objects, ARTIFACT_STORE),
            (SecretsManager.objects, SECRETS_MANAGER),
            (Component.objects, "component"),
        ):
            usable = into.usable(things).select_related("owner")
            # Last wins: what is own over what is the installation's, over other people's.
            for thing in sorted(usable.filter(name__in=names[group]), key=self._nearness):
                self._things[type_of(thing), thing.name] = thing
        self._taken = self._own_names()

    def get(self, key: tuple[str, str]) -> Any:
        """The thing of this type and name, None where none may be used."""
        return self._things.get(key)

    def is_own(self, thing: Any) -> bool:
        """Whether a new thing of the same name would clash with it."""
        return bool(thing.namespace == self.into.namespace)

    def free_name(self, kind: str, name: str) -> str:
        """A name like this one that no thing there has yet; it is taken from then on."""
        free = next(other for other in others(name) if (kind, other) not in self._taken)
        self._taken.add((kind, free))
        return free

    def _nearness(self, thing: Any) -> int:
        return 2 * self.is_own(thing) + thing.built_in

    def _own_names(self) -> set[tuple[str, str]]:
        own = self.into.own
        return {
            *((ARTIFACT_STORE, name) for name in _names(Store.objects.filter(own))),
            *((SECRETS_MANAGER, name) for name in _names(SecretsManager.objects.filter(own))),
            *Component.objects.filter(own).values_list("type", "name"),
        }


def others(name: str) -> Iterator[str]:
    """Names like this one, as short as names have to be: `NAME-2`, `NAME-3`, …"""
    return (f"{name[:LONGEST_STEM]}-{number}" for number in count(2))


def _names(things: Any) -> Iterable[str]:
    return things.values_list("name", flat=True)


def component_row(entry: Entry, present: Present, planned: set[tuple[str, str]]) -> Row:
    """The row of one component. `planned` are the keys of the whole text: what is renamed gets
    none of its names."""
    row = Row(
        entry.type,
        label_of(entry.type),
        entry.name,
        State.NEW,
        entry.line,
        entry.source,
        entry.flavor,
        content=entry,
    )
    if not is_known(entry):
        row.state = State.KEPT
        row.words = [
            "Storeroom has no such component: it is kept with the stack and exported unchanged."
        ]
        return row
    said = [*credentials_in(entry.configuration), *credentials_in(entry.extras.get("labels", {}))]
    if found := list(dict.fromkeys(said)):
        names = ", ".join(f"`{name}`" for name in found)
        row.state = State.REFUSED
        row.words = [
            f"{names} looks like a credential in clear. Put it into a secret, and write"
            " `{{secret.key}}` in its place."
        ]
        return row
    existing = row.existing = present.get(entry.key)
    clash = existing is not None and present.is_own(existing)
    name = entry.name
    if clash:
        while (entry.type, name) in planned:
            name = present.free_name(entry.type, entry.name)
    form = form_for(entry, name, present.into)
    wrong = complaints(form)
    if existing is None:
        row.state = State.REFUSED if wrong else State.NEW
        row.words = wrong
        if not wrong:
            row.choices = {Choice.CREATE: "Create it"}
            row.forms[Choice.CREATE] = form
        return row
    row.differences = list(differences(entry, form.instance, existing))
    row.state = State.DIFFERS if row.differences else State.SAME
    row.choices = {Choice.USE: "Use the existing one"}
    if row.state == State.SAME:
        return row
    own = Choice.RENAME if clash else Choice.CREATE
    if wrong:
        row.notes += wrong
    else:
        whose = "the team's" if present.into.team else "your"
        words = f"Import as `{name}`" if clash else f"Create {whose} own `{name}`"
        row.choices = {own: words, **row.choices}
        row.forms[own] = form
    _offer_overwriting(row, entry, present)
    return row


def _offer_overwriting(row: Row, entry: Entry, present: Present) -> None:
    if row.existing.built_in or not row.existing.allows(present.into.user, Role.EDITOR):
        return
    over = form_for(entry, entry.name, present.into, over=row.existing)
    if not complaints(over):
        row.choices[Choice.OVERWRITE] = "Overwrite the existing one"
        row.forms[Choice.OVERWRITE] = over
