"""The page of one store."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from project.access import Role
from project.console import draw, find, page
from stores.models import Store


@page
@require_safe
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """The store: its state in a sentence, the last steps, what uses it, what happened."""
    store = find(Store.objects.select_related("owner"), request, pk)
    checks = store.checks.select_related("requested_by")[:20]
    return draw(
        request,
        "stores/store_overview.html",
        store.name,
        store=store,
        checks=checks,
        stacks=store.stacks.visible_to(request.user),
        secret=store.secret(),
        may_run=store.allows(request.user, Role.OPERATOR),
        may_edit=store.allows(request.user, Role.EDITOR),
    )
