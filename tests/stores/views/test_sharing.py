"""Who has access to a thing, and the dialog that shares it."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User

from project.access import Role, Team
from tests.support.pages import World, furnish, signed_in, words, words_of

pytestmark = pytest.mark.django_db

KINDS = ["store", "stack", "component", "secret", "secretsmanager", "schedule", "transfer"]


@pytest.fixture
def world(person: User) -> World:
    """Bea's things."""
    return furnish(person, "train")


@pytest.fixture
def team(person: User, stranger: User) -> Team:
    """Bea's team, with carl as an editor."""
    team = Team.objects.found("data-science", person)
    team.admit(stranger, Role.EDITOR)
    return team


def mark_in(reply: object) -> str:
    found = re.search(r'name="mark" value="(\w+)"', reply.content.decode())  # type: ignore[attr-defined]
    assert found
    return found[1]


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_says_whose_a_thing_is_and_what_one_may_do(
    kind: str, world: World, person: User
) -> None:
    said = words(signed_in(person), f"/access/{kind}/{world.things[kind].pk}/")

    assert "You are Owner here." in said
    assert "Not shared with any team." in said


@pytest.mark.parametrize("kind", KINDS)
def test_each_thing_leads_to_its_access(kind: str, world: World, person: User) -> None:
    pages = {
        "store": f"/stores/store/{world.things[kind].pk}/overview/",
        "stack": f"/stores/stack/{world.things[kind].pk}/overview/",
        "component": f"/stores/component/{world.things[kind].pk}/change/",
        "secret": f"/secrets/secret/{world.things[kind].pk}/overview/",
        "secretsmanager": f"/secrets_app/secretsmanager/{world.things[kind].pk}/change/",
        "schedule": f"/stores/schedule/{world.things[kind].pk}/change/",
        "transfer": f"/stores/transfer/{world.things[kind].pk}/",
    }

    page = signed_in(person).get(pages[kind]).content.decode()

    assert f'href="/access/{kind}/{world.things[kind].pk}/"' in page


def test_first_comes_a_plan_then_exactly_that(
    world: World, team: Team, person: User, stranger: User
) -> None:
    browser = signed_in(person)
    address = f"/access/stack/{world.stack.pk}/share/"
    choice = {"team": team.pk, "role": "2", "parts": "on"}

    shown = browser.post(address, choice)
    before = world.stack.role_of(stranger)
    done = browser.post(address, choice | {"mark": mark_in(shown)}, follow=True)

    assert "Secret train Operator use it, not see it, through stores that they may use" in (
        words_of(shown)
    )
    assert before is None
    assert world.stack.role_of(stranger) == Role.OPERATOR
    assert world.secret.role_of(stranger) == Role.OPERATOR
    assert "train is shared with data-science now. 6 things, in one step." in words_of(done)


def test_what_changed_meanwhile_is_shown_first(
    world: World, team: Team, person: User, stranger: User
) -> None:
    browser = signed_in(person)
    address = f"/access/stack/{world.stack.pk}/share/"
    choice = {"team": team.pk, "role": "2", "parts": "on"}
    mark = mark_in(browser.post(address, choice))
    world.stack.components.clear()

    again = browser.post(address, choice | {"mark": mark})

    assert "Something changed since you looked. Nothing was shared." in words_of(again)
    assert world.stack.role_of(stranger) is None


def test_a_plan_that_cannot_be_carried_out_offers_no_button(
    world: World, team: Team, person: User, admin_user: User
) -> None:
    world.component.owner = admin_user
    world.component.save()

    reply = signed_in(person).post(
        f"/access/stack/{world.stack.pk}/share/", {"team": team.pk, "role": "2", "parts": "on"}
    )

    assert "It is not yours to share: ask ada to share it." in words_of(reply)
    assert "sr-primary" not in reply.content.decode().partition("What will be shared")[2]


def test_w21_teams_that_one_is_not_in_are_no_choice(
    world: World, person: User, stranger: User
) -> None:
    other = Team.objects.found("secret-team", stranger)
    browser = signed_in(person)

    page = words(browser, f"/access/store/{world.store.pk}/")
    reply = browser.post(f"/access/store/{world.store.pk}/share/", {"team": other.pk, "role": "2"})

    assert "secret-team" not in page
    assert "Select a valid choice." in words_of(reply)
    assert world.store.shared_with() == {}


def test_w21_who_sees_a_thing_does_not_see_with_which_other_teams_it_is_shared(
    world: World, team: Team, person: User, stranger: User
) -> None:
    other = Team.objects.found("other-team", person)
    world.store.share(team, Role.VIEWER)
    world.store.share(other, Role.VIEWER)

    theirs = words(signed_in(stranger), f"/access/store/{world.store.pk}/")
    own = words(signed_in(person), f"/access/store/{world.store.pk}/")

    assert "data-science Viewer" in theirs
    assert "other-team" not in theirs
    assert "And with 1 more." in theirs
    assert "other-team Viewer" in own


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("address", ["", "share/", "unshare/{team}/"])
def test_w21_a_foreign_thing_has_no_access_page(
    address: str, kind: str, world: World, team: Team, stranger: User
) -> None:
    browser = signed_in(stranger)
    where = f"/access/{kind}/{world.things[kind].pk}/{address.format(team=team.pk)}"

    reply = browser.post(where, {"team": team.pk, "role": "4"}) if address else browser.get(where)

    assert reply.status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.EDITOR])
def test_only_owners_share(role: Role, world: World, team: Team, stranger: User) -> None:
    world.store.share(team, role)
    own = Team.objects.found("carls", stranger)

    reply = signed_in(stranger).post(
        f"/access/store/{world.store.pk}/share/", {"team": own.pk, "role": "4"}
    )

    assert reply.status_code == 403
    assert world.store.shared_with() == {team.pk: role}


def test_what_is_shared_can_be_taken_back(
    world: World, team: Team, person: User, stranger: User
) -> None:
    world.stack.share(team, Role.EDITOR)
    world.store.share(team, Role.EDITOR)

    reply = signed_in(person).post(
        f"/access/stack/{world.stack.pk}/unshare/{team.pk}/", {"parts": "1"}, follow=True
    )

    assert "not shared with data-science any more." in words_of(reply)
    assert world.stack.role_of(stranger) is None
    assert world.store.role_of(stranger) is None


def test_there_is_no_other_kind_of_thing(person: User) -> None:
    assert signed_in(person).get("/access/user/1/").status_code == 404


def test_w21_a_stack_whose_store_is_not_shared_is_not_exported(
    world: World, team: Team, stranger: User
) -> None:
    world.stack.share(team, Role.EDITOR)

    refused = signed_in(stranger).get(f"/stores/stack/{world.stack.pk}/export/?download")

    assert refused.status_code == 403
    assert world.store.path not in refused.content.decode()


def test_a_stack_whose_store_is_not_shared_shows_its_name_and_no_more(
    world: World, team: Team, stranger: User
) -> None:
    world.stack.share(team, Role.EDITOR)

    page = words(signed_in(stranger), f"/stores/stack/{world.stack.pk}/overview/")
    listed = words(signed_in(stranger), "/stores/stack/")

    assert "Artifact store train not shared with you azure – –" in page
    assert "Connect" not in page
    filtered = words(signed_in(stranger), "/stores/stack/?store__state__exact=failing")
    assert "so what is wrong with the stack is not shown. train – – bea" in listed
    assert "No stack matches these filters." in filtered
