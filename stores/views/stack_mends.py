"""What Storeroom mends by itself, when somebody asks for it on a stack's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from project import audit
from project.access import Role
from project.console import find, page
from project.owned_form import complaints
from project.templatetags.storeroom import with_code
from secrets_app.models import Secret, SecretsManager
from stores import dispatch, stack_rules
from stores.forms import StoreForm
from stores.models import Component, Stack, Store
from stores.stack_rules import Mend
from stores.views import missing_secrets


@page
@require_POST
def mend(request: Any, pk: int) -> HttpResponse:
    """Mend what a finding says, in one of the ways that it offers. Only what the rules offer to
    this person at this moment is done."""
    stack = find(Stack.objects.select_related("store", "secrets_manager"), request, pk)
    asked = request.POST.get("finding"), request.POST.get("mend")
    offered = [
        mend
        for finding in stack_rules.findings(stack, request.user)
        for mend in finding.mends
        if asked == (finding.id, mend.slug)
    ]
    reply = None
    if offered:
        reply = MENDS[offered[0].kind](request, stack, offered[0])
    else:
        messages.warning(request, "Nothing was changed: this is mended, or offered no more.")
    return reply or redirect("stack_overview", pk=pk)


def _create_secret(request: Any, stack: Stack, mend: Mend) -> HttpResponse:
    """The form of a new secret, with all that the stack tells of it filled in."""
    return redirect(missing_secrets.form_for(stack.store, stack.secrets_manager_id))


def _use_secret(request: Any, stack: Stack, mend: Mend) -> None:
    """Let the store sign in with the secret, as if that had been typed into its form."""
    store = find(Store.objects, request, stack.store_id, Role.EDITOR, "use a secret in the store")
    secret = find(Secret.objects, request, mend.key, Role.EDITOR, "use the secret")
    typed = StoreForm(instance=store, user=request.user).shown()
    typed |= {"authentication_secret": secret.name, "sign_in": ""}
    form = StoreForm(typed, user=request.user, instance=store)
    if not form.is_valid():
        messages.error(request, with_code(f"{store} was not changed. {complaints(form)}"))
        return
    with transaction.atomic():
        form.save()
        audit.record(
            request.user, "changed", store, f"authentication_secret: {secret}, from stack {stack}"
        )
    messages.success(request, f"{store} signs in with {secret} now. Check it.")


def _add_manager(request: Any, stack: Stack, mend: Mend) -> None:
    stack = find(Stack.objects, request, stack.pk, Role.EDITOR, "add a secrets manager")
    stack.secrets_manager = find(SecretsManager.objects, request, mend.key, Role.OPERATOR)
    with transaction.atomic():
        stack.save(update_fields=["secrets_manager", "changed_at"])
        audit.record(request.user, "changed", stack, f"secrets_manager: {stack.secrets_manager}")
    messages.success(request, f"{stack} has the secrets manager {stack.secrets_manager} now.")


def _add_orchestrator(request: Any, stack: Stack, mend: Mend) -> None:
    stack = find(Stack.objects, request, stack.pk, Role.EDITOR, "add an orchestrator")
    with transaction.atomic():
        orchestrator = Component.objects.default_orchestrator()
        stack.components.add(orchestrator)
        audit.record(request.user, "changed", stack, f"orchestrator: {orchestrator.name}")
    messages.success(request, f"{stack} has the orchestrator {orchestrator.name} now.")


def _check_store(request: Any, stack: Stack, mend: Mend) -> None:
    store = find(
        Store.objects.openable(), request, stack.store_id, Role.OPERATOR, "check the store"
    )
    try:
        dispatch.check(store, by=request.user)
    except dispatch.TooManyChecks as limit:
        messages.warning(request, str(limit))


# What each does; one that needs more than a click answers with the page for the rest.
MENDS: dict[str, Callable[[Any, Stack, Mend], HttpResponse | None]] = {
    "create-secret": _create_secret,
    "use-secret": _use_secret,
    "add-manager": _add_manager,
    "add-orchestrator": _add_orchestrator,
    "check-store": _check_store,
}
