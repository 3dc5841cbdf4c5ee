"""What the command `stack` does, and which stack is a person's active one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management import CommandError

from project.access import Part, Role
from project.commands import find, refuse_built_in, save
from secrets_app.models import SecretsManager
from stores.forms import StackForm
from stores.models import ActiveStack, Component, Stack, Store
from stores.stack_rules import findings

COLUMNS = ("active", "name", "artifact_store", "secrets_manager", "components", "owner")


def register(
    user: Any,
    name: str,
    description: str,
    store: str,
    secrets_manager: str,
    components: Mapping[Component.Type, str],
) -> list[str]:
    """Register a stack of the things with these names and say so; "" stands for none, but a
    stack without an orchestrator gets the one that comes with the installation. Raises
    `CommandError`."""
    parts = [
        find(
            Component.objects.filter(type=kind),
            component,
            user,
            Role.OPERATOR,
            kind=kind.label.lower(),
        )
        for kind, component in components.items()
        if component
    ]
    if not components.get(Component.Type.ORCHESTRATOR):
        parts.append(Component.objects.default_orchestrator())
    data = {
        "name": name,
        "description": description,
        "store": find(Store.objects, store, user, Role.OPERATOR, kind="artifact store").pk,
        "components": [part.pk for part in parts],
    }
    if secrets_manager:
        manager = find(SecretsManager.objects, secrets_manager, user, Role.OPERATOR)
        data["secrets_manager"] = manager.pk
    stack = save(StackForm(data, user=user), name, user)
    joined = ", ".join(
        f"{kind_of(part).replace('_', ' ')} `{part.name}`" for part in stack.parts()
    )
    problems = [finding for finding in findings(stack) if finding.level == "problem"]
    return [
        f"Registered stack `{stack.name}`: {joined}.",
        *(f"Problem: {finding.words} {finding.action}".rstrip() for finding in problems),
    ]


def activate(user: Any, name: str) -> str:
    """Make it the stack that the person's commands work with. Raises `CommandError`."""
    stack = find(Stack.objects, name, user)
    ActiveStack.objects.update_or_create(user=user, defaults={"stack": stack})
    return f"`{stack.name}` is the active stack now."


def of_name(user: Any, name: str) -> Stack:
    """The stack of this name, without one the active one. Raises `CommandError`."""
    stack = find(Stack.objects, name, user) if name else Stack.objects.active_of(user)
    if stack is None:
        raise CommandError("There is no active stack; `stack set NAME` chooses one.")
    return stack


def all_facts(user: Any) -> list[dict[str, Any]]:
    """Facts of every stack that the person sees."""
    stacks = Stack.objects.visible_to(user).select_related("owner", "store", "secrets_manager")
    active = Stack.objects.active_of(user)
    return [
        _facts(stack, active) for stack in stacks.prefetch_related("components").order_by("name")
    ]


def facts(stack: Stack, user: Any) -> dict[str, Any]:
    """What everyone who sees the stack may know of it, and what is wrong with it."""
    found = [
        f"{finding.level}: {finding.words} {finding.action}".rstrip()
        for finding in findings(stack)
    ]
    return _facts(stack, Stack.objects.active_of(user)) | {"findings": found}


def _facts(stack: Stack, active: Stack | None) -> dict[str, Any]:
    return {
        "name": stack.name,
        "description": stack.description,
        "active": stack == active,
        "artifact_store": stack.store.name,
        "secrets_manager": stack.secrets_manager and stack.secrets_manager.name,
        "components": {component.type: component.name for component in stack.components.all()},
        "owner": stack.owner and stack.owner.get_username(),
    }


def kind_of(part: Part) -> str:
    """What a part of a stack is, as ZenML names it."""
    if isinstance(part, Component):
        return part.type
    return "artifact_store" if isinstance(part, Store) else "secrets_manager"


def deletable(user: Any, name: str) -> Stack:
    """The stack, when the person may delete it and does not work with it. Raises
    `CommandError`."""
    stack = find(Stack.objects, name, user, Role.OWNER)
    refuse_built_in(stack)
    if stack == Stack.objects.active_of(user):
        raise CommandError(
            f"`{stack.name}` is the active stack; choose another first: `stack set NAME`."
        )
    return stack
