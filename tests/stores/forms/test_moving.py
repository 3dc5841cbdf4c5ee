"""W22: what happens when a thing goes to another team; W19: what nobody may send along."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from project.access import Role, Team
from project.owned_form import OwnedForm
from secrets_app.forms import SecretsManagerForm
from secrets_app.models import Secret, SecretsManager
from stores.forms import (
    ComponentForm,
    ScheduleForm,
    StackForm,
    StoreForm,
    TransferForm,
    UsedSecretForm,
)
from stores.models import Component, Schedule, Stack, Store
from tests.support.pages import World, furnish, make_secret, signed_in

pytestmark = pytest.mark.django_db

FORMS = [
    ComponentForm,
    ScheduleForm,
    StackForm,
    StoreForm,
    TransferForm,
    UsedSecretForm,
    SecretsManagerForm,
]


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


def store_form(user: User, store: Store | None = None, **typed: Any) -> StoreForm:
    data = {
        "flavor": "azure",
        "path": "az://artifacts/runs",
        "authentication_secret": "train",
        "name": "train",
        **typed,
    }
    return StoreForm(data, user=user, instance=store)


def teams_offered(form: OwnedForm) -> list[str]:
    return [str(team) for team in form.fields["team"].queryset.order_by("name")]  # type: ignore[attr-defined]


def test_a_form_offers_the_teams_in_which_one_is_editor_or_more(
    person: User, stranger: User
) -> None:
    for name, role in (("a", Role.VIEWER), ("b", Role.OPERATOR), ("c", Role.EDITOR)):
        Team.objects.found(name, stranger).admit(person, role)
    Team.objects.found("d", person)
    Team.objects.found("e", stranger)

    assert teams_offered(store_form(person)) == ["c", "d"]


def test_who_is_in_no_team_is_offered_no_choice(person: User) -> None:
    field = store_form(person).fields["team"]

    assert field.widget.is_hidden
    assert field.disabled


def test_a_new_thing_goes_into_a_team(team: Team, stranger: User) -> None:
    data = {"type": "alerter", "name": "x", "flavor": "slack", "configuration": "{}"}
    form = ComponentForm({**data, "team": team.pk}, user=stranger)

    assert form.is_valid(), form.errors
    saved = form.save()
    assert (saved.owner, saved.team_id) == (stranger, team.pk)


def test_w22_a_team_of_others_is_no_choice(team: Team, person: User) -> None:
    other = Team.objects.found("others", User.objects.create_user("otto"))

    form = store_form(person, team=other.pk)

    assert form.errors["team"][0].startswith("Select a valid choice.")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_w22_nobody_below_editor_puts_something_into_a_team(
    role: Role, team: Team, stranger: User
) -> None:
    team.admit(stranger, role)

    assert "team" not in store_form(stranger, team=team.pk).changed_data


def test_w22_an_editor_does_not_take_a_thing_out_of_its_team(
    team: Team, world: World, stranger: User
) -> None:
    Store.objects.filter(pk=world.store.pk).update(team=team)
    own = Team.objects.found("carls", stranger)
    store = Store.objects.get(pk=world.store.pk)

    for wanted in (own.pk, ""):
        form = store_form(stranger, store, team=wanted, authentication_secret="", description="x")
        assert form.is_valid(), form.errors
        assert form.save().team_id == team.pk


def test_w22_a_moved_store_drops_a_private_secret(team: Team, world: World, person: User) -> None:
    form = store_form(person, world.store, team=team.pk)

    assert form.is_valid(), form.errors
    form.save()

    store = Store.objects.get(pk=world.store.pk)
    assert store.team_id == team.pk
    assert store.secret() is None
    assert list(Store.objects.naming(world.secret)) == []


def test_w22_who_is_no_editor_in_a_team_moves_nothing_there(
    team: Team, world: World, person: User, stranger: User
) -> None:
    team.admit(stranger, Role.OWNER)
    team.admit(person, Role.OPERATOR)

    form = store_form(person, world.store, team=team.pk)

    assert form.is_valid(), form.errors
    assert form.save().team is None


def test_w22_a_store_moves_to_a_secret_of_the_team_that_one_may_change(
    team: Team, world: World, person: User
) -> None:
    theirs = make_secret(User.objects.get(username="carl"), "train")
    Secret.objects.filter(pk=theirs.pk).update(team=team)

    form = store_form(person, world.store, team=team.pk)

    assert form.is_valid(), form.errors
    assert form.save().secret() == theirs


def test_the_schedules_go_with_their_store(team: Team, world: World, person: User) -> None:
    form = store_form(person, world.store, team=team.pk)
    form.save()

    assert Schedule.objects.get(store=world.store).team_id == team.pk


def test_w22_a_secret_in_use_stays_where_it_is(team: Team, world: World, person: User) -> None:
    data = {"name": "train", "schema": "azure", "manager": world.secret.manager_id}
    form = UsedSecretForm({**data, "team": team.pk}, user=person, instance=world.secret)

    assert form.errors["team"] == [
        "It stays where it is while something uses it: train. They would not find it elsewhere."
    ]


def test_a_secret_that_nothing_uses_moves(team: Team, person: User) -> None:
    secret = make_secret(person, "spare")
    data = {"name": "spare", "schema": "azure", "manager": secret.manager_id}
    form = UsedSecretForm({**data, "team": team.pk}, user=person, instance=secret)

    assert form.is_valid(), form.errors
    assert form.save().team_id == team.pk


def test_a_manager_that_keeps_secrets_stays_where_it_is(team: Team, person: User) -> None:
    manager = SecretsManager.objects.create(name="own", owner=person, flavor="local")
    Secret.objects.create(name="kept", owner=person, manager=manager)
    data = {"name": "own", "flavor": "local", "team": team.pk}

    form = SecretsManagerForm(data, user=person, instance=manager)

    assert form.errors["team"] == ["It stays where it is while it keeps 1 secret."]


def test_a_name_is_checked_in_the_team_that_a_thing_goes_to(
    team: Team, person: User, stranger: User
) -> None:
    data = {"type": "alerter", "name": "x", "flavor": "slack", "configuration": "{}"}
    Component.objects.create(name="x", owner=person, team=team, type="alerter", flavor="slack")

    form = ComponentForm({**data, "team": team.pk}, user=stranger)
    alone = ComponentForm(data, user=stranger)

    assert "Your team has one of this name already." in str(form.errors)
    assert alone.is_valid()


def test_a_form_that_is_sent_without_a_team_leaves_a_thing_where_it_is(
    team: Team, person: User
) -> None:
    thing = Component.objects.create(
        name="x", owner=person, team=team, type="alerter", flavor="slack"
    )
    data = {"type": "alerter", "name": "y", "flavor": "slack", "configuration": "{}"}

    form = ComponentForm(data, user=person, instance=thing)

    assert form.is_valid(), form.errors
    assert (form.save().name, thing.team_id) == ("y", team.pk)


def test_a_schedule_is_made_only_for_stores_that_one_may_change(
    team: Team, world: World, stranger: User
) -> None:
    world.schedule.delete()
    world.store.share(team, Role.OPERATOR)
    as_operator = ScheduleForm({"store": world.store.pk, "every_minutes": 5}, user=stranger)
    refused = as_operator.is_valid()
    world.store.share(team, Role.EDITOR)

    form = ScheduleForm({"store": world.store.pk, "every_minutes": 5}, user=stranger)

    assert not refused
    assert form.is_valid(), form.errors
    schedule = form.save()
    assert (schedule.owner, schedule.role_of(stranger)) == (world.owner, Role.EDITOR)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_w19_no_form_has_a_field_that_says_whose_a_thing_is_or_who_somebody_is(
    form: type[OwnedForm], person: User
) -> None:
    guarded = {
        "owner",
        "created_by",
        "is_superuser",
        "is_staff",
        "role",
        "shares",
        "state",
        "version",
        "started_by",
        "requested_by",
        "next_run_at",
    }

    assert not guarded & set(form(user=person).fields)


ADDED = {
    "component": ("stores/component", {"type": "alerter", "flavor": "slack"}),
    "store": ("stores/store", {"flavor": "azure", "path": "az://fresh"}),
    "secretsmanager": ("secrets_app/secretsmanager", {"flavor": "local"}),
    "secret": ("secrets_app/secret", {"schema": "arbitrary", "pairs": "a=b"}),
}


@pytest.mark.parametrize("kind", ADDED)
def test_w19_what_is_sent_along_is_ignored(
    kind: str, team: Team, world: World, person: User, stranger: User
) -> None:
    label, typed = ADDED[kind]
    foreign = Group.objects.create(name="foreign")
    outsider = User.objects.create_user("otto", is_staff=True)
    sent_along = {
        "owner": person.pk,
        "owner_id": person.pk,
        "team_id": foreign.pk,
        "role": "4",
        "is_superuser": "on",
        "is_staff": "on",
        "is_service_account": "on",
        "created_by": person.pk,
        "allow_implicit": "on",
        "state": "healthy",
        "version": "7",
    }
    built_in = SecretsManager.objects.built_in().pk
    form = {"name": "fresh", "configuration": "{}", "manager": built_in, **typed}

    reply = signed_in(outsider).post(f"/{label}/add/", {**form, **sent_along, "team": team.pk})

    model = type(world.things[kind])
    made = model.objects.get(name="fresh")
    outsider.refresh_from_db()
    assert reply.status_code == 302
    assert (made.owner, made.team) == (outsider, None)
    assert (outsider.is_superuser, outsider.memberships.count()) == (False, 0)
    assert getattr(made, "allow_implicit", False) is False
    assert getattr(made, "state", "never") == "never"


def test_w19_making_a_team_gives_nobody_else_a_role(person: User, stranger: User) -> None:
    signed_in(person).post(
        "/teams/add/",
        {"name": "ml", "created_by": stranger.pk, "role": "4", "user": stranger.pk, "group": "1"},
    )

    team = Team.objects.get(name="ml")
    assert (team.created_by, team.memberships.get().user) == (person, person)


def test_w19_the_settings_of_a_team_change_its_words_alone(
    team: Team, person: User, stranger: User
) -> None:
    signed_in(person).post(
        f"/teams/{team.pk}/settings/",
        {"name": "ml", "created_by": stranger.pk, "permissions": "1", "memberships": ""},
    )

    team.refresh_from_db()
    assert (team.name, team.created_by, team.permissions.count()) == ("ml", person, 0)
    assert team.memberships.count() == 2


def test_w19_a_stack_and_its_default_are_ones_own(world: World, stranger: User) -> None:
    store = Store.objects.create(
        name="own", owner=stranger, flavor="local", path="/srv", sign_in="none"
    )

    signed_in(stranger).post(
        "/stores/stack/add/", {"name": "fresh", "store": store.pk, "owner": world.owner.pk}
    )

    assert Stack.objects.get(name="fresh").owner == stranger
