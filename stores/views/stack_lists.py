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
    visible = Stack.objects.visible_to(request.user).order_by("name", "pk")
    shown = Paginator(list(visible.values_list("pk", flat=True)), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return JsonResponse(
        {
            "count": shown.paginator.count,
            "page": shown.number,
            "pages": shown.paginator.num_pages,
            "stacks": [
                {"id": pk, **_facts(summary)}
                for pk, summary in summaries(list(shown.object_list), request.user).items()
            ],
        }
    )


def _facts(summary: Summary) -> dict[str, Any]:
    """What the person may know of a stack."""
    worst = summary.worst
    return {
        "name": summary.name,
        "owner": summary.owner,
        "team": summary.team,
        "production": summary.production,
        "artifact_store": summary.store,
        "store_state": summary.store_state,
        "secrets_manager": summary.manager,
        "components": [each._asdict() for each in summary.components],
        "worst": worst
        and {
            "id": worst.id,
            "level": worst.level,
            "about": worst.about,
            "words": worst.words,
            "action": worst.action,
        },
    }
