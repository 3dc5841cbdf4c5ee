"""Things that are shared with teams: with which role, and what that lets their members do."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from project.access import Owned, Role, Team
from stores.models import Component, ComponentShare
from tests.support.pages import World, furnish

pytestmark = [pytest.mark.django_db, pytest.mark.database]

KINDS = ["secret", "secretsmanager", "store", "component", "stack", "schedule", "transfer"]


@pytest.fixture
def team(admin_user: User, stranger: User) -> Team:
    """A team of which carl is an owner."""
    team = Team.objects.found("data-science", admin_user)
    team.admit(stranger, Role.OWNER)
    return team


@pytest.fixture
def world(person: User) -> World:
    """Bea's things, in no team."""
    return furnish(person)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", list(Role))
def test_a_shared_thing_gives_a_team_the_role_and_no_more(
    kind: str, role: Role, world: World, team: Team, stranger: User
) -> None:
    world.things[kind].share(team, role)

    assert world.things[kind].role_of(stranger) == role


@pytest.mark.parametrize("in_team", list(Role))
@pytest.mark.parametrize("shared_as", list(Role))
def test_what_a_member_may_do_is_the_lesser_of_both_roles(
    in_team: Role, shared_as: Role, world: World, team: Team, stranger: User
) -> None:
    world.store.share(team, shared_as)
    team.admit(stranger, in_team)

    assert world.store.role_of(stranger) == min(in_team, shared_as)


@pytest.mark.parametrize("role", list(Role))
def test_people_are_those_whom_a_shared_thing_allows(
    role: Role, world: World, team: Team, admin_user: User, person: User, stranger: User
) -> None:
    member = User.objects.create_user("mona", is_staff=True)
    User.objects.create_user("nobody", is_staff=True)
    team.admit(member, Role.VIEWER)
    world.store.share(team, Role.EDITOR)
    everybody = User.objects.order_by("pk")

    allowed = [each for each in everybody if world.store.allows(each, role)]

    assert list(world.store.people(role).order_by("pk")) == allowed


def test_who_is_in_two_teams_has_the_better_of_both(
    world: World, team: Team, admin_user: User, stranger: User
) -> None:
    other = Team.objects.found("platform", admin_user)
    other.admit(stranger, Role.VIEWER)
    world.store.share(team, Role.OPERATOR)
    world.store.share(other, Role.OWNER)

    assert world.store.role_of(stranger) == Role.OPERATOR
    assert world.store.shared_with() == {team.pk: Role.OPERATOR, other.pk: Role.OWNER}


def test_a_thing_is_listed_once_however_it_is_shared(
    person: User, team: Team, stranger: User
) -> None:
    other = Team.objects.found("platform", stranger)
    thing = Component.objects.create(
        name="ours", owner=stranger, team=team, type="alerter", flavor="slack"
    )
    thing.share(team, Role.OWNER)
    thing.share(other, Role.OWNER)

    assert list(Component.objects.visible_to(stranger)) == [thing]


def test_sharing_with_another_role_takes_the_place_of_the_first(
    world: World, team: Team, stranger: User
) -> None:
    world.store.share(team, Role.OWNER)
    world.store.share(team, Role.OPERATOR)

    assert world.store.role_of(stranger) == Role.OPERATOR
    assert world.store.shares.count() == 2


def test_what_is_shared_no_more_is_not_seen(world: World, team: Team, stranger: User) -> None:
    world.store.share(team, Role.EDITOR)

    assert world.store.unshare(team) is True
    assert world.store.role_of(stranger) is None
    assert world.store.unshare(team) is False


def test_shares_go_with_the_thing(world: World, person: User, team: Team) -> None:
    thing = Component.objects.create(name="x", owner=person, type="alerter", flavor="slack")
    thing.share(team, Role.OWNER)

    thing.delete()

    assert not ComponentShare.objects.exists()


def test_shares_go_with_the_team(world: World, team: Team) -> None:
    world.store.share(team, Role.OWNER)

    team.delete()

    assert not world.store.shares.exists()


def test_a_share_of_one_thing_is_none_of_another(
    world: World, person: User, team: Team, stranger: User
) -> None:
    Component.objects.create(name="not shared", owner=person, type="alerter", flavor="slack")
    world.component.share(team, Role.OWNER)

    assert list(Component.objects.visible_to(stranger)) == [world.component]


def test_a_list_asks_once_however_much_is_shared(person: User, team: Team, stranger: User) -> None:
    for number in range(5):
        thing: Owned = Component.objects.create(
            name=f"c{number}", owner=person, type="alerter", flavor="slack"
        )
        thing.share(team, Role.OWNER)

    with CaptureQueriesContext(connection) as queries:
        found = list(Component.objects.visible_to(stranger))

    assert len(found) == 5
    assert len(queries) == 1
