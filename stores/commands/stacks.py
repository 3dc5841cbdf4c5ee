"""What the command `stack` does, and which stack is a person's active one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.management import CommandError

from project import audit
from project.access import Role
from project.commands import (
    UsageError,
    changing,
    find,
    refuse_built_in,
    refuse_invalid,
    registering,
    save,
)
from stores.commands import teams
from stores.commands.stack_options import SHORT, TYPES, repeats
from stores.forms import StackForm
from stores.forms.copying import copy_for_stack
from stores.models import ActiveStack, Component, Stack, type_of
from stores.stack_rules import findings

COLUMNS = ("active", "name", "artifact_store", "secrets_manager", "components", "owner")
# What every stack has.
NEEDED = ("artifact_store", "orchestrator")

# By type, what a command names, and what a stack has.
Names = Mapping[str, Sequence[str]]
Contents = dict[str, list[Any]]


def register(user: Any, name: str, fields: Mapping[str, Any], names: Names) -> list[str]:
    """Register a stack of the parts with these names, by type, and say so; a stack without an
    orchestrator gets the one that comes with the installation. Raises `CommandError`."""
    parts: Contents = {
        "orchestrator": [Component.objects.default_orchestrator()],
        **_found(user, names),
    }
    data = {"name": name, **fields, **_data(parts)}
    stack = save(StackForm(data, user=user), name, user)
    return [f"Registered stack `{stack.name}`: {_joined(stack)}.", *_problems(stack, user)]


def update(user: Any, name: str, fields: Mapping[str, Any], names: Names) -> list[str]:
    """Change these fields of the stack, put these parts in the place of those that it has of
    their types, and say so. Only an owner moves it to another team. Raises `CommandError`."""
    if not fields and not names:
        raise UsageError("There is nothing to change: name a part, such as -o NAME.")
    role = Role.OWNER if "team" in fields else Role.EDITOR
    stack, found = of_name(user, name, role), _found(user, names)
    named = [f"{kind} {', '.join(part.name for part in parts)}" for kind, parts in found.items()]
    words = ", ".join([*named, *fields])
    with changing(stack) as stack:
        if not _change(stack, _parts(stack) | found, fields, user, "changed", words):
            return [f"`{stack.name}` is like that already."]
    return [f"Changed stack `{stack.name}`: {_joined(stack)}.", *_problems(stack, user)]


def remove_components(user: Any, name: str, types: Iterable[str]) -> list[str]:
    """Take the parts of these types out of the stack, and say so. Raises `CommandError`."""
    if not types:
        raise UsageError("There is nothing to remove: name a type, such as -s.")
    for kind in types:
        if kind in NEEDED:
            raise CommandError(
                f"A stack needs its {TYPES[kind].kind}; `stack update {SHORT[kind]} NAME` puts"
                " another one in its place."
            )
    with changing(of_name(user, name, Role.EDITOR)) as stack:
        parts = _parts(stack)
        for kind in types:
            if not parts.pop(kind, None):
                raise CommandError(f"The stack `{stack.name}` has no {TYPES[kind].kind}.")
        _change(stack, parts, {}, user, "changed", f"without {', '.join(types)}")
    return [f"Changed stack `{stack.name}`: {_joined(stack)}.", *_problems(stack, user)]


def copy_component(user: Any, name: str, types: Sequence[str], target: str) -> list[str]:
    """Copy the stack's part of this type for the stack alone, put the copy in its place, and say
    so; the copy belongs to the stack's team. For editors of both. Raises `CommandError`."""
    if len(types) != 1:
        raise UsageError("Say which part to copy by its type, such as -a.")
    stack, kind, type_ = of_name(user, name, Role.EDITOR), types[0], TYPES[types[0]]
    there = _parts(stack).get(kind, [])
    if len(there) != 1:
        raise CommandError(
            f"The stack `{stack.name}` has {'no' if not there else 'more than one'} {type_.kind}."
        )
    these = type_.all().filter(pk=there[0].pk)
    source = find(these, there[0].name, user, Role.EDITOR, kind=type_.kind)
    refuse_built_in(stack)
    target = target or f"{stack.name}-{source.name}"
    with registering(target):
        made = copy_for_stack(stack, source, user, target)
    stack.refresh_from_db()
    return [
        f"`{stack.name}` has the {type_.kind} `{made.name}` now, a copy of `{source.name}` for it"
        " alone.",
        *type_.notes(made),
        *_problems(stack, user),
    ]


def rename(user: Any, name: str, target: str) -> str:
    """Give a stack another name and say so; whoever works with it goes on doing so. Raises
    `CommandError`."""
    with changing(find(Stack.objects, name, user, Role.EDITOR)) as stack:
        # Without a choice of theirs, the owner's active stack is the one that is called so.
        if stack.owner and name == "default" and Stack.objects.active_of(stack.owner) == stack:
            ActiveStack.objects.get_or_create(user=stack.owner, defaults={"stack": stack})
        if not _change(stack, _parts(stack), {"name": target}, user, "renamed", f"from {name}"):
            return f"`{name}` is called that already."
    return f"Renamed stack `{name}` to `{stack.name}`."


def copy(user: Any, name: str, target: str) -> list[str]:
    """Register a stack of the same parts, and say so. Raises `CommandError`, also where the
    person may not use one of them."""
    source = find(Stack.objects, name, user)
    _refuse_foreign(_parts(source), name, user)
    data = StackForm(instance=source, user=user).shown() | {"name": target, "team": ""}
    stack = save(StackForm(data, user=user), target, user, f"a copy of {source.name}")
    return [f"Registered stack `{stack.name}`: {_joined(stack)}.", *_problems(stack, user)]


def activate(user: Any, name: str) -> str:
    """Make it the stack that the person's commands work with. Raises `CommandError`."""
    stack = find(Stack.objects, name, user)
    ActiveStack.objects.update_or_create(user=user, defaults={"stack": stack})
    return f"`{stack.name}` is the active stack now."


def of_name(user: Any, name: str, role: Role = Role.VIEWER) -> Stack:
    """The stack of this name, without one the active one. Raises `CommandError`."""
    stacks = Stack.objects.all()
    if not name:
        active = Stack.objects.active_of(user)
        if active is None:
            raise CommandError("There is no active stack; `stack set NAME` chooses one.")
        name, stacks = active.name, stacks.filter(pk=active.pk)
    return find(stacks, name, user, role)


def all_facts(user: Any) -> list[dict[str, Any]]:
    """Facts of every stack that the person sees."""
    stacks = Stack.objects.visible_to(user).select_related("owner", "store", "secrets_manager")
    active = Stack.objects.active_of(user)
    return [
        _facts(stack, active, user)
        for stack in stacks.prefetch_related("components").order_by("name")
    ]


def facts(stack: Stack, user: Any) -> dict[str, Any]:
    """What everyone who sees the stack may know of it, and what is wrong with it."""
    found = [
        f"{finding.level}: {finding.words} {finding.action}".rstrip()
        for finding in findings(stack, user)
    ]
    return _facts(stack, Stack.objects.active_of(user), user) | {"findings": found}


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


def _found(user: Any, names: Names) -> Contents:
    """The parts with these names, by type. Raises `CommandError`."""
    for kind, given in names.items():
        if len(given) > 1 and not repeats(kind):
            raise UsageError(f"A stack has one {TYPES[kind].kind}, and {len(given)} are given.")
    return {
        kind: [
            find(TYPES[kind].all(), name, user, Role.OPERATOR, kind=TYPES[kind].kind)
            for name in given
        ]
        for kind, given in names.items()
    }


def _parts(stack: Stack) -> Contents:
    """The stack's parts, by type."""
    parts: Contents = {}
    for part in stack.parts():
        parts.setdefault(type_of(part), []).append(part)
    return parts


def _data(parts: Contents) -> dict[str, Any]:
    """What the pages' form would send of a stack with these parts."""
    managers = parts.get("secrets_manager", ())
    components = [parts[kind] for kind in parts if kind in Component.Type]
    return {
        "store": parts["artifact_store"][0].pk,
        "secrets_manager": managers[0].pk if managers else "",
        "components": [component.pk for of_a_type in components for component in of_a_type],
    }


def _change(
    stack: Stack, parts: Contents, fields: Mapping[str, Any], user: Any, action: str, words: str
) -> bool:
    """Save the stack with these parts and fields if the pages' form takes them, and note it in
    the audit; whether anything changed by that. Raises `CommandError`."""
    name = stack.name
    data = {**StackForm(instance=stack, user=user).shown(), **_data(parts), **fields}
    form = StackForm(data, instance=stack, user=user)
    refuse_invalid(form, f"`{name}` was not {action}.")
    if not form.has_changed():
        return False
    form.save()
    audit.record(user, action, stack, words)
    return True


def _refuse_foreign(parts: Contents, name: str, user: Any) -> None:
    """Raise `CommandError` where one of a stack's parts is not the person's to use."""
    for kind, of_a_type in parts.items():
        for part in of_a_type:
            if not part.allows(user, Role.OPERATOR):
                raise CommandError(
                    f"`{name}` has the {TYPES[kind].kind} `{part.name}`, which {user} may not use."
                )


def _joined(stack: Stack) -> str:
    """The stack's parts in words."""
    return ", ".join(f"{TYPES[type_of(part)].kind} `{part.name}`" for part in stack.parts())


def _problems(stack: Stack, user: Any) -> list[str]:
    """What the rules find wrong with the stack, as sentences."""
    return [
        f"Problem: {finding.words} {finding.action}".rstrip()
        for finding in findings(stack, user)
        if finding.level == "problem"
    ]


def _facts(stack: Stack, active: Stack | None, user: Any) -> dict[str, Any]:
    return {
        "name": stack.name,
        "description": stack.description,
        "active": stack == active,
        "production": stack.production,
        "artifact_store": stack.store.name,
        "secrets_manager": stack.secrets_manager and stack.secrets_manager.name,
        "components": _named(stack.components.all()),
        "owner": stack.owner and stack.owner.get_username(),
        "team": teams.name_of(stack.team_id, user),
    }


def _named(components: Iterable[Component]) -> dict[str, Any]:
    """The components' names by type; a list where a stack may have more than one."""
    names: dict[str, Any] = {}
    for component in components:
        if repeats(component.type):
            names.setdefault(component.type, []).append(component.name)
        else:
            names[component.type] = component.name
    return names
