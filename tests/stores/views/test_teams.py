"""The pages of teams."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from project.access import Role, Team
from project.audit import AuditEntry
from stores.models import Component, DefaultStack, Stack
from tests.support.pages import World, furnish, signed_in, words, words_of

pytestmark = pytest.mark.django_db

TABS = ["", "shared/", "invitations/", "activity/", "settings/"]


@pytest.fixture
def team(person: User) -> Team:
    """Bea's team."""
    return Team.objects.found("data-science", person, "Models and what they eat")


@pytest.fixture
def world(person: User) -> World:
    """Bea's things."""
    return furnish(person, "train")


def test_somebody_new_is_in_no_team(person: User) -> None:
    assert "You are in no team yet." in words(signed_in(person), "/teams/")


def test_the_list_has_ones_own_teams_alone(team: Team, person: User, stranger: User) -> None:
    Team.objects.found("carls-own", stranger)

    said = words(signed_in(person), "/teams/")

    assert "data-science Owner 1 Models and what they eat" in said
    assert "carls-own" not in said


def test_everybody_may_make_a_team_and_owns_it(person: User) -> None:
    reply = signed_in(person).post("/teams/add/", {"name": "ml", "description": "We"})

    team = Team.objects.get(name="ml")
    assert reply["Location"] == f"/teams/{team.pk}/"
    assert team.role_of(person) == Role.OWNER


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "This field is required."),
        ("data-science", "There is a team of this name already."),
        ("a/b", "A name has no slash"),
    ],
)
def test_a_team_needs_a_name_of_its_own(name: str, said: str, team: Team, person: User) -> None:
    reply = signed_in(person).post("/teams/add/", {"name": name})

    assert said in words_of(reply)


@pytest.mark.parametrize("tab", TABS)
def test_w21_every_tab_is_nothing_to_others(tab: str, team: Team, stranger: User) -> None:
    assert signed_in(stranger).get(f"/teams/{team.pk}/{tab}").status_code == 404


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("role", list(Role))
def test_every_tab_is_there_for_every_member(
    role: Role, tab: str, team: Team, stranger: User
) -> None:
    team.admit(stranger, role)

    said = words(signed_in(stranger), f"/teams/{team.pk}/{tab}")

    assert f"You are {role.word}." in said


def test_a_team_of_one_is_told_what_a_team_is_for(team: Team, person: User) -> None:
    said = words(signed_in(person), f"/teams/{team.pk}/")

    assert "they can use the team's secrets without seeing them. Invite" in said


def test_members_who_are_no_owners_hear_who_is(team: Team, stranger: User) -> None:
    team.admit(stranger, Role.EDITOR)

    said = words(signed_in(stranger), f"/teams/{team.pk}/")

    assert "Only owners can change roles. Owners: bea." in said


def test_each_role_is_explained_below_the_members(team: Team, person: User) -> None:
    page = words(signed_in(person), f"/teams/{team.pk}/")

    assert (
        "What the roles allow Viewer sees settings, state and history Operator also runs checks"
        " and transfers Editor also changes it, and uses its secrets without seeing them Owner"
        " also shares and deletes it"
    ) in page


def test_an_owner_changes_a_role(team: Team, person: User, stranger: User) -> None:
    team.admit(stranger, Role.VIEWER)

    signed_in(person).post(f"/teams/{team.pk}/members/{stranger.pk}/role/", {"role": "3"})

    assert team.role_of(stranger) == Role.EDITOR
    line = AuditEntry.objects.get(action="changed a role in")
    assert (line.actor_name, line.words) == ("bea", "carl is Editor, was Viewer")


@pytest.mark.parametrize("role", ["0", "5", "", "owner"])
def test_there_is_no_other_role(role: str, team: Team, person: User, stranger: User) -> None:
    team.admit(stranger, Role.VIEWER)

    signed_in(person).post(f"/teams/{team.pk}/members/{stranger.pk}/role/", {"role": role})

    assert team.role_of(stranger) == Role.VIEWER


def test_the_last_owner_stays_one(team: Team, person: User) -> None:
    reply = signed_in(person).post(
        f"/teams/{team.pk}/members/{person.pk}/role/", {"role": "1"}, follow=True
    )

    assert "bea is the only owner of data-science. Make someone else owner first." in (
        words_of(reply)
    )
    assert team.role_of(person) == Role.OWNER


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("members/{person}/role/", {"role": "1"}),
        ("members/{person}/remove/", {}),
        ("invitations/", {"role": "4"}),
        ("settings/", {"name": "mine"}),
        ("default-stack/", {"stack": ""}),
        ("delete/", {}),
    ],
)
def test_an_editor_changes_nothing_of_a_team(
    address: str, data: dict[str, str], team: Team, person: User, stranger: User
) -> None:
    team.admit(stranger, Role.EDITOR)

    reply = signed_in(stranger).post(f"/teams/{team.pk}/{address.format(person=person.pk)}", data)

    assert reply.status_code == 403
    assert "Owners: bea." in reply.content.decode()
    assert AuditEntry.objects.filter(actor=stranger, action="refused", kind="team").exists()
    assert Team.objects.get(name="data-science").role_of(person) == Role.OWNER
    assert not team.invitations.exists()


def test_what_somebody_can_do_is_said_in_words(
    team: Team, world: World, person: User, stranger: User
) -> None:
    team.admit(stranger, Role.OPERATOR)
    world.secret.share(team, Role.EDITOR)
    world.stack.share(team, Role.VIEWER)

    said = words(signed_in(person), f"/teams/{team.pk}/members/{stranger.pk}/")

    assert "carl is Operator in data-science." in said
    assert (
        "Secret train use it, not see it, through stores that they may use Editor: shared by bea"
        in said
    )
    assert "Stack train see its settings, state and history Viewer: shared by bea" in said


def test_shared_items_say_what_oneself_can_do(team: Team, world: World, stranger: User) -> None:
    team.admit(stranger, Role.VIEWER)
    world.secret.share(team, Role.EDITOR)

    said = words(signed_in(stranger), f"/teams/{team.pk}/shared/")

    assert "Secret train see its name, kind and state Editor: shared by bea" in said


def test_what_belongs_to_the_team_is_said_to_come_through_no_role(
    team: Team, person: User, stranger: User
) -> None:
    team.admit(stranger, Role.EDITOR)
    Component.objects.create(name="x", owner=person, team=team, type="alerter", flavor="slack")

    said = words(signed_in(person), f"/teams/{team.pk}/members/{stranger.pk}/")

    assert "Alerter x change it Belongs to the team" in said


def test_the_only_owner_is_told_so_before_choosing_an_heir(team: Team, person: User) -> None:
    page = words(signed_in(person), f"/teams/{team.pk}/members/{person.pk}/remove/")

    assert "bea is the only owner of data-science. Make someone else owner first." in page
    assert "Hand over to" not in page


def test_removing_somebody_says_what_they_hold_and_hands_it_over(
    team: Team, person: User, stranger: User
) -> None:
    team.admit(stranger, Role.EDITOR)
    thing = Component.objects.create(
        name="x", owner=stranger, team=team, type="alerter", flavor="slack"
    )
    browser = signed_in(person)
    address = f"/teams/{team.pk}/members/{stranger.pk}/remove/"

    said = words(browser, address)
    without = words_of(browser.post(address, {}, follow=True))
    done = words_of(browser.post(address, {"heir": person.pk}, follow=True))

    assert "carl holds 1 alerter in data-science." in said
    assert "carl holds 1 alerter in data-science. Say who gets that." in without
    assert "carl is not in data-science any more. 1 alerter went to bea." in done
    thing.refresh_from_db()
    assert thing.owner == person
    assert team.role_of(stranger) is None


def test_who_leaves_is_spoken_to_as_you(team: Team, person: User, stranger: User) -> None:
    team.admit(stranger, Role.VIEWER)
    address = f"/teams/{team.pk}/members/{stranger.pk}/remove/"

    own = words(signed_in(stranger), address)
    owners = words(signed_in(person), address)

    assert "Leave data-science?" in own
    assert "You hold nothing of the team: there is nothing to hand over." in own
    assert "Remove carl from data-science?" in owners
    assert "carl holds nothing of the team: there is nothing to hand over." in owners


def test_a_member_may_leave(team: Team, stranger: User) -> None:
    team.admit(stranger, Role.VIEWER)

    reply = signed_in(stranger).post(f"/teams/{team.pk}/members/{stranger.pk}/remove/")

    assert reply["Location"] == "/teams/"
    assert team.role_of(stranger) is None


def test_an_heir_is_a_member_of_the_team(
    team: Team, person: User, stranger: User, admin_user: User
) -> None:
    team.admit(stranger, Role.EDITOR)
    Component.objects.create(name="x", owner=stranger, team=team, type="alerter", flavor="slack")

    signed_in(person).post(
        f"/teams/{team.pk}/members/{stranger.pk}/remove/", {"heir": admin_user.pk}
    )

    assert team.role_of(stranger) == Role.EDITOR


def test_an_owner_renames_the_team(team: Team, person: User) -> None:
    signed_in(person).post(f"/teams/{team.pk}/settings/", {"name": "research"})

    team.refresh_from_db()
    assert team.name == "research"


def test_a_refused_name_changes_nothing_on_the_page(team: Team, person: User) -> None:
    said = words_of(signed_in(person).post(f"/teams/{team.pk}/settings/", {"name": "a/b"}))

    assert "A name has no slash" in said
    assert Team.objects.get(pk=team.pk).name == "data-science"


def test_an_owner_chooses_the_teams_stack(
    team: Team, world: World, person: User, stranger: User
) -> None:
    world.stack.share(team, Role.OPERATOR)
    team.admit(stranger, Role.VIEWER)
    browser = signed_in(person)

    browser.post(f"/teams/{team.pk}/default-stack/", {"stack": world.stack.pk})
    chosen = Stack.objects.active_of(stranger)
    browser.post(f"/teams/{team.pk}/default-stack/", {"stack": ""})

    assert chosen == world.stack
    assert Stack.objects.active_of(stranger) is None


def test_w21_a_stack_that_the_team_has_not_is_no_choice(
    team: Team, world: World, person: User
) -> None:
    reply = signed_in(person).post(f"/teams/{team.pk}/default-stack/", {"stack": world.stack.pk})

    assert reply.status_code == 404
    assert not DefaultStack.objects.exists()


def test_a_team_with_things_of_its_own_stays(team: Team, person: User) -> None:
    Component.objects.create(name="x", owner=person, team=team, type="alerter", flavor="slack")

    said = words_of(signed_in(person).post(f"/teams/{team.pk}/delete/", follow=True))

    assert "data-science still has things of its own. Move or delete these first." in said


def test_a_deleted_team_leaves_what_was_shared_with_its_owner(
    team: Team, world: World, person: User
) -> None:
    world.store.share(team, Role.EDITOR)

    signed_in(person).post(f"/teams/{team.pk}/delete/")

    assert not Team.objects.exists()
    assert world.store.shared_with() == {}


def test_what_happened_is_told_to_members(team: Team, person: User, stranger: User) -> None:
    team.admit(stranger, Role.VIEWER)
    signed_in(person).post(f"/teams/{team.pk}/members/{stranger.pk}/role/", {"role": "2"})

    said = words(signed_in(stranger), f"/teams/{team.pk}/activity/")

    assert "bea Changed a role carl is Operator, was Viewer" in said


def test_teams_stand_in_the_navigation_of_everybody(person: User) -> None:
    assert 'href="/teams/"' in signed_in(person).get("/").content.decode()
