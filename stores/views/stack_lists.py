"""The list of stacks for programs."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from project.console import page
from stores.models import Stack
from stores.stack_rules import PER_PAGE, Summary, summaries


@page
@require_safe
def as_json(request: HttpRequest) -> JsonResponse:
    """A page of the stacks that the person may see, by name, each with the worst that is known of
    it; `?page=2` for the next."""
    shown = Paginator(_visible(request.user), PER_PAGE).get_page(request.GET.get("page"))
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


def _visible(user: Any) -> list[int]:
    """The keys of the stacks that the person may see, by name."""
    with connection.cursor() as cursor:
        cursor.execute(*_asking(user.pk, user.is_superuser))
        return [pk for (pk,) in cursor.fetchall()]


@lru_cache(maxsize=1000)
def _asking(person: int, superuser: bool) -> tuple[str, tuple[Any, ...]]:
    """The statement that finds them for this person, and its parameters: to put it together takes
    longer than to answer it."""
    visible = Stack.objects.visible_to(User(pk=person, is_superuser=superuser))
    return visible.order_by("name", "pk").values("pk").query.sql_with_params()


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
