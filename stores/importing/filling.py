"""Fills in the forms that save what a text describes: what a form refuses is refused here too."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from secrets_app.forms import SecretsManagerForm
from secrets_app.managers import MANAGERS
from secrets_app.models import SecretsManager
from stores.flavors import ALIASES, FLAVORS
from stores.flavors.base import SignIn
from stores.forms import ComponentForm, StoreForm
from stores.importing.destination import Destination
from stores.models import Component, Store
from stores.part_types import ARTIFACT_STORE, SECRETS_MANAGER
from stores.zenml_yaml import Entry

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


def complaints(form: Any) -> list[str]:
    """What the form finds wrong, a sentence each; no value is repeated."""
    return [
        f"{form[name].label}: {message}" if name in form.fields else message
        for name, errors in form.errors.as_data().items()
        for error in errors
        for message in error.messages
    ]


def form_for(entry: Entry, name: str, into: Destination, *, over: Any = None) -> Any:
    """The form that saves the component under this name, filled in; `over` is the thing that it
    changes, None for a new one."""
    if over is not None:
        over = type(over).objects.get(pk=over.pk)
    form: Any
    if entry.type == ARTIFACT_STORE:
        form = _store_form(entry, name, into, over)
    elif entry.type == SECRETS_MANAGER:
        form = _manager_form(entry, name, into, over)
    else:
        data = {
            "type": entry.type,
            "name": name,
            "flavor": entry.flavor,
            "description": _description(entry, over),
            "configuration": json.dumps(entry.configuration),
            "runs_on": entry.extras.get("runs_on", over.runs_on if over else ""),
            "identity": entry.extras.get("identity", over.identity if over else ""),
            **_labels(entry),
        }
        component = over or into.new(Component)
        form = ComponentForm(data, user=into.user, instance=component, with_team=False)
    form.name_is_free = True
    form.is_valid()
    thing = form.instance
    thing.imported = _imported(entry, thing)
    return form


def _description(entry: Entry, over: Any) -> str:
    return str(entry.extras.get("description", over.description if over else ""))


def _labels(entry: Entry) -> dict[str, str]:
    """The labels as the form takes them, where the text says any."""
    return {"labels": json.dumps(entry.extras["labels"])} if "labels" in entry.extras else {}


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


def _store_form(entry: Entry, name: str, into: Destination, over: Store | None) -> StoreForm:
    slug = slug_of(entry)
    said = {**entry.configuration, **entry.extras.get("configuration", {})}
    path = said.pop("path", None) or _own_folder(slug, name, into)
    secret = said.pop("authentication_secret", None) or ""
    own = own_settings(slug)
    kept = over.configuration if over and not says_own_settings(entry) else {}
    values = {field: str(said.pop(field, kept.get(field, ""))) for field in own}
    sign_in = entry.extras.get("sign_in", "")
    if over and not sign_in and (over.flavor, over.authentication_secret) == (slug, secret):
        sign_in = over.sign_in
    store = over or into.new(Store)
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
        **_labels(entry),
        **values,
    }
    return StoreForm(data, user=into.user, instance=store, with_team=False)


def _own_folder(slug: str, name: str, into: Destination) -> str:
    """Where a local store lies whose file names no folder, as ZenML's default one does: each
    person and each team has their own."""
    whose = f"team-{into.team.pk}" if into.team else into.user.pk
    return str(settings.HOME.local_stores / f"{whose}-{name}") if slug == "local" else ""


def _manager_form(
    entry: Entry, name: str, into: Destination, over: SecretsManager | None
) -> SecretsManagerForm:
    known = list(MANAGERS[entry.flavor].ConfigForm.base_fields)
    said = dict(entry.configuration)
    secret = entry.extras.get("authentication_secret", said.pop("authentication_secret", ""))
    values = {field: said.pop(field) for field in known if field in said}
    manager = over or into.new(SecretsManager)
    manager.configuration = said
    data = {
        "name": name,
        "flavor": entry.flavor,
        "authentication_secret": secret or "",
        "description": _description(entry, over),
        **_labels(entry),
        **values,
    }
    return SecretsManagerForm(data, user=into.user, instance=manager, with_team=False)


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
