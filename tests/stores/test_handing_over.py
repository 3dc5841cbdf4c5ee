"""Who gets what somebody held in a team when they leave it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from project.access import Invitation, LastOwner, Refused, Role, Team
from project.audit import AuditEntry
from stores.handing_over import NotHandedOver, counted, holdings, leave
from stores.models import Component, Schedule, Store
from tests.support.pages import make_secret

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(person: User, stranger: User) -> Team:
    """Bea's team, with carl as an editor."""
    team = Team.objects.found("data-science", person)
    team.admit(stranger, Role.EDITOR)
    return team


@pytest.fixture
def store(team: Team, stranger: User) -> Store:
    """Carl's store in the team, with a schedule."""
    store = Store.objects.create(
        name="folder", owner=stranger, team=team, flavor="local", path="/srv", sign_in="none"
    )
    Schedule.objects.create(store=store, owner=stranger, team=team)
    return store


def test_somebody_holds_what_they_own_in_the_team(
    team: Team, store: Store, stranger: User
) -> None:
    make_secret(stranger, "their own")

    held = holdings(team, stranger)

    assert counted(held) == "1 store, 1 schedule"


def test_several_of_a_kind_are_counted() -> None:
    things = [
        Component(type="alerter"),
        Component(type="alerter"),
        Store(),
        Store(),
    ]

    assert counted(things) == "2 alerters, 2 stores"


def test_what_they_hold_goes_to_the_heir(
    team: Team, store: Store, person: User, stranger: User
) -> None:
    leave(team, stranger, by=person, heir=person)

    store.refresh_from_db()
    assert store.owner == person
    assert store.schedules.get().owner == person
    assert store.role_of(stranger) is None
    assert team.role_of(stranger) is None


def test_without_an_heir_they_stay(team: Team, store: Store, person: User, stranger: User) -> None:
    with pytest.raises(NotHandedOver) as refusal:
        leave(team, stranger, by=person)

    assert str(refusal.value) == (
        "carl holds 1 store, 1 schedule in data-science. Say who gets that."
    )
    assert team.role_of(stranger) == Role.EDITOR


@pytest.mark.parametrize("heir", ["stranger", "admin_user"])
def test_the_heir_is_another_member(
    heir: str,
    team: Team,
    store: Store,
    person: User,
    stranger: User,
    request: pytest.FixtureRequest,
) -> None:
    with pytest.raises(NotHandedOver):
        leave(team, stranger, by=person, heir=request.getfixturevalue(heir))


def test_what_they_own_elsewhere_stays_theirs(team: Team, person: User, stranger: User) -> None:
    own = make_secret(stranger, "their own")
    own.share(team, Role.OPERATOR)

    leave(team, stranger, by=person)

    own.refresh_from_db()
    assert own.owner == stranger


def test_the_last_owner_stays_and_keeps_everything(team: Team, person: User) -> None:
    thing = Component.objects.create(
        name="x", owner=person, team=team, type="alerter", flavor="slack"
    )
    other = User.objects.get(username="carl")

    with pytest.raises(LastOwner):
        leave(team, person, by=person, heir=other)

    thing.refresh_from_db()
    assert thing.owner == person


def test_w18_links_that_they_made_lead_nowhere_any_more(
    team: Team, person: User, stranger: User
) -> None:
    team.admit(stranger, Role.OWNER)
    _, theirs = Invitation.objects.issue(team, Role.OWNER, stranger)
    _, mine = Invitation.objects.issue(team, Role.OWNER, person)

    leave(team, stranger, by=person)

    with pytest.raises(Refused):
        Invitation.objects.by_token(theirs)
    assert Invitation.objects.by_token(mine).team == team


def test_the_audit_has_a_line_for_each_thing_and_for_the_team(
    team: Team, store: Store, person: User, stranger: User
) -> None:
    leave(team, stranger, by=person, heir=person)

    lines = AuditEntry.objects.filter(actor_name="bea").order_by("pk")
    assert list(lines.values_list("action", "kind", "words")) == [
        ("handed over", "store", "from carl to bea"),
        ("handed over", "schedule", "from carl to bea"),
        ("removed a member from", "team", "carl; 1 store, 1 schedule to bea"),
    ]
