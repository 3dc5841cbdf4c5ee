"""Teams: who is in them, what they may do with the team's things, and that an owner stays."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from project.access import LastOwner, Role, Team
from secrets_app.models import Secret
from stores.models import Component
from tests.support.pages import make_secret

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def team(person: User) -> Team:
    """Bea's team."""
    return Team.objects.found("data-science", person)


def component(name: str, owner: User, team: Team | None = None) -> Component:
    return Component.objects.create(
        name=name, owner=owner, team=team, type="orchestrator", flavor="local"
    )


def test_who_founds_a_team_owns_it(team: Team, person: User) -> None:
    assert team.role_of(person) == Role.OWNER
    assert team.created_by == person


def test_a_team_has_the_permissions_of_its_members_nowhere_else(team: Team, person: User) -> None:
    assert not person.groups.exists()


@pytest.mark.parametrize(
    ("held", "asked", "allowed"),
    [
        (Role.VIEWER, Role.VIEWER, True),
        (Role.VIEWER, Role.OPERATOR, False),
        (Role.OPERATOR, Role.OPERATOR, True),
        (Role.OPERATOR, Role.EDITOR, False),
        (Role.EDITOR, Role.EDITOR, True),
        (Role.EDITOR, Role.OWNER, False),
        (Role.OWNER, Role.OWNER, True),
    ],
)
def test_members_have_their_role_on_what_the_team_has(
    held: Role, asked: Role, allowed: bool, team: Team, person: User, stranger: User
) -> None:
    thing = component("ours", person, team)
    team.admit(stranger, held)

    assert thing.allows(stranger, asked) is allowed
    assert thing.people(asked).contains(stranger) is allowed


def test_members_have_nothing_on_what_others_of_the_team_own_alone(
    team: Team, person: User, stranger: User
) -> None:
    thing = component("bea's alone", person)
    team.admit(stranger, Role.OWNER)

    assert thing.role_of(stranger) is None


def test_who_leaves_has_nothing_any_more(team: Team, person: User, stranger: User) -> None:
    thing = component("ours", person, team)
    team.admit(stranger, Role.EDITOR)

    team.dismiss(stranger)

    assert thing.role_of(stranger) is None
    assert not Team.objects.visible_to(stranger).exists()


def test_the_only_owner_cannot_leave(team: Team, person: User, stranger: User) -> None:
    team.admit(stranger, Role.EDITOR)

    with pytest.raises(LastOwner) as refusal:
        team.dismiss(person)

    assert str(refusal.value) == (
        "bea is the only owner of data-science. Make someone else owner first."
    )
    assert team.role_of(person) == Role.OWNER


def test_the_only_owner_cannot_take_a_lesser_role(team: Team, person: User) -> None:
    with pytest.raises(LastOwner):
        team.admit(person, Role.EDITOR)

    assert team.role_of(person) == Role.OWNER


def test_one_of_two_owners_can_leave(team: Team, person: User, stranger: User) -> None:
    team.admit(stranger, Role.OWNER)

    team.dismiss(person)

    assert team.role_of(person) is None
    assert team.role_of(stranger) == Role.OWNER


def test_somebody_who_is_in_a_team_is_not_deleted(team: Team, person: User) -> None:
    with pytest.raises(ProtectedError):
        person.delete()


def test_a_member_has_one_role(team: Team, stranger: User) -> None:
    team.admit(stranger, Role.VIEWER)
    team.admit(stranger, Role.EDITOR)

    assert team.role_of(stranger) == Role.EDITOR
    assert team.memberships.filter(user=stranger).count() == 1


def test_the_database_knows_no_other_role(team: Team, stranger: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        team.memberships.create(user=stranger, role=5)


@pytest.mark.parametrize(
    ("role", "names"), [(Role.VIEWER, ["a", "b"]), (Role.EDITOR, ["b"]), (Role.OWNER, [])]
)
def test_a_person_sees_their_teams_by_role(
    role: Role, names: list[str], person: User, stranger: User
) -> None:
    Team.objects.found("a", person).admit(stranger, Role.VIEWER)
    Team.objects.found("b", person).admit(stranger, Role.EDITOR)
    Team.objects.found("c", person)

    assert [str(team) for team in Team.objects.visible_to(stranger, role)] == names


def test_a_team_with_things_is_not_deleted(team: Team, person: User) -> None:
    component("ours", person, team)

    with pytest.raises(ProtectedError):
        team.delete()


def test_in_a_team_things_find_a_secret_whoever_of_them_made_it(
    team: Team, person: User, stranger: User
) -> None:
    secret = make_secret(stranger, "az_secret")
    secret.team = team
    secret.save()
    make_secret(person, "az_secret")
    thing = component("ours", person, team)

    assert list(Secret.objects.beside(thing)) == [secret]


def test_outside_of_teams_things_find_their_owners_secrets_alone(
    team: Team, person: User, stranger: User
) -> None:
    mine = make_secret(person, "az_secret")
    make_secret(stranger, "az_secret")
    shared = make_secret(person, "team_secret")
    shared.team = team
    shared.save()

    assert list(Secret.objects.beside(component("bea's", person))) == [mine]
