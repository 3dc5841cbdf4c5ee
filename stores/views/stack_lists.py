"""The list of stacks for programs."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from project.access import Statement, kept_for_each_person
from project.console import page
from stores.models import Stack
from stores.stack_rules import PER_PAGE, Summary, summaries


@page
@require_safe
def as_json(request: HttpRequest) -> JsonResponse:
    """A page of the stacks that the person may see, by name, each with the worst that is known of
    it; `?page=2` for the next."""
    visible = [pk for (pk,) in _visible(request.user)]
    shown = Paginator(visible, PER_PAGE).get_page(request.GET.get("page"))
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


@kept_for_each_person
def _visible(user: Any) -> Statement:
    """The keys of the stacks that the person may see, by name."""
    visible = Stack.objects.visible_to(user).order_by("name", "pk")
    return visible.values("pk").query.sql_with_params()


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
        "components": [
            {"type": kind, "name": name, "flavor": flavor}
            for kind, name, flavor in summary.components
        ],
        "worst": worst
        and {
            "id": worst.id,
            "level": worst.level,
            "about": worst.about,
            "words": worst.words,
            "action": worst.action,
        },
    }
