"""What the pages that ask before something is deleted say of it."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import NestedObjects
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst


def in_the_way(things: Any, user: Any) -> list[str]:
    """What keeps these things from being deleted: each as a link to it where the person may see
    it, of the others their number."""
    collector = NestedObjects(using=DEFAULT_DB_ALIAS)
    collector.collect(things)
    lines: list[str] = []
    for model in sorted({type(each) for each in collector.protected}, key=lambda it: it.__name__):
        users = model._default_manager.filter(
            pk__in=[each.pk for each in collector.protected if type(each) is model]
        )
        seen = list(users.visible_to(user))  # type: ignore[attr-defined]
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        kind = capfirst(model._meta.verbose_name)
        lines += [
            format_html(
                '{} <a class="sr-link" href="{}">{}</a>', kind, reverse(page, args=[each.pk]), each
            )
            for each in seen
        ]
        if others := users.count() - len(seen):
            lines.append(f"{others} of other people's {model._meta.verbose_name_plural}")
    return lines


def leave_out(lines: list[Any], beginning: str) -> list[Any]:
    """Nested lines without those that begin so."""
    nested = [leave_out(each, beginning) if isinstance(each, list) else each for each in lines]
    return [each for each in nested if each and not str(each).startswith(beginning)]


def count_only(deleted: list[Any], counts: dict[str, int], model: type[Model], words: str) -> Any:
    """What goes, with the rows of this model not named, as others' names stand in them, but
    counted under these words."""
    if count := counts.pop(str(model._meta.verbose_name_plural), 0):
        counts[words] = count
    return leave_out(deleted, f"{capfirst(model._meta.verbose_name)}: ")
