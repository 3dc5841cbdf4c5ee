"""Who has access to a thing, and the dialog that shares it with a team."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from project.access import Role, Team
from project.console import draw, find, page
from stores import sharing
from stores.forms import ShareForm


@page
@require_safe
def access(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Whose the thing is, which teams it is shared with, and what the person may do with it."""
    thing = _find(request, kind, pk)
    return _draw_access(request, kind, thing, ShareForm(user=request.user))


@page
@require_http_methods(["POST"])
def share(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """First the plan: what will be shared, and how. Then, once it was looked at, exactly that."""
    thing = _find(request, kind, pk, Role.OWNER)
    form = ShareForm(request.POST, user=request.user)
    if not form.is_valid():
        return _draw_access(request, kind, thing, form)
    team, role, parts = (form.cleaned_data[name] for name in ("team", "role", "parts"))
    try:
        plan = sharing.plan(thing, team, role, request.user, parts=parts)
        seen = request.POST.get("mark", "")
        if seen == plan.mark:
            done = sharing.apply(plan, request.user)
            messages.success(request, _done(thing, team, len(done)))
            return redirect("access", kind=kind, pk=pk)
    except sharing.NotShared as error:
        messages.error(request, str(error))
        return redirect("access", kind=kind, pk=pk)
    return draw(
        request,
        "stores/teams/share.html",
        f"Share {thing} with {team}",
        thing=thing,
        kind=kind,
        plan=plan,
        parts=parts,
        changed=bool(seen),
    )


@page
@require_POST
def unshare(request: HttpRequest, kind: str, pk: int, team: int) -> HttpResponse:
    """Share the thing with a team no more, and, where that is asked for, what it rests on."""
    thing = _find(request, kind, pk, Role.OWNER)
    other: Team = get_object_or_404(Team, pk=team, pk__in=thing.shared_with())
    taken = sharing.unshare(thing, other, request.user, parts=bool(request.POST.get("parts")))
    names = ", ".join(str(each) for each in taken)
    messages.success(request, f"{names}: not shared with {other} any more.")
    return redirect("access", kind=kind, pk=pk)


def _find(request: HttpRequest, kind: str, pk: int, role: Role = Role.VIEWER) -> Any:
    if kind not in sharing.KINDS:
        raise Http404
    model = sharing.KINDS[kind]
    return find(model._default_manager.select_related("owner"), request, pk, role)


def _draw_access(request: HttpRequest, kind: str, thing: Any, form: ShareForm) -> HttpResponse:
    user, abilities = request.user, sharing.ABILITIES[type(thing)]
    may_own = thing.allows(user, Role.OWNER)
    roles = thing.shared_with()
    teams = Team.objects.filter(pk__in=roles)
    seen = teams if may_own else teams & Team.objects.visible_to(user)
    held = thing.role_of(user) or Role.VIEWER
    return draw(
        request,
        "stores/teams/access.html",
        f"Access to {thing}",
        thing=thing,
        kind=kind,
        back=sharing.address_of(thing),
        held=held,
        abilities=[abilities[role] for role in Role if role <= held],
        shares=[(team, roles[team.pk], abilities[roles[team.pk]]) for team in seen],
        others=teams.count() - seen.count(),
        may_own=may_own and not thing.built_in,
        form=form,
        rests_on=bool(next(sharing.parts_of(thing), None)),
    )


def _done(thing: Any, team: Team, count: int) -> str:
    if not count:
        return f"Nothing to change: {team} has all of it already."
    more = f" {count} things, in one step." if count > 1 else ""
    return f"{thing} is shared with {team} now.{more}"
