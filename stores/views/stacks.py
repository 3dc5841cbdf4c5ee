"""The page of one stack, and what is done from it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from project.access import Part, Role
from project.console import draw, find, page
from project.owned_form import NotSaved
from project.refusals import NotAllowed
from project.templatetags.storeroom import with_code
from stores import dispatch, stack_rules
from stores.forms import StackBuilderForm
from stores.forms.copying import copy_for_stack
from stores.models import ActiveStack, Component, DefaultStack, Stack, Store
from stores.stack_rules import Sketch
from stores.stack_rules.opening import label
from stores.stack_rules.whereabouts import NEED_THE_STORE, whereabouts
from stores.views import missing_secrets

STACKS = Stack.objects.select_related("store", "secrets_manager", "owner", "team")


@page
@require_safe
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """The stack: a verdict, what it joins, what is wrong with it, who can reach the store."""
    stack = find(STACKS, request, pk)
    user: Any = request.user
    state = _state(stack, user)
    may_edit = stack.allows(user, Role.EDITOR)
    copyable = _copyable(stack, user) if may_edit else []
    return draw(
        request,
        "stores/stack_overview.html",
        stack.name,
        **state,
        parts=_parts(stack, state["unseen"], copyable),
        active=ActiveStack.objects.filter(user=user.pk, stack=stack).exists(),
        active_elsewhere=ActiveStack.objects.filter(stack=stack).exclude(user=user.pk).count(),
        default_of=[
            default.team
            for default in DefaultStack.objects.filter(stack=stack).select_related("team")
            if default.team.allows(user, Role.VIEWER)
        ],
        may_edit=may_edit,
        why_no_check="" if state["may_check"] else _why_no_check(stack, user),
    )


@page
@require_safe
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that changes while a check goes on."""
    stack = find(STACKS, request, pk)
    return render(request, "stores/_stack_state.html", _state(stack, request.user))


@page
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a check of the store and of all secrets, and show the verdict as it comes."""
    start_check(request, find(STACKS, request, pk, Role.OPERATOR))
    return redirect("stack_overview", pk=pk)


def start_check(request: HttpRequest, stack: Stack) -> None:
    """Queue a check of the stack's store and of all secrets, or say why there is none. Raises
    `NotAllowed` for those who may not check the store."""
    if not stack.store.kind.opens:
        messages.warning(request, stack.store.kind.cannot_open)
        return
    if not stack.store.allows(request.user, Role.OPERATOR):
        raise NotAllowed(
            f"This needs a higher role on {stack.store}: {Role.OPERATOR.label}.",
            "check stack",
            stack,
        )
    try:
        dispatch.check_stack(stack, by=request.user)
    except dispatch.TooManyChecks as limit:
        messages.warning(request, str(limit))


@page
@require_POST
def activate(request: Any, pk: int) -> HttpResponse:
    """Make it the stack that the person's commands work with."""
    stack = find(Stack.objects, request, pk)
    ActiveStack.objects.update_or_create(user=request.user, defaults={"stack": stack})
    messages.success(request, f"{stack} is your active stack now.")
    return redirect("stack_overview", pk=pk)


@page
@require_POST
def copy_part(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a copy of one of its parts in the part's place, for this stack alone."""
    stack = find(STACKS, request, pk, Role.EDITOR)
    asked = request.POST.get("part")
    part = next((each for each in _copyable(stack, request.user) if label(each) == asked), None)
    if part is None:
        messages.warning(request, "Nothing was changed: this is offered no more.")
        return redirect("stack_overview", pk=pk)
    try:
        made = copy_for_stack(stack, part, request.user)
    except NotSaved as error:
        messages.error(request, with_code(f"{stack} was not changed. {error}"))
    else:
        messages.success(
            request, f"{stack} has {made.name} now, a copy of {part.name} for it alone."
        )
    return redirect("stack_overview", pk=pk)


@page
@require_POST
@never_cache
def read_form(request: HttpRequest) -> HttpResponse:
    """What the rules say of a stack's form as it is filled in now. Nothing is kept."""
    pk = request.GET.get("stack", "")
    stack = find(Stack.objects, request, pk, Role.EDITOR) if pk else None
    form = StackBuilderForm(request.POST, user=request.user, instance=stack)
    said = _said(form.sketch(), request.user)
    return render(
        request,
        "stores/_stack_meaning.html",
        said | {"problems": stack_rules.problems(said["findings"])},
    )


def _said(sketch: Sketch, user: Any) -> dict[str, Any]:
    """What the rules say of a stack to a person who may not see all that it joins."""
    (hidden,) = stack_rules.unseen([sketch], user)
    (facts,) = stack_rules.collect([sketch], user)
    findings = [stack_rules.not_shared(len(hidden))] if hidden else stack_rules.judge(facts)
    return {
        "unseen": hidden,
        "findings": findings,
        "matrix": [] if hidden else stack_rules.matrix(facts, findings),
        "operations": stack_rules.OPERATIONS,
        "check": None if hidden else facts.check,
        "opening": None if hidden else facts.opening,
    }


def _state(stack: Stack, user: Any) -> dict[str, Any]:
    """What is known of the stack at this moment, and what the person may do about it."""
    store = stack.store
    # The checks before the store: one that ends in between has left its result there.
    running = store.checks.open().filter(rehearsal=None).first()
    last = stack.checks.select_related("requested_by").first()
    store.refresh_from_db(fields=["state", "state_words", "checked_at"])
    stack_rules.load_parts([stack])
    said = _said(Sketch.of(stack), user)
    if said["unseen"]:
        running = last = None
    opening = said["opening"]
    at_work = [each for each in (running, last) if each and each.is_open]
    edits_store = store.allows(user, Role.EDITOR)
    edits_stack = stack.allows(user, Role.EDITOR)
    runs_store = store.allows(user, Role.OPERATOR)
    may = {
        "create-secret": missing_secrets.may_make(store, user),
        "use-secret": edits_store,
        "add-manager": edits_stack,
        "add-orchestrator": edits_stack,
        "check-store": runs_store,
    }
    return said | {
        "stack": stack,
        "verdict": stack_rules.verdict(said["findings"], at_work, opening.good if opening else 0),
        "running": running,
        "at_work": at_work,
        "last_opening": last,
        "check": running or said["check"],
        "may": {kind for kind, allowed in may.items() if allowed},
        "may_check": stack.allows(user, Role.OPERATOR) and runs_store and store.kind.opens,
        "others": Stack.objects.filter(store=store).exclude(pk=stack.pk).count(),
    }


def _why_no_check(stack: Stack, user: Any) -> str:
    """Which role the person lacks for a check of the whole stack; "" where nobody could check
    it."""
    if not stack.store.kind.opens:
        return ""
    lacking = stack if not stack.allows(user, Role.OPERATOR) else stack.store
    role = lacking.role_of(user)
    have = f"You are {role.word}." if role else "It is not shared with you."
    return f"This needs the {Role.OPERATOR.word} role on {lacking}. {have}"


def _copyable(stack: Stack, user: Any) -> list[Part]:
    """The parts that other stacks join as well, and that the person may copy for this one."""
    parts = [part for part in stack.parts() if not part.built_in]
    others = Stack.objects.exclude(pk=stack.pk)
    found: set[Part] = set()
    kinds: set[Any] = {type(part) for part in parts}
    for kind in kinds:
        joined = kind.objects.visible_to(user, Role.EDITOR).filter(stacks__in=others)
        found |= set(joined.filter(pk__in=[part.pk for part in parts if type(part) is kind]))
    return [part for part in parts if part in found]


def _parts(stack: Stack, unseen: list[Part], copyable: list[Part]) -> list[dict[str, Any]]:
    """What the stack joins, each with its address and with where it runs, and whether the person
    sees more of it than name and flavor, and may have it copied for this stack."""
    parts = []
    for part in stack.parts():
        kind = str(part._meta.verbose_name)
        view = f"admin:{part._meta.app_label}_{part._meta.model_name}_change"
        place = None
        if isinstance(part, Store):
            kind, view = "artifact store", "store_overview"
        elif isinstance(part, Component):
            kind = part.get_type_display()
            place = whereabouts(part) if part.type in NEED_THE_STORE else None
        seen = part not in unseen
        copied_as = label(part) if part in copyable else None
        parts.append(
            {
                "part": part,
                "kind": kind,
                "view": view,
                "place": place,
                "seen": seen,
                "copied_as": copied_as,
            }
        )
    return parts
