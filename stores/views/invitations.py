"""Invitations: who was invited to a team, and the page that a link leads to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from project import audit
from project.access import Invitation, Refused, Role, Team
from project.console import find, page
from project.refusals import NotAllowed
from stores.forms import InviteForm, NewAccountForm
from stores.inviting import invite
from stores.views.teams import draw_tab, owned

# Who makes an account by a link signs in with its password from then on.
BACKEND = "django.contrib.auth.backends.ModelBackend"


@page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest, pk: int) -> HttpResponse:
    """The team's invitations; for its owners a form for one more. The link of a new one is shown
    this once, unless it was mailed."""
    team = find(Team.objects, request, pk)
    may_own = team.allows(request.user, Role.OWNER)
    if request.method == "POST":
        owned(request, pk, "invite people")
    form = InviteForm(request.POST if request.method == "POST" else None)
    link = why_not_mailed = ""
    if form.is_valid():
        role, email = form.cleaned_data["role"], form.cleaned_data["email"]
        link, why_not_mailed = invite(team, role, request.user, email, request.build_absolute_uri)
        if not why_not_mailed:
            messages.success(request, f"The link was mailed to {email}.")
            return redirect("team_invitations", pk=pk)
        form = InviteForm()
    invitations = team.invitations.select_related("created_by", "used_by") if may_own else []
    return draw_tab(
        request,
        team,
        "invitations",
        invitations=[(each, Role(each.role).word) for each in invitations[:50]],
        form=form,
        link=link,
        why_not_mailed=why_not_mailed,
    )


@page
@require_POST
def revoke(request: HttpRequest, pk: int, invitation: int) -> HttpResponse:
    """Let a link lead nowhere."""
    team = owned(request, pk, "revoke invitations")
    found: Invitation = get_object_or_404(team.invitations, pk=invitation)
    with transaction.atomic():
        if found.revoke():
            audit.record(request.user, "revoked an invitation to", team, found.email)
            messages.success(request, "The link leads nowhere any more.")
        else:
            messages.warning(request, f"It is {found.state} already.")
    return redirect("team_invitations", pk=pk)


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: Any, token: str) -> HttpResponse:
    """Join a team by a link: as who is signed in, or with a new account. No account that there is
    already is changed, but that its owner joins."""
    try:
        invitation = Invitation.objects.by_token(token)
        if request.user.is_authenticated:
            return _join(request, invitation)
        return _sign_up(request, invitation)
    except Refused:
        return render(request, "stores/teams/no_invitation.html", status=404)


def _join(request: Any, invitation: Invitation) -> HttpResponse:
    """Let who is signed in join. Raises `Refused`."""
    person, team = request.user, invitation.team
    if not person.is_active or not person.is_staff:
        raise NotAllowed("This account may not use the console.", "join", team)
    if invitation.email and invitation.email.lower() != person.email.lower():
        return _draw(request, invitation, other_address=True)
    if (team.role_of(person) or 0) >= invitation.role:
        messages.info(request, f"You are in {team} already.")
        return redirect("team_page", pk=team.pk)
    if request.method != "POST":
        return _draw(request, invitation)
    with transaction.atomic():
        invitation.accept(person)
        audit.record(person, "joined", team, f"as {Role(invitation.role).word}, by a link")
    return redirect("team_page", pk=team.pk)


def _sign_up(request: Any, invitation: Invitation) -> HttpResponse:
    """Let somebody make an account and join. Raises `Refused`."""
    form = NewAccountForm(
        request.POST if request.method == "POST" else None, email=invitation.email
    )
    if request.method != "POST" or not form.is_valid():
        return _draw(request, invitation, form=form)
    with transaction.atomic():
        person = form.save()
        invitation.accept(person)
        audit.record(person, "added", person, f"by an invitation to {invitation.team}")
        words = f"as {Role(invitation.role).word}, by a link, with a new account"
        audit.record(person, "joined", invitation.team, words)
    login(request, person, backend=BACKEND)
    return redirect("team_page", pk=invitation.team_id)


def _draw(request: Any, invitation: Invitation, **context: Any) -> HttpResponse:
    return render(
        request,
        "stores/teams/invitation.html",
        {
            "invitation": invitation,
            "role": Role(invitation.role).label,
            "sign_in": f"{reverse('admin:login')}?next={request.path}",
            **context,
        },
    )
