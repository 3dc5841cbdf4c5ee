"""The list of stacks for programs."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from project.console import page
from stores.models import Stack
from stores.stack_rules import Summary, summaries

PER_PAGE = 20


@page
@require_safe
def as_json(request: HttpRequest) -> JsonResponse:
    """A page of the stacks that the person may see, by name, each with the worst that is known of
    it; `?page=2` for the next."""
    stacks = Stack.objects.visible_to(request.user).order_by("name", "pk")
    shown = Paginator(
        stacks.select_related("owner", "team", "store", "secrets_manager"), PER_PAGE
    ).get_page(request.GET.get("page"))
    summary = summaries(shown.object_list, request.user)
    return JsonResponse(
        {
            "count": shown.paginator.count,
            "page": shown.number,
            "pages": shown.paginator.num_pages,
            "stacks": [_facts(stack, summary[stack.pk]) for stack in shown.object_list],
        }
    )


def _facts(stack: Stack, summary: Summary) -> dict[str, Any]:
    """What the person may know of the stack."""
    worst = summary.worst
    return {
        "id": stack.pk,
        "name": stack.name,
        "owner": stack.owner and stack.owner.get_username(),
        "team": stack.team and stack.team.name,
        "production": stack.production,
        "artifact_store": stack.store.name,
        "store_state": None if stack.store in summary.hidden else stack.store.state,
        "secrets_manager": stack.secrets_manager and stack.secrets_manager.name,
        "components": [
            {"type": each.type, "name": each.name, "flavor": each.flavor}
            for each in stack.components.all()
        ],
        "worst": worst
        and {
            "id": worst.id,
            "level": worst.level,
            "about": worst.about and worst.about.name,
            "words": worst.words,
            "action": worst.action,
        },
    }
