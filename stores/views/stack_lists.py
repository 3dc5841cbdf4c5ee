"""The list of stacks for programs."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from project.console import page
from stores.models import Stack, Store
from stores.stack_rules import worst_of

PER_PAGE = 20


@page
@require_safe
def as_json(request: HttpRequest) -> JsonResponse:
    """A page of the stacks that the person may see, by name, each with the worst that is known of
    it; `?page=2` for the next."""
    seen = Store.objects.visible_to(request.user).filter(pk=OuterRef("store"))
    stacks = Stack.objects.visible_to(request.user).annotate(store_seen=Exists(seen))
    shown = Paginator(
        stacks.select_related("owner", "team", "store", "secrets_manager").order_by("name", "pk"),
        PER_PAGE,
    ).get_page(request.GET.get("page"))
    worst = worst_of(shown.object_list, request.user)
    return JsonResponse(
        {
            "count": shown.paginator.count,
            "page": shown.number,
            "pages": shown.paginator.num_pages,
            "stacks": [_facts(stack, worst[stack.pk]) for stack in shown.object_list],
        }
    )


def _facts(stack: Any, worst: Any) -> dict[str, Any]:
    """What everyone who sees the stack may know of it."""
    return {
        "id": stack.pk,
        "name": stack.name,
        "owner": stack.owner and stack.owner.get_username(),
        "team": stack.team and stack.team.name,
        "production": stack.production,
        "artifact_store": stack.store.name,
        "store_state": stack.store.state if stack.store_seen else None,
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
