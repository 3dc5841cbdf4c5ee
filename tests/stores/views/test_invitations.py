"""W18: links into a team work once, for a while, for whom they are, and change no account."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.utils import timezone

from project.access import Invitation, Role, Team
from project.audit import AuditEntry
from tests.support.pages import signed_in, visitor, words, words_of

pytestmark = pytest.mark.django_db

PASSWORD = "a password of some length"
NEW = {"username": "dora", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def team(person: User) -> Team:
    """Bea's team."""
    return Team.objects.found("data-science", person)


@pytest.fixture
def link(team: Team, person: User) -> str:
    """A link into it, as an editor."""
    return f"/invitation/{Invitation.objects.issue(team, Role.EDITOR, person)[1]}/"


def test_an_owner_gets_a_link_to_copy_and_sees_it_once(team: Team, person: User) -> None:
    browser = signed_in(person)

    reply = browser.post(f"/teams/{team.pk}/invitations/", {"role": "2", "email": ""})

    found = re.search(r"http://testserver(/invitation/[\w-]{43}/)", reply.content.decode())
    assert found
    assert found[1] not in browser.get(f"/teams/{team.pk}/invitations/").content.decode()
    assert "Whoever has the link Operator Open" in words_of(reply)
    assert Invitation.objects.by_token(found[1].split("/")[2]).role == Role.OPERATOR


def test_without_mail_the_page_says_so(team: Team, person: User) -> None:
    reply = signed_in(person).post(
        f"/teams/{team.pk}/invitations/", {"role": "1", "email": "dora@example.com"}
    )

    assert "Mail could not be sent (EMAIL_URL is not set)." in words_of(reply)
    assert mail.outbox == []


def test_with_mail_the_link_goes_to_its_address_and_is_not_shown(
    team: Team, person: User, settings: Any
) -> None:
    settings.MAIL_IS_SENT = True

    reply = signed_in(person).post(
        f"/teams/{team.pk}/invitations/", {"role": "1", "email": "dora@example.com"}, follow=True
    )

    (sent,) = mail.outbox
    assert sent.to == ["dora@example.com"]
    assert sent.subject == "Join data-science in Storeroom"
    assert re.search(r"http://testserver/invitation/[\w-]{43}/", sent.body)
    assert "/invitation/" not in reply.content.decode()
    assert "The link was mailed to dora@example.com." in words_of(reply)


def test_a_mail_server_that_is_away_leaves_the_link_to_copy(
    team: Team, person: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL_IS_SENT = True

    def refuse(*_: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("stores.inviting.send_mail", refuse)

    reply = signed_in(person).post(
        f"/teams/{team.pk}/invitations/", {"role": "1", "email": "dora@example.com"}
    )

    assert "Mail could not be sent (the mail server refused it, or does not answer)." in (
        words_of(reply)
    )
    assert "/invitation/" in reply.content.decode()


def test_who_is_signed_in_is_asked_and_joins(link: str, team: Team, stranger: User) -> None:
    browser = signed_in(stranger)

    asked = words(browser, link)
    role_before = team.role_of(stranger)
    browser.post(link)

    assert "bea invites you to the team data-science as Editor:" in asked
    assert role_before is None
    assert team.role_of(stranger) == Role.EDITOR
    line = AuditEntry.objects.get(action="joined")
    assert (line.actor_name, line.words) == ("carl", "as Editor, by a link")


def test_somebody_without_an_account_makes_one_and_joins(link: str, team: Team) -> None:
    browser = visitor()

    reply = browser.post(link, NEW)

    dora = User.objects.get(username="dora")
    assert reply["Location"] == f"/teams/{team.pk}/"
    assert team.role_of(dora) == Role.EDITOR
    assert (dora.is_staff, dora.is_superuser, dora.user_permissions.count()) == (True, False, 0)
    assert not dora.groups.exists()
    assert dora.check_password(PASSWORD)
    assert browser.get(f"/teams/{team.pk}/").status_code == 200


def test_a_weak_password_makes_no_account(link: str) -> None:
    reply = visitor().post(link, NEW | {"password1": "12345678", "password2": "12345678"})

    assert "This password is too common." in words_of(reply)
    assert not User.objects.filter(username="dora").exists()
    assert Invitation.objects.open().exists()


def test_w18_a_link_changes_no_account_that_there_is(link: str, stranger: User) -> None:
    reply = visitor().post(link, NEW | {"username": "carl"})

    assert "A user with that username already exists." in words_of(reply)
    stranger.refresh_from_db()
    assert stranger.check_password("correct horse battery")
    assert Invitation.objects.open().exists()


@pytest.mark.parametrize("name", ["CARL", "Carl"])
def test_w18_nor_makes_one_that_looks_like_it(name: str, link: str, stranger: User) -> None:
    visitor().post(link, NEW | {"username": name})

    assert not User.objects.filter(username=name).exists()


def test_w18_who_is_signed_in_cannot_set_a_password_by_a_link(link: str, stranger: User) -> None:
    signed_in(stranger).post(link, NEW)

    stranger.refresh_from_db()
    assert stranger.check_password("correct horse battery")
    assert not User.objects.filter(username="dora").exists()


def test_w18_a_used_link_is_refused(link: str, team: Team, stranger: User) -> None:
    signed_in(stranger).post(link)
    browser = visitor()

    assert browser.get(link).status_code == 404
    assert browser.post(link, NEW).status_code == 404
    assert not User.objects.filter(username="dora").exists()


@pytest.mark.parametrize("end", ["expires_at", "revoked_at"])
@pytest.mark.parametrize("who", ["nobody", "stranger"])
def test_w18_a_link_that_ended_is_refused(
    who: str, end: str, link: str, team: Team, stranger: User
) -> None:
    Invitation.objects.update(**{end: timezone.now()})
    browser = visitor() if who == "nobody" else signed_in(stranger)

    reply = browser.get(link)

    assert reply.status_code == 404
    assert "This link leads nowhere" in reply.content.decode()
    assert browser.post(link, NEW).status_code == 404
    assert team.memberships.count() == 1


@pytest.mark.parametrize("token", ["x", "A" * 43, "é", "%00", "a.b"])
def test_w18_a_made_up_link_is_refused(token: str, link: str) -> None:
    assert visitor().get(f"/invitation/{token}/").status_code == 404


def test_w18_a_link_is_for_its_team_alone(link: str, team: Team, stranger: User) -> None:
    other = Team.objects.found("platform", User.objects.get(username="bea"))

    signed_in(stranger).post(link, {"team": other.pk, "role": "4"})

    assert other.role_of(stranger) is None
    assert team.role_of(stranger) == Role.EDITOR


@pytest.mark.parametrize("address", ["carl@example.com", ""])
def test_w18_a_link_for_an_address_is_for_nobody_else(
    address: str, team: Team, person: User, stranger: User
) -> None:
    User.objects.filter(pk=stranger.pk).update(email=address)
    _, token = Invitation.objects.issue(team, Role.OWNER, person, "dora@example.com")

    reply = signed_in(stranger).post(f"/invitation/{token}/")

    assert "This link is for dora@example.com, and you are signed in as carl" in words_of(reply)
    assert team.role_of(stranger) is None


def test_w18_an_account_made_by_a_link_has_its_address_and_no_other(
    team: Team, person: User
) -> None:
    _, token = Invitation.objects.issue(team, Role.VIEWER, person, "dora@example.com")

    visitor().post(f"/invitation/{token}/", NEW | {"email": "evil@example.com"})

    assert User.objects.get(username="dora").email == "dora@example.com"


def test_w19_an_account_made_by_a_link_gets_nothing_that_was_sent_along(link: str) -> None:
    visitor().post(
        link,
        NEW | {"is_superuser": "on", "is_active": "", "groups": "1", "user_permissions": "1"},
    )

    dora = User.objects.get(username="dora")
    assert (dora.is_superuser, dora.is_active, dora.groups.count()) == (False, True, 0)


def test_a_member_keeps_the_link_for_somebody_else(link: str, team: Team, person: User) -> None:
    reply = signed_in(person).post(link)

    assert reply["Location"] == f"/teams/{team.pk}/"
    assert Invitation.objects.open().exists()


def test_an_account_that_may_not_use_the_console_does_not_join(link: str, team: Team) -> None:
    outsider = User.objects.create_user("otto")

    reply = signed_in(outsider).post(link)

    assert reply.status_code == 403
    assert team.role_of(outsider) is None


def test_an_owner_revokes_a_link(link: str, team: Team, person: User) -> None:
    invitation = team.invitations.get()
    address = f"/teams/{team.pk}/invitations/{invitation.pk}/revoke/"

    signed_in(person).post(address)

    assert visitor().get(link).status_code == 404
    assert AuditEntry.objects.filter(action="revoked an invitation to").exists()


def test_w18_the_owner_of_another_team_revokes_nothing(
    link: str, team: Team, stranger: User
) -> None:
    other = Team.objects.found("platform", stranger)
    invitation = team.invitations.get()

    reply = signed_in(stranger).post(f"/teams/{other.pk}/invitations/{invitation.pk}/revoke/")

    assert reply.status_code == 404
    assert Invitation.objects.open().exists()


def test_a_links_page_is_kept_by_no_cache(link: str) -> None:
    assert "no-store" in visitor().get(link)["Cache-Control"]
