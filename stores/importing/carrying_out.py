"""Carries out the plan of an import: everything in one transaction, or nothing."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from project import audit
from secrets_app import redaction
from secrets_app.forms import REMIND_AFTER_DAYS, SecretNameForm
from secrets_app.models import Secret, SecretsManager, fingerprint
from secrets_app.schemas import SCHEMAS
from stores.importing.components import is_known
from stores.importing.destination import Destination
from stores.importing.filling import complaints
from stores.importing.planning import Plan
from stores.importing.rows import Choice, Row, State
from stores.models import Component, Stack
from stores.part_types import ARTIFACT_STORE, ORCHESTRATOR, SECRETS_MANAGER
from stores.zenml_yaml import as_dict

WORDS = {
    Choice.CREATE: "imported",
    Choice.RENAME: "imported under another name",
    Choice.OVERWRITE: "imported over it",
}


class ImportFailed(Exception):
    """An import that was broken off; nothing of it is left."""


def carry_out(plan: Plan) -> list[Stack]:
    """Make what the plan says, with a line in the audit for each thing, and give the stacks that
    it led to. Raises `ImportFailed`; then nothing was made."""
    if plan.refused or plan.undecided:
        raise ImportFailed("Something of it is refused, or still has to be decided on.")
    try:
        with transaction.atomic():
            for row in plan.secrets:
                _save_secret(row, plan.into)
            things = {
                (row.kind, row.name): _save_component(row, plan.into.user)
                for row in plan.components
            }
            return [_save_stack(row, plan, things) for row in plan.stacks]
    except IntegrityError:
        raise ImportFailed(
            "Nothing was imported: somebody changed the same things at the same time. Look at the"
            " preview again."
        ) from None


@sensitive_variables()
def _save_secret(row: Row, into: Destination) -> None:
    if row.chosen != Choice.CREATE:
        return
    data = {
        "name": row.name,
        "schema": row.flavor,
        "manager": SecretsManager.objects.built_in().pk,
        "remind_after_days": REMIND_AFTER_DAYS,
    }
    form = SecretNameForm(data, user=into.user, instance=into.new(Secret), with_team=False)
    if not form.is_valid():
        raise ImportFailed(f"Nothing was imported. `{row.name}`: {' '.join(complaints(form))}")
    schema, values = SCHEMAS[row.flavor], row.content.values
    redaction.hide(value for name, value in values.items() if schema.is_sensitive(name))
    secret = form.save()
    words = f"imported, version 1: {', '.join(values)}"
    audit.record(into.user, "added", secret, words, fingerprint=fingerprint(values))
    secret.replace(values, by=into.user)


def _save_component(row: Row, user: Any) -> Any:
    """The component that the row leads to, saved where it is new or changed."""
    if row.state == State.KEPT or row.chosen == Choice.USE:
        return row.existing
    form = row.forms[Choice(row.chosen or "")]
    if not form.is_valid():
        raise ImportFailed(f"Nothing was imported. `{row.name}`: {' '.join(complaints(form))}")
    thing = form.save()
    action = "changed" if row.chosen == Choice.OVERWRITE else "added"
    audit.record(user, action, thing, _words(row))
    return thing


def _words(row: Row) -> str:
    words = WORDS[Choice(row.chosen or "")]
    return f"{words} from {row.source}" if row.source else words


def _save_stack(row: Row, plan: Plan, things: dict[tuple[str, str], Any]) -> Stack:
    """The stack that the row leads to, saved where it is new or changed."""
    if row.chosen == Choice.USE:
        stack: Stack = row.existing
        return stack
    entry = row.content
    parts = [(key, things.get(key) or plan.present.get(key)) for key in entry.parts]
    stack = row.existing if row.chosen == Choice.OVERWRITE else plan.into.new(Stack)
    if row.chosen != Choice.OVERWRITE:
        stack.name = row.forms.get(Choice.RENAME, row.name)
    stack.description = entry.extras.get("description", stack.description)
    stack.production = entry.extras.get("production", stack.production)
    stack.store = next(part for (kind, _), part in parts if kind == ARTIFACT_STORE)
    stack.secrets_manager = next(
        (part for (kind, _), part in parts if kind == SECRETS_MANAGER), None
    )
    stack.imported = _imported(row, plan)
    stack.save()
    components = [part for _, part in parts if isinstance(part, Component)]
    if all(part.type != ORCHESTRATOR for part in components):
        components.append(Component.objects.default_orchestrator())
    stack.components.set(components)
    action = "changed" if row.chosen == Choice.OVERWRITE else "added"
    audit.record(plan.into.user, action, stack, _words(row))
    return stack


def _imported(row: Row, plan: Plan) -> dict[str, Any]:
    """What the text says of the stack that Storeroom has no place for."""
    entry = row.content
    others: dict[str, list[Any]] = {}
    for key in entry.parts:
        part = plan.row(key)
        if part is not None and not is_known(part.content):
            others.setdefault(part.kind, []).append(as_dict(part.content))
    extras = {
        key: value
        for key, value in entry.extras.items()
        if key not in ("description", "production")
    }
    found = {"fields": entry.fields, "extras": extras, "components": others}
    return {name: value for name, value in found.items() if value}
