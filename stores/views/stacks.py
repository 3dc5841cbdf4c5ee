"""The page of one stack."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from project.access import Role
from project.console import draw, find, page
from stores import stack_rules
from stores.models import ActiveStack, Stack


@page
@require_safe
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """The stack: what it joins, and what is wrong with it."""
    stacks = Stack.objects.select_related("store", "secrets_manager", "owner")
    stack = find(stacks, request, pk)
    unseen = [part for part in stack.parts() if not part.allows(request.user, Role.VIEWER)]
    found = stack_rules.findings(stack)
    names = {part.name for part in unseen} | {
        getattr(part, "authentication_secret", "") for part in unseen
    }
    return draw(
        request,
        "stores/stack_overview.html",
        stack.name,
        stack=stack,
        components=stack.components.all(),
        findings=[finding for finding in found if finding.about not in names],
        unseen=unseen,
        active=ActiveStack.objects.filter(user=request.user.pk, stack=stack).exists(),
        may_edit=stack.allows(request.user, Role.EDITOR),
    )


@page
@require_POST
def activate(request: Any, pk: int) -> HttpResponse:
    """Make it the stack that the person's commands work with."""
    stack = find(Stack.objects, request, pk)
    ActiveStack.objects.update_or_create(user=request.user, defaults={"stack": stack})
    messages.success(request, f"{stack} is your active stack now.")
    return redirect("stack_overview", pk=pk)
