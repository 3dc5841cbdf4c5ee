"""Invitations: one use, a few days, and a token that is kept nowhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from project.access import Invitation, Refused, Role, Team

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def team(person: User) -> Team:
    """Bea's team."""
    return Team.objects.found("data-science", person)


def test_an_invitation_makes_a_member(team: Team, person: User, stranger: User) -> None:
    _, token = Invitation.objects.issue(team, Role.OPERATOR, person)

    Invitation.objects.by_token(token).accept(stranger)

    assert team.role_of(stranger) == Role.OPERATOR


def test_w18_the_token_is_kept_nowhere(team: Team, person: User) -> None:
    made, token = Invitation.objects.issue(team, Role.OPERATOR, person)

    assert token not in str(Invitation.objects.filter(pk=made.pk).values().get())


def test_w18_a_link_works_once(team: Team, person: User, stranger: User) -> None:
    made, token = Invitation.objects.issue(team, Role.OPERATOR, person)
    made.accept(stranger)

    with pytest.raises(Refused):
        Invitation.objects.by_token(token)


def test_w18_of_two_who_follow_a_link_at_once_one_is_let_in(
    team: Team, person: User, stranger: User, admin_user: User
) -> None:
    _, token = Invitation.objects.issue(team, Role.OPERATOR, person)
    first, second = (Invitation.objects.by_token(token) for _ in range(2))
    first.accept(stranger)

    with pytest.raises(Refused):
        second.accept(admin_user)

    assert team.role_of(admin_user) is None


def test_w18_a_link_ends_after_seven_days(team: Team, person: User) -> None:
    made, token = Invitation.objects.issue(team, Role.OPERATOR, person)
    assert timedelta(days=6, hours=23) < made.expires_at - timezone.now() < timedelta(days=7)
    Invitation.objects.update(expires_at=timezone.now())

    with pytest.raises(Refused):
        Invitation.objects.by_token(token)


def test_w18_a_link_ends_between_its_opening_and_its_use(
    team: Team, person: User, stranger: User
) -> None:
    _, token = Invitation.objects.issue(team, Role.OPERATOR, person)
    opened = Invitation.objects.by_token(token)
    Invitation.objects.update(expires_at=timezone.now())

    with pytest.raises(Refused):
        opened.accept(stranger)

    assert team.role_of(stranger) is None


def test_w18_a_revoked_link_leads_nowhere(team: Team, person: User) -> None:
    made, token = Invitation.objects.issue(team, Role.OPERATOR, person)

    assert made.revoke() is True
    assert made.revoke() is False
    with pytest.raises(Refused):
        Invitation.objects.by_token(token)


def test_an_invitation_takes_nothing_from_a_member(team: Team, person: User) -> None:
    _, token = Invitation.objects.issue(team, Role.VIEWER, person)

    Invitation.objects.by_token(token).accept(person)

    assert team.role_of(person) == Role.OWNER


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "open"),
        ({"used_at": timezone.now()}, "used"),
        ({"revoked_at": timezone.now()}, "revoked"),
        ({"expires_at": timezone.now()}, "expired"),
    ],
)
def test_its_state_is_a_word(fields: dict, state: str, team: Team, person: User) -> None:
    made, _ = Invitation.objects.issue(team, Role.VIEWER, person)
    Invitation.objects.filter(pk=made.pk).update(**fields)
    made.refresh_from_db()

    assert made.state == state
