"""The stack that a team's members work with who chose none and have no `default` of their own."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from project import audit
from project.access import Team
from stores.models import DefaultStack, Stack


def offered(team: Team, user: Any) -> Any:
    """The stacks that the team's members see, as far as the person does."""
    seen = Stack.objects.visible_to(user)
    return (seen.filter(team=team.pk) | seen.filter(shares__group=team.pk)).distinct()


def default_of(team: Team) -> Stack | None:
    """The team's stack, None where it has none."""
    default = DefaultStack.objects.filter(team=team).select_related("stack").first()
    return default.stack if default else None


@transaction.atomic
def choose(team: Team, stack: Stack | None, by: Any) -> None:
    """Let this be the team's stack, or let it have none."""
    if stack is None:
        DefaultStack.objects.filter(team=team).delete()
    else:
        DefaultStack.objects.update_or_create(team=team, defaults={"stack": stack})
    audit.record(by, "changed", team, f"default stack: {stack or 'none'}")
