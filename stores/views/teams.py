"""The pages of teams: who is in them, what is shared with them, what happened."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count, ProtectedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from project import audit
from project.access import LastOwner, Membership, Role, Team
from project.audit import AuditEntry
from project.console import draw, find, page
from project.refusals import NotAllowed
from stores import handing_over, team_stacks
from stores.forms import HeirForm, RoleForm, TeamForm
from stores.sharing import items_of

TABS = [
    ("team_page", "Members"),
    ("team_shared", "Shared items"),
    ("team_invitations", "Invitations"),
    ("team_activity", "Activity"),
    ("team_settings", "Settings"),
]
# How an action ends that the team's name follows in the audit: "invited to", "changed a role in".
LEADS_TO_THE_TEAM = re.compile(r" (to|in|from)$")


@page
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The teams that the person is in; for superusers all."""
    teams = Team.objects.visible_to(request.user).annotate(member_total=Count("memberships"))
    roles = dict(Membership.objects.filter(user=request.user.pk).values_list("team", "role"))
    rows = [
        (team, Role(roles[team.pk]).word if team.pk in roles else "not a member") for team in teams
    ]
    return draw(request, "stores/teams/list.html", "Teams", rows=rows)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Any) -> HttpResponse:
    """A new team, whose owner is who makes it."""
    form = TeamForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            with transaction.atomic():
                team = Team.objects.found(by=request.user, **form.cleaned_data)
                audit.record(request.user, "added", team)
            return redirect("team_page", pk=team.pk)
        except IntegrityError:
            form.add_error("name", "There is a team of this name already.")
    return draw(request, "stores/teams/add.html", "New team", form=form)


@page
@require_safe
def members(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is in the team."""
    team = find(Team.objects, request, pk)
    return draw_tab(
        request,
        team,
        "members",
        memberships=team.memberships.select_related("user"),
        roles=list(Role),
    )


@page
@require_safe
def shared(request: HttpRequest, pk: int) -> HttpResponse:
    """What belongs to the team or is shared with it, and what that lets the person do."""
    team = find(Team.objects, request, pk)
    held = _held(team, request.user)
    rows = [(item, item.ability(held)) for item in items_of(team, request.user)]
    return draw_tab(request, team, "shared", rows=rows)


@page
@require_safe
def activity(request: HttpRequest, pk: int) -> HttpResponse:
    """What happened in the team."""
    team = find(Team.objects, request, pk)
    entries = AuditEntry.objects.filter(kind="team", thing_id=str(team.pk))[:50]
    rows = [(entry, LEADS_TO_THE_TEAM.sub("", entry.action)) for entry in entries]
    return draw_tab(request, team, "activity", rows=rows)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Its name and what it is for; for owners to change."""
    team = owned(request, pk, "change the team") if request.method == "POST" else None
    team = team or find(Team.objects, request, pk)
    form = TeamForm(request.POST if request.method == "POST" else None, instance=team)
    if form.is_valid():
        with transaction.atomic():
            form.save()
            audit.record(request.user, "changed", team, ", ".join(form.changed_data))
        messages.success(request, "Saved.")
        return redirect("team_settings", pk=pk)
    team.refresh_from_db()
    return draw_tab(
        request,
        team,
        "settings",
        form=form,
        stacks=team_stacks.offered(team, request.user),
        default=team_stacks.default_of(team),
    )


@page
@require_POST
def set_default_stack(request: HttpRequest, pk: int) -> HttpResponse:
    """The stack that members work with who chose none; empty: none."""
    team = owned(request, pk, "choose the team's stack")
    chosen = request.POST.get("stack", "")
    offered = team_stacks.offered(team, request.user)
    stack = find(offered, request, chosen) if chosen else None
    team_stacks.choose(team, stack, request.user)
    messages.success(request, "Saved.")
    return redirect("team_settings", pk=pk)


@page
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a team that has nothing of its own; what was shared with it stays where it is."""
    team = owned(request, pk, "delete the team")
    try:
        with transaction.atomic():
            audit.record(request.user, "deleted", team)
            team.delete()
    except ProtectedError:
        messages.error(
            request,
            f"{team} still has things of its own. Move or delete these first.",
        )
        return redirect("team_settings", pk=pk)
    messages.success(request, f"Deleted {team}. What was shared with it stays with its owners.")
    return redirect("team_list")


@page
@require_safe
def member(request: HttpRequest, pk: int, user: int) -> HttpResponse:
    """What a member can do in the team, in words."""
    team = find(Team.objects, request, pk)
    membership = _membership(team, user)
    held = Role(membership.role)
    rows = [(item, item.ability(held)) for item in items_of(team, request.user)]
    return draw(
        request,
        "stores/teams/member.html",
        f"What {membership.user} can do",
        team=team,
        membership=membership,
        role=held,
        rows=rows,
    )


@page
@require_POST
def change_role(request: HttpRequest, pk: int, user: int) -> HttpResponse:
    """Give a member another role."""
    team = owned(request, pk, "change roles")
    membership = _membership(team, user)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "There is no such role.")
        return redirect("team_page", pk=pk)
    role = form.cleaned_data["role"]
    try:
        with transaction.atomic():
            team.admit(membership.user, role)
            words = f"{membership.user} is {role.word}, was {Role(membership.role).word}"
            audit.record(request.user, "changed a role in", team, words)
        messages.success(request, f"{membership.user} is {role.word} now.")
    except LastOwner as error:
        messages.error(request, str(error))
    return redirect("team_page", pk=pk)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, pk: int, user: int) -> HttpResponse:
    """Take a member out of the team, or leave it; what they hold there goes to somebody else."""
    if user == request.user.pk:
        team = find(Team.objects, request, pk)
    else:
        team = owned(request, pk, "remove members")
    membership = _membership(team, user)
    leaving = membership.user
    form = HeirForm(request.POST if request.method == "POST" else None, team=team, leaving=leaving)
    if request.method == "POST" and form.is_valid():
        try:
            heir = form.cleaned_data["heir"]
            held = handing_over.leave(team, leaving, by=request.user, heir=heir)
        except (LastOwner, handing_over.NotHandedOver) as error:
            messages.error(request, str(error))
            return redirect("remove_member", pk=pk, user=user)
        gone = f" {handing_over.counted(held)} went to {heir}." if held else ""
        messages.success(request, f"{leaving} is not in {team} any more.{gone}")
        return redirect("team_list") if leaving == request.user else redirect("team_page", pk=pk)
    held = handing_over.holdings(team, leaving)
    return draw(
        request,
        "stores/teams/remove.html",
        f"Leave {team}?" if leaving == request.user else f"Remove {leaving} from {team}?",
        team=team,
        leaving=leaving,
        held=[thing for thing in held if thing.allows(request.user, Role.VIEWER)],
        counted=handing_over.counted(held),
        kept=str(LastOwner(team, leaving)) if team.has_only_owner(leaving) else "",
        form=form,
    )


def draw_tab(request: HttpRequest, team: Team, tab: str, **context: Any) -> HttpResponse:
    """One tab of a team's page."""
    return draw(
        request,
        f"stores/teams/{tab}.html",
        team.name,
        team=team,
        tabs=TABS,
        role=_held(team, request.user),
        may_own=team.allows(request.user, Role.OWNER),
        owners=_owners(team),
        **context,
    )


def owned(request: HttpRequest, pk: int, what: str) -> Team:
    """The team, where the person is an owner. Raises `Http404` where they are no member, and
    `NotAllowed` with the owners' names where they are not an owner."""
    team: Team = find(Team.objects, request, pk)
    if not team.allows(request.user, Role.OWNER):
        raise NotAllowed(f"Only owners can {what}. Owners: {_owners(team)}.", what, team)
    return team


def _owners(team: Team) -> str:
    return ", ".join(str(each.user) for each in team.memberships.filter(role=Role.OWNER))


def _held(team: Team, user: Any) -> Role:
    """The role in the team; superusers have every role, member or not."""
    return Role.OWNER if user.is_superuser else team.role_of(user) or Role.VIEWER


def _membership(team: Team, user: int) -> Membership:
    membership: Membership = get_object_or_404(team.memberships.select_related("user"), user=user)
    return membership
