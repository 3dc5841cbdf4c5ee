"""Puts a thing back to what it was at one of its revisions, as if somebody had typed that."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.forms import ModelChoiceField
from django.http import QueryDict

from project import audit
from project.locking import Raw, hold
from project.owned_form import OwnedForm, complaints
from secrets_app.forms import SecretsManagerForm
from secrets_app.models import SecretsManager
from stores import history
from stores.forms.stacks import ComponentForm, StackForm
from stores.forms.stores import StoreForm
from stores.models import Component, Stack, Store

FORMS: dict[type[Any], type[OwnedForm]] = {
    Store: StoreForm,
    Component: ComponentForm,
    Stack: StackForm,
    SecretsManager: SecretsManagerForm,
}


class NotRestored(Exception):
    """A revision that the thing cannot go back to; the words say why."""


@transaction.atomic
def restore(thing: Any, number: int, user: Any) -> None:
    """Let the thing be again what it was at this revision, which is a new revision. Whose it is
    stays. Raises `NotRestored` where the form would refuse it today, where a part is gone, and
    where nothing would change."""
    hold(type(thing), thing.pk)
    thing.refresh_from_db()
    if thing.built_in:
        raise NotRestored(f"`{thing.name}` comes with the installation and stays as it is.")
    wanted = history.revision(thing, number)
    if wanted is None:
        raise NotRestored(f"There is no revision {number}.")
    values = _as_typed(wanted, user)
    form = FORMS[type(thing)](_sent(values), instance=thing, user=user)
    if gone := _gone(form, values):
        raise NotRestored(f"{' '.join(gone)} Register it again, or change what is there now.")
    if {name: values[name] for name in form.shown()} == form.shown():
        raise NotRestored(f"It is as it was at revision {number}.")
    if isinstance(thing, Store):
        # Settings that no form shows come back as well; the form has read what is there now.
        thing.configuration = dict(wanted.configuration)
    if not form.is_valid():
        raise NotRestored(complaints(form))
    form.instance._change_reason = f"Restored from revision {number}"
    form.save()
    audit.record(user, "restored", thing, f"revision {number}")


def _as_typed(wanted: Any, user: Any) -> dict[str, Raw]:
    """What the form would show if the thing were as it was then."""
    lists = {
        field.name: list(
            getattr(wanted, field.name).values_list(field.m2m_reverse_name(), flat=True)
        )
        for field in wanted._history_m2m_fields
    }
    form = FORMS[wanted.instance_type]
    return form(instance=wanted.instance, initial=lists, user=user).shown()


def _sent(values: dict[str, Raw]) -> QueryDict:
    """These values as a browser sends them."""
    data = QueryDict(mutable=True)
    for name, value in values.items():
        if isinstance(value, list):
            data.setlist(name, value)
        elif value is not False:
            data[name] = "on" if value is True else value
    return data


def _gone(form: OwnedForm, values: dict[str, Raw]) -> list[str]:
    """A sentence for each part that was there then, and is not, or not theirs to use."""
    found = []
    for name, field in form.fields.items():
        if not isinstance(field, ModelChoiceField):
            continue
        wanted = values[name]
        keys = {wanted} - {""} if isinstance(wanted, str) else set(wanted or [])
        offered = {str(pk) for pk in field.queryset.values_list("pk", flat=True)}
        for key in sorted(keys - offered):
            named = history.name_of(field.queryset.model, key)
            found.append(f"{named} was part of it, and is gone or not yours to use.")
    return found
