"""What `stack history`, `diff`, `restore` and `compare` do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management import CommandError

from project.access import Role
from project.commands import find
from stores import history
from stores.forms.restoring import NotRestored, restore
from stores.models import Stack

COLUMNS = ("revision", "when", "who", "what", "changed")
DIFFERENCE = ("field", "before", "after")
COMPARED = ("what", "one", "other", "differs")


def revisions(user: Any, name: str) -> list[dict[str, Any]]:
    """The revisions of a stack, the newest first. Raises `CommandError`."""
    kept = list(history.revisions(find(Stack.objects, name, user)))
    before = {each.number + 1: each for each in kept}
    return [
        {
            "revision": each.number,
            "when": each.history_date,
            "who": history.who(each),
            "what": history.what_happened(each),
            "changed": _changed(before.get(each.number), each),
        }
        for each in kept
    ]


def _changed(old: Any, new: Any) -> list[str]:
    found = history.differences(old, new) if old else []
    return list(dict.fromkeys(each.label for each in found))


def differences(user: Any, name: str, old: int | None, new: int | None) -> list[Mapping[str, str]]:
    """What differs between two revisions of a stack, by default the last two; the one before
    `new` where only that is given. Raises `CommandError`."""
    stack = find(Stack.objects, name, user)
    latest = history.latest(stack)
    new = new or (latest.number if latest else 1)
    chosen = (_revision(stack, number) for number in (old or max(new - 1, 1), new))
    return [
        {"field": each.label, "before": each.before, "after": each.after}
        for each in history.differences(*chosen)
    ]


def go_back(user: Any, name: str, number: int) -> str:
    """Let a stack be what it was at a revision, and say so. Raises `CommandError`."""
    stack = find(Stack.objects, name, user, Role.EDITOR)
    try:
        restore(stack, number, user)
    except NotRestored as refused:
        raise CommandError(f"`{name}` was not restored. {refused}") from None
    return f"`{stack.name}` is as it was at revision {number}."


def compare(user: Any, one: str, other: str) -> list[Mapping[str, Any]]:
    """What two stacks have, place by place. Raises `CommandError`."""
    stacks = (find(Stack.objects, name, user) for name in (one, other))
    return [
        {"what": row.label, "one": row.one, "other": row.other, "differs": row.differs}
        for row in history.side_by_side(*stacks)
    ]


def _revision(stack: Stack, number: int) -> Any:
    found = history.revision(stack, number)
    if found is None:
        raise CommandError(f"`{stack.name}` has no revision {number}.")
    return found
