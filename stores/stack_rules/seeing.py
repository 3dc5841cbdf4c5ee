"""What of a stack a person may see: who sees a stack does not see all that it joins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from project.access import Membership, Part
from secrets_app.models import SecretsManager
from stores.models import Component, Stack, Store
from stores.stack_rules.facts import Sketch
from stores.stack_rules.finding import WARNING, Finding


class Whose(NamedTuple):
    """A part, by its kind and key, and the keys of its owner and team."""

    kind: type[Part]
    pk: int
    owner: int | None
    team: int | None

    @classmethod
    def of(cls, part: Part) -> Whose:
        """Whose the part is."""
        return cls(type(part), part.pk, part.owner_id, part.team_id)


def hidden_from(user: Any, parts: Iterable[Whose]) -> set[Whose]:
    """Those of the parts that the person may not see. Takes one query where parts are a team's,
    and one for each kind of those that are neither theirs, nor their teams', nor come with the
    installation."""
    parts = set(parts)
    if not user.is_active:
        return parts
    if user.is_superuser:
        return set()
    person = user.pk
    teams = Membership.objects.teams_of(user) if any(part.team for part in parts) else []
    mine = {membership["team"] for membership in teams}
    hidden = {
        part
        for part in parts
        if part.owner != person and part.team not in mine and (part.owner or part.team)
    }
    for kind in (Store, SecretsManager, Component):
        keys = {part.pk for part in hidden if part.kind is kind}
        if keys:
            visible = kind.objects.visible_to(user).filter(pk__in=keys).order_by()
            seen = set(visible.values_list("pk", flat=True))
            hidden -= {part for part in hidden if part.kind is kind and part.pk in seen}
    return hidden


def unseen(sketches: Sequence[Sketch], user: Any) -> list[list[Part]]:
    """For each sketch the parts that the person may not see, in a fixed number of queries."""
    hidden = hidden_from(user, {Whose.of(part) for each in sketches for part in each.parts()})
    return [[part for part in sketch.parts() if Whose.of(part) in hidden] for sketch in sketches]


def unseen_parts(stack: Stack, user: Any) -> list[Part]:
    """What a stack joins that the person may not see."""
    return unseen([Sketch.of(stack)], user)[0]


def not_shared(hidden: int) -> Finding:
    """What stands in the place of all findings for who may not see that many parts: a finding
    tells of several parts at once."""
    count = f"{hidden} of its parts {'is' if hidden == 1 else 'are'} not shared with you"
    return Finding(
        "not-shared",
        WARNING,
        None,
        f"{count}, so what is wrong with the stack is not shown.",
        "Ask an owner of the stack to share it with its parts.",
    )
