"""Copies a part of stacks, as if somebody had typed it again under another name."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django.db import transaction

from project import audit
from project.access import Part
from project.locking import hold
from project.owned_form import NotSaved, save_new
from stores.forms.restoring import FORMS
from stores.models import Component, Stack, Store, type_of


def copy_part(source: Any, name: str, user: Any, team: int | str = "") -> Any:
    """A new part of the person's that is like another, of this team, and of no stack yet. Raises
    `NotSaved`.

    For the source's editors, which callers see to: who owns a part sees all of its settings, and
    some are hidden from those who may only look.
    """
    made = type(source)(
        flavor=source.flavor,
        configuration=deepcopy(source.configuration),
        labels=deepcopy(source.labels),
    )
    form_of = FORMS[type(source)]
    data = form_of(instance=source, user=user).shown() | {"name": name, "team": team}
    form = form_of(data, instance=made, user=user)
    return save_new(form, user, f"a copy of {source.name}")


@transaction.atomic
def copy_for_stack(stack: Stack, source: Part, user: Any, name: str = "") -> Any:
    """Put a copy of one of the stack's parts in its place, for this stack alone; it belongs to the
    stack's team, and is named after both unless `name` says otherwise. Raises `NotSaved`.

    For editors of both, which callers see to.
    """
    now = hold(Stack, stack.pk)
    if now is None or source not in now.parts():
        raise NotSaved(f"{stack} was changed by somebody at the same time.")
    made = copy_part(source, name or f"{stack.name}-{source.name}", user, now.team_id or "")
    if isinstance(made, Component):
        now.components.remove(source)
        now.components.add(made)
    elif isinstance(made, Store):
        now.store = made
    else:
        now.secrets_manager = made
    now.save()
    words = f"{type_of(made)} {made.name}, a copy of {source.name} for this stack alone"
    audit.record(user, "changed", now, words)
    return made
