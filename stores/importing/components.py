"""Compares the components of a text with those that a person may use here."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

from project.access import Role
from secrets_app import redaction
from secrets_app.forms import SecretsManagerForm
from secrets_app.managers import MANAGERS
from secrets_app.models import SecretsManager
from stores.flavors import ALIASES, FLAVORS
from stores.flavors.base import SignIn
from stores.forms import ComponentForm, StoreForm
from stores.importing.rows import Choice, Difference, Row, State
from stores.models import Component, Store, type_of
from stores.part_types import ARTIFACT_STORE, SECRETS_MANAGER
from stores.zenml_yaml import Entry, credentials_in

LABELS = {ARTIFACT_STORE: "Artifact store", SECRETS_MANAGER: "Secrets manager"}
SHOWN_SIGNS = 80
# What of our own part of a file goes into fields of its own.
PLACED = (
    "description",
    "labels",
    "sign_in",
    "allow_probes",
    "configuration",
    "authentication_secret",
    "runs_on",
    "identity",
)
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
    """What a person may use here, by type and name, looked up once for a whole text."""

    def __init__(self, user: Any, wanted: Iterable[tuple[str, str]]) -> None:
        self.user = user
        names = defaultdict(set)
        for kind, name in wanted:
            names[kind if kind in LABELS else "component"].add(name)
        self._things: dict[tuple[str, str], Any] = {}
        for things, group in (
            (Store.objects, ARTIFACT_STORE),
            (SecretsManager.objects, SECRETS_MANAGER),
            (Component.objects, "component"),
        ):
            usable = things.visible_to(user, Role.OPERATOR).select_related("owner")
            # Last wins: what is their own over what is the installation's, over other people's.
            for thing in sorted(usable.filter(name__in=names[group]), key=self._nearness):
                self._things[type_of(thing), thing.name] = thing
        self._taken = self._own_names()

    def get(self, key: tuple[str, str]) -> Any:
        """The thing of this type and name, None where the person may use none."""
        return self._things.get(key)

    def is_own(self, thing: Any) -> bool:
        """Whether a new thing of the same name would clash with it."""
        return bool(thing.owner_id == self.user.pk and thing.team_id is None)

    def free_name(self, kind: str, name: str) -> str:
        """A name like this one that the person has not given yet; it is taken from then on."""
        free = next(other for other in others(name) if (kind, other) not in self._taken)
        self._taken.add((kind, free))
        return free

    def _nearness(self, thing: Any) -> int:
        return 2 * self.is_own(thing) + thing.built_in

    def _own_names(self) -> set[tuple[str, str]]:
        mine = {"owner": self.user, "team": None}
        return {
            *((ARTIFACT_STORE, name) for name in _names(Store.objects.filter(**mine))),
            *((SECRETS_MANAGER, name) for name in _names(SecretsManager.objects.filter(**mine))),
            *Component.objects.filter(**mine).values_list("type", "name"),
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
    if found := list(dict.fromkeys(credentials_in(entry.configuration))):
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
    form = form_for(entry, name, present.user)
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
        words = f"Import as `{name}`" if clash else f"Create your own `{name}`"
        row.choices = {own: words, **row.choices}
        row.forms[own] = form
    _offer_overwriting(row, entry, present)
    return row


def _offer_overwriting(row: Row, entry: Entry, present: Present) -> None:
    if row.existing.built_in or not row.existing.allows(present.user, Role.EDITOR):
        return
    over = form_for(entry, entry.name, present.user, over=row.existing)
    if not complaints(over):
        row.choices[Choice.OVERWRITE] = "Overwrite the existing one"
        row.forms[Choice.OVERWRITE] = over


def complaints(form: Any) -> list[str]:
    """What the form finds wrong, a sentence each; no value is repeated."""
    return [
        f"{form[name].label}: {message}" if name in form.fields else message
        for name, errors in form.errors.as_data().items()
        for error in errors
        for message in error.messages
    ]


def form_for(entry: Entry, name: str, user: Any, *, over: Any = None) -> Any:
    """The form that saves the component under this name, filled in; `over` is the thing that it
    changes, None for a new one."""
    if over is not None:
        over = type(over).objects.get(pk=over.pk)
    form: Any
    if entry.type == ARTIFACT_STORE:
        form = _store_form(entry, name, user, over)
    elif entry.type == SECRETS_MANAGER:
        form = _manager_form(entry, name, user, over)
    else:
        data = {
            "type": entry.type,
            "name": name,
            "flavor": entry.flavor,
            "description": _description(entry, over),
            "configuration": json.dumps(entry.configuration),
            "runs_on": entry.extras.get("runs_on", over.runs_on if over else ""),
            "identity": entry.extras.get("identity", over.identity if over else ""),
        }
        form = ComponentForm(data, user=user, instance=over, with_team=False)
    form.name_is_free = True
    form.is_valid()
    thing = form.instance
    if "labels" in entry.extras:
        thing.labels = entry.extras["labels"]
    thing.imported = _imported(entry, thing)
    return form


def _description(entry: Entry, over: Any) -> str:
    return str(entry.extras.get("description", over.description if over else ""))


def own_settings(flavor: str) -> list[str]:
    """The settings that a store of this flavor has here and not in ZenML."""
    return list(FLAVORS[flavor].ConfigForm.base_fields) if flavor in FLAVORS else []


def says_own_settings(entry: Entry) -> bool:
    """Whether the text says anything of the settings that are ours alone."""
    own = own_settings(slug_of(entry))
    return "configuration" in entry.extras or any(name in entry.configuration for name in own)


def slug_of(entry: Entry) -> str:
    """The flavor as it is called here."""
    return ALIASES.get(entry.flavor, entry.flavor)


def _store_form(entry: Entry, name: str, user: Any, over: Store | None) -> StoreForm:
    slug = slug_of(entry)
    said = {**entry.configuration, **entry.extras.get("configuration", {})}
    path = said.pop("path", None) or _own_folder(slug, name, user)
    secret = said.pop("authentication_secret", None) or ""
    own = own_settings(slug)
    kept = over.configuration if over and not says_own_settings(entry) else {}
    values = {field: str(said.pop(field, kept.get(field, ""))) for field in own}
    sign_in = entry.extras.get("sign_in", "")
    if over and not sign_in and (over.flavor, over.authentication_secret) == (slug, secret):
        sign_in = over.sign_in
    store = over or Store()
    # With what is ours alone, by which the form knows where the secret was sent before.
    store.configuration = said | {n: v for n, v in store.configuration.items() if n in own}
    if slug not in FLAVORS:
        store.flavor = slug
    data = {
        "name": name,
        "flavor": slug,
        "path": path,
        "authentication_secret": secret,
        "sign_in": "" if sign_in in (SignIn.NONE, SignIn.FROM_SECRET) else sign_in,
        "allow_probes": entry.extras.get("allow_probes", bool(over and over.allow_probes)),
        "allow_implicit": bool(over and over.allow_implicit),
        "description": _description(entry, over),
        **values,
    }
    return StoreForm(data, user=user, instance=store, with_team=False)


def _own_folder(slug: str, name: str, user: Any) -> str:
    """Where a local store lies whose file names no folder, as ZenML's default one does: each
    person has their own."""
    return str(settings.HOME.local_stores / f"{user.pk}-{name}") if slug == "local" else ""


def _manager_form(
    entry: Entry, name: str, user: Any, over: SecretsManager | None
) -> SecretsManagerForm:
    known = list(MANAGERS[entry.flavor].ConfigForm.base_fields)
    said = dict(entry.configuration)
    secret = entry.extras.get("authentication_secret", said.pop("authentication_secret", ""))
    values = {field: said.pop(field) for field in known if field in said}
    manager = over or SecretsManager()
    manager.configuration = said
    data = {
        "name": name,
        "flavor": entry.flavor,
        "authentication_secret": secret or "",
        "description": _description(entry, over),
        **values,
    }
    return SecretsManagerForm(data, user=user, instance=manager, with_team=False)


def _imported(entry: Entry, thing: Any) -> dict[str, Any]:
    """What has no place in the thing's own fields, and the path as it was written."""
    found: dict[str, Any] = {}
    if entry.fields:
        found["fields"] = entry.fields
    ours = {key: value for key, value in entry.extras.items() if key not in PLACED}
    if ours:
        found["extras"] = ours
    if entry.type == ARTIFACT_STORE and entry.configuration.get("path") != thing.path:
        found["path"] = {"written": entry.configuration.get("path"), "means": thing.path}
    return found


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
