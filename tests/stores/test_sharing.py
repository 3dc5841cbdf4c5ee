"""Sharing with teams: what a plan says, that it is carried out as a whole, and taking it back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from project.access import Role, Team
from project.audit import AuditEntry
from stores import sharing
from stores.models import Component, Stack
from tests.support.pages import World, furnish

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(person: User) -> World:
    """Bea's things."""
    return furnish(person, "train")


@pytest.fixture
def team(person: User, stranger: User) -> Team:
    """Bea's team, with carl as an owner."""
    team = Team.objects.found("data-science", person)
    team.admit(stranger, Role.OWNER)
    return team


def roles(plan: sharing.Plan) -> list[tuple[str, str]]:
    return [(step.kind, step.role.word) for step in plan.steps]


def test_a_stack_is_shared_with_its_parts_and_their_secrets_to_be_used(
    world: World, team: Team, person: User
) -> None:
    plan = sharing.plan(world.stack, team, Role.EDITOR, person)

    assert roles(plan) == [
        ("stack", "Editor"),
        ("store", "Editor"),
        ("schedule", "Editor"),
        ("secret", "Operator"),
        ("secrets manager", "Editor"),
        ("orchestrator", "Editor"),
    ]


def test_a_plan_shares_nothing(world: World, team: Team, person: User, stranger: User) -> None:
    sharing.plan(world.stack, team, Role.OWNER, person)

    assert world.stack.role_of(stranger) is None


def test_a_plan_is_carried_out(world: World, team: Team, person: User, stranger: User) -> None:
    sharing.apply(sharing.plan(world.stack, team, Role.OWNER, person), person)

    assert world.stack.role_of(stranger) == Role.OWNER
    assert world.store.role_of(stranger) == Role.OWNER
    assert world.component.role_of(stranger) == Role.OWNER
    assert world.schedule.role_of(stranger) == Role.OWNER
    assert world.secret.role_of(stranger) == Role.OPERATOR


def test_a_secret_of_a_stack_that_is_seen_is_seen_and_not_used(
    world: World, team: Team, person: User, stranger: User
) -> None:
    sharing.apply(sharing.plan(world.stack, team, Role.VIEWER, person), person)

    assert world.secret.role_of(stranger) == Role.VIEWER


def test_a_secret_by_itself_may_be_shared_to_be_replaced(
    world: World, team: Team, person: User, stranger: User
) -> None:
    sharing.apply(sharing.plan(world.secret, team, Role.EDITOR, person), person)

    assert world.secret.role_of(stranger) == Role.EDITOR


def test_the_stack_alone(world: World, team: Team, person: User, stranger: User) -> None:
    sharing.apply(sharing.plan(world.stack, team, Role.EDITOR, person, parts=False), person)

    assert world.stack.role_of(stranger) == Role.EDITOR
    assert world.store.role_of(stranger) is None


def test_what_a_team_has_more_of_is_not_taken_by_sharing_a_stack(
    world: World, team: Team, person: User, stranger: User
) -> None:
    world.store.share(team, Role.OWNER)
    world.secret.share(team, Role.EDITOR)

    sharing.apply(sharing.plan(world.stack, team, Role.VIEWER, person), person)

    assert world.store.role_of(stranger) == Role.OWNER
    assert world.secret.role_of(stranger) == Role.EDITOR


def test_what_comes_with_the_installation_is_left_as_it_is(
    world: World, team: Team, person: User
) -> None:
    built_in = Component.objects.default_orchestrator()
    world.stack.components.set([built_in])

    plan = sharing.plan(world.stack, team, Role.OWNER, person)

    last = plan.steps[-1]
    assert (last.thing, last.why_not) == (
        built_in,
        "comes with the installation, for everyone",
    )
    assert not plan.obstacles


def test_with_a_part_of_somebody_elses_nothing_is_shared(
    world: World, team: Team, person: User, stranger: User, admin_user: User
) -> None:
    theirs = Component.objects.create(
        name="tracker", owner=admin_user, type="experiment_tracker", flavor="mlflow"
    )
    world.stack.components.add(theirs)
    plan = sharing.plan(world.stack, team, Role.OWNER, person)

    with pytest.raises(sharing.NotShared) as refusal:
        sharing.apply(plan, person)

    assert str(refusal.value) == (
        "Nothing was shared: tracker (experiment tracker, mlflow) is not yours to share: ask ada"
        " to share it."
    )
    assert world.stack.role_of(stranger) is None
    assert world.store.role_of(stranger) is None


def test_sharing_that_breaks_half_way_leaves_nothing(
    world: World,
    team: Team,
    person: User,
    stranger: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(Component, "share", refuse)

    with pytest.raises(RuntimeError):
        sharing.apply(sharing.plan(world.stack, team, Role.OWNER, person), person)

    assert world.stack.role_of(stranger) is None
    assert not AuditEntry.objects.filter(action="shared").exists()


def test_a_plan_has_another_mark_once_something_changed(
    world: World, team: Team, person: User
) -> None:
    before = sharing.plan(world.stack, team, Role.VIEWER, person).mark
    same = sharing.plan(world.stack, team, Role.VIEWER, person).mark
    other_role = sharing.plan(world.stack, team, Role.OPERATOR, person).mark
    world.stack.components.clear()
    other_parts = sharing.plan(world.stack, team, Role.VIEWER, person).mark

    assert before == same
    assert len({before, other_role, other_parts}) == 3


def test_what_belongs_to_the_team_is_not_shared_with_it(team: Team, person: User) -> None:
    thing = Component.objects.create(
        name="x", owner=person, team=team, type="alerter", flavor="slack"
    )

    with pytest.raises(sharing.NotShared) as refusal:
        sharing.plan(thing, team, Role.OWNER, person)

    assert "belongs to data-science already" in str(refusal.value)


def test_what_serves_everyone_is_not_shared(team: Team, admin_user: User) -> None:
    with pytest.raises(sharing.NotShared):
        sharing.plan(Component.objects.default_orchestrator(), team, Role.OWNER, admin_user)


def test_each_thing_and_the_team_have_their_line_in_the_audit(
    world: World, team: Team, person: User
) -> None:
    sharing.apply(sharing.plan(world.secret, team, Role.OPERATOR, person), person)
    sharing.unshare(world.secret, team, person)

    lines = AuditEntry.objects.filter(action__in=["shared", "unshared"]).order_by("pk")
    assert list(lines.values_list("actor_name", "action", "kind", "words")) == [
        ("bea", "shared", "secret", "with data-science as Operator"),
        ("bea", "shared", "team", "secret `train` as Operator"),
        ("bea", "unshared", "secret", "from data-science"),
        ("bea", "unshared", "team", "secret `train`"),
    ]


def test_a_stack_is_taken_back_with_its_parts(
    world: World, team: Team, person: User, stranger: User
) -> None:
    sharing.apply(sharing.plan(world.stack, team, Role.EDITOR, person), person)

    sharing.unshare(world.stack, team, person, parts=True)

    for thing in (world.stack, world.store, world.secret, world.component, world.schedule):
        assert thing.role_of(stranger) is None


def test_what_another_shared_stack_rests_on_stays(
    world: World, team: Team, person: User, stranger: User
) -> None:
    other = Stack.objects.create(name="eval", owner=person, store=world.store)
    sharing.apply(sharing.plan(world.stack, team, Role.EDITOR, person), person)
    sharing.apply(sharing.plan(other, team, Role.EDITOR, person), person)

    sharing.unshare(world.stack, team, person, parts=True)

    assert world.store.role_of(stranger) == Role.EDITOR
    assert world.secret.role_of(stranger) == Role.OPERATOR
    assert world.component.role_of(stranger) is None


def test_the_items_of_a_team_say_through_what(
    world: World, team: Team, person: User, stranger: User
) -> None:
    Component.objects.create(name="x", owner=person, team=team, type="alerter", flavor="slack")
    world.secret.share(team, Role.OPERATOR)

    found = [
        (item.kind, item.role.word, item.through, item.ability(Role.VIEWER))
        for item in sharing.items_of(team, stranger)
    ]

    assert found == [
        ("alerter", "Owner", "belongs to the team", "see its settings"),
        ("secret", "Operator", "shared by bea", "see its name, kind and state"),
    ]


def test_w21_the_items_of_a_team_are_nothing_to_others(
    world: World, team: Team, person: User
) -> None:
    world.secret.share(team, Role.OPERATOR)
    nobody = User.objects.create_user("nora", is_staff=True)

    assert sharing.items_of(team, nobody) == []
