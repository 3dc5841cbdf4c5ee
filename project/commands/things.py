"""Whom a command runs as, and what it does with the things that this person may use."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.forms import BaseForm

from project import audit
from project.access import Role
from project.history import act_as
from project.locking import hold
from project.owned_form import NotSaved, complaints, save_new
from stores.defaults import first_superuser


def person(name: str) -> Any:
    """Whom a command runs as, and so who makes its changes. Raises `CommandError` when there is
    no such active person."""
    found = somebody(name)
    act_as(found)
    return found


def somebody(name: str) -> Any:
    """The active person of this name, without one whom commands run as by default. Raises
    `CommandError`."""
    people = get_user_model()._default_manager
    name = name or settings.STOREROOM_USER
    if not name:
        found = first_superuser()
        if found is None:
            raise CommandError("There is no superuser yet; `./manage.py up` makes the first one.")
        return found
    found = people.filter(**{get_user_model().USERNAME_FIELD: name}).first()
    if found is None:
        raise CommandError(f"There is no user `{name}`.")
    if not found.is_active:
        raise CommandError(f"The user `{name}` is not active.")
    return found


def find(things: Any, name: str, user: Any, role: Role = Role.VIEWER, *, kind: str = "") -> Any:
    """The thing of exactly this name: the person's own, else the installation's, else the only
    other one that they see. Raises `CommandError`, also where they lack the role on it: then the
    audit notes the refusal."""
    kind = kind or str(things.model._meta.verbose_name)
    visible = things.visible_to(user)
    named = list(visible.filter(name=name).select_related("owner"))
    found = (
        [thing for thing in named if thing.owner == user]
        or [thing for thing in named if thing.owner is None and thing.team is None]
        or named
    )
    if not found:
        near = difflib.get_close_matches(name, visible.values_list("name", flat=True), n=1)
        guess = f" Did you mean `{near[0]}`?" if near else ""
        raise CommandError(f"There is no {kind} `{name}`.{guess}")
    if len(found) > 1:
        owners = ", ".join(str(thing.owner) for thing in found)
        raise CommandError(
            f"More than one {kind} is named `{name}`, of {owners}. Say whose with --as."
        )
    if not found[0].allows(user, role):
        audit.record(user, "refused", found[0], f"by a command: this needs {role.label}")
        raise CommandError(
            f"{user} sees the {kind} `{name}`, but lacks the role for this: {role.label}."
        )
    return found[0]


def save(form: Any, name: str, user: Any, words: str = "", *, fingerprint: str = "") -> Any:
    """Save the new thing of a form and note it in the audit, with more words and the fingerprint
    of a value where there are any. Raises `CommandError` with all that is wrong in one line."""
    with registering(name):
        return save_new(form, user, words, fingerprint=fingerprint)


@contextmanager
def registering(name: str) -> Iterator[None]:
    """Raise `CommandError` where the block cannot save the new thing of this name."""
    try:
        yield
    except NotSaved as error:
        raise CommandError(f"`{name}` was not registered. {error}") from None


@contextmanager
def changing(thing: Any) -> Iterator[Any]:
    """The thing as it is now, kept from others until the block, which changes it, has ended.
    Raises `CommandError` for what comes with the installation, when it is gone, and when somebody
    else takes the new name meanwhile."""
    refuse_built_in(thing)
    try:
        with transaction.atomic():
            now = hold(type(thing), thing.pk)
            if now is None:
                raise CommandError(f"`{thing.name}` is not there any more.")
            yield now
    except IntegrityError:
        raise CommandError(
            f"`{thing.name}` was not changed: somebody did the same at the same time."
        ) from None


def refuse_invalid(form: BaseForm, words: str) -> None:
    """Raise `CommandError`, which begins with `words`, with all that is wrong with a form."""
    if not form.is_valid():
        raise CommandError(f"{words} {complaints(form)}")


def delete(thing: models.Model, user: Any) -> None:
    """Delete a thing and note it in the audit. Raises `CommandError` while others rest on it."""
    try:
        with transaction.atomic():
            audit.record(user, "deleted", thing)
            thing.delete()
    except ProtectedError as error:
        kinds = sorted({str(other._meta.verbose_name) for other in error.protected_objects})
        raise CommandError(
            f"`{thing}` cannot be deleted: a {' and a '.join(kinds)} still uses it."
        ) from None


def refuse_used(thing: Any, users: Any, user: Any) -> None:
    """Raise `CommandError` when any of `users` uses the thing, naming those that the person
    may see and counting the rest."""
    count = users.count()
    if not count:
        return
    seen = [f"`{name}`" for name in users.visible_to(user).values_list("name", flat=True)]
    one, many = users.model._meta.verbose_name, users.model._meta.verbose_name_plural
    named = f"the {one if len(seen) == 1 else many} {', '.join(seen)}" if seen else ""
    others = count - len(seen)
    counted = f"{f'a {one}' if others == 1 else f'{others} {many}'} of other people"
    who = " and ".join(filter(None, [named, counted if others else ""]))
    verb = "uses" if count == 1 else "use"
    raise CommandError(f"`{thing.name}` cannot be deleted: {who} {verb} it.")


def refuse_built_in(thing: Any) -> None:
    """Raise `CommandError` for what comes with the installation and serves everyone."""
    if thing.built_in:
        raise CommandError(f"`{thing.name}` comes with the installation and stays.")
