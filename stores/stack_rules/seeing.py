"""What of a stack a person may see: who sees a stack does not see all that it joins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from project.access import Part
from secrets_app.models import SecretsManager
from stores.models import Component, Stack, Store
from stores.stack_rules.facts import Sketch
from stores.stack_rules.finding import WARNING, Finding


def unseen(sketches: Sequence[Sketch], user: Any) -> list[list[Part]]:
    """For each sketch the parts that the person may not see, in a fixed number of queries: none
    for what is theirs or comes with the installation."""
    parts = {part for sketch in sketches for part in sketch.parts()}
    seen = {part for part in parts if _plainly_seen(part, user)}
    for model in (Store, SecretsManager, Component):
        keys = {part.pk: part for part in parts - seen if isinstance(part, model)}
        if keys:
            visible = model.objects.visible_to(user).filter(pk__in=keys).order_by()
            seen |= {keys[pk] for pk in visible.values_list("pk", flat=True)}
    return [[part for part in sketch.parts() if part not in seen] for sketch in sketches]


def _plainly_seen(part: Part, user: Any) -> bool:
    """Whether the person sees the part whatever teams say."""
    return bool(user.is_active) and (part.built_in or part.owner_id == user.pk)


def unseen_parts(stack: Stack, user: Any) -> list[Part]:
    """What a stack joins that the person may not see."""
    return unseen([Sketch.of(stack)], user)[0]


def not_shared(parts: Sequence[Part]) -> Finding:
    """What stands in the place of all findings for who may not see these parts: a finding tells of
    several parts at once."""
    count = f"{len(parts)} of its parts {'is' if len(parts) == 1 else 'are'} not shared with you"
    return Finding(
        "not-shared",
        WARNING,
        None,
        f"{count}, so what is wrong with the stack is not shown.",
        "Ask an owner of the stack to share it with its parts.",
    )
