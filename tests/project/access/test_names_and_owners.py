"""Whose things are they: who sees them, what they may be called."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from project.access import Role, validate_name
from stores.models import Component

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def component(name: str, owner: User | None, **fields: Any) -> Component:
    return Component.objects.create(
        name=name, owner=owner, type="orchestrator", flavor="local", **fields
    )


def test_everybody_sees_their_own_and_what_comes_with_the_installation(
    person: User, stranger: User
) -> None:
    component("built in", None)
    component("bea's", person)
    component("carl's", stranger)

    names = Component.objects.visible_to(person).values_list("name", flat=True)

    assert list(names) == ["bea's", "built in"]


def test_superusers_see_everything(admin_user: User, person: User) -> None:
    component("built in", None)
    component("bea's", person)

    assert Component.objects.visible_to(admin_user, Role.OWNER).count() == 2


def test_who_was_locked_out_sees_nothing(admin_user: User, person: User) -> None:
    component("ada's", admin_user)
    component("bea's", person)
    admin_user.is_active = person.is_active = False

    assert not Component.objects.visible_to(admin_user).exists()
    assert not Component.objects.visible_to(person).exists()


@pytest.mark.parametrize(
    ("role", "allowed"),
    [(Role.VIEWER, True), (Role.OPERATOR, True), (Role.EDITOR, False), (Role.OWNER, False)],
)
def test_what_comes_with_the_installation_may_be_used_not_changed(
    role: Role, allowed: bool, person: User
) -> None:
    assert component("built in", None).allows(person, role) is allowed


@pytest.mark.parametrize("role", list(Role))
def test_people_are_those_whom_a_thing_allows(
    role: Role, person: User, stranger: User, admin_user: User
) -> None:
    User.objects.create_user("gone", is_active=False)
    everybody = [person, stranger, admin_user]

    for thing in (component("bea's", person), component("built in", None)):
        allowed = [each for each in everybody if thing.allows(each, role)]
        assert list(thing.people(role).order_by("pk")) == allowed


@pytest.mark.parametrize("role", list(Role))
def test_the_owner_has_every_role_and_a_stranger_none(
    role: Role, person: User, stranger: User
) -> None:
    mine = component("bea's", person)

    assert mine.allows(person, role)
    assert not mine.allows(stranger, role)


@pytest.mark.parametrize(
    "name",
    [
        "two\nlines",
        "return\rcarriage",
        "nul\0byte",
        "tab\tbed",
        "right\u202eto left",
        "zero\u200bwidth",
        "zero\u200djoiner",
        "byte order\ufeffmark",
        "line\u2028separator",
        "paragraph\u2029separator",
        "next\u0085line",
        "isolate\u2066d",
        "lone\udcffsurrogate",
    ],
)
def test_w44_a_name_has_no_character_that_does_not_show(name: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_name(name)

    assert refusal.value.messages == [
        "A name has no line breaks, control or invisible characters."
    ]


@pytest.mark.parametrize("name", ["a/b", "-x", " a", "a "])
def test_a_name_can_be_written_in_a_command(name: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_name(name)

    assert refusal.value.messages == [
        "A name has no slash, does not begin with a dash, and has no space at its ends."
    ]


@pytest.mark.parametrize("name", ["az_store", "Nachzügler für später", "生产", "a.b-c #1 ?%&<>"])
def test_other_names_are_fine(name: str) -> None:
    validate_name(name)


@pytest.mark.parametrize("owner", ["person", None])
def test_a_name_is_there_once_an_owner(owner: str | None, request: Any) -> None:
    who = request.getfixturevalue(owner) if owner else None
    component("twin", who)

    with pytest.raises(IntegrityError), transaction.atomic():
        component("twin", who)


def test_two_people_may_use_one_name(person: User, stranger: User) -> None:
    component("twin", person)
    component("twin", stranger)

    assert Component.objects.filter(name="twin").count() == 2


def test_the_refusal_of_a_second_one_says_whose_it_is(person: User) -> None:
    component("twin", person)
    second = Component(name="twin", owner=person, type="orchestrator", flavor="local")

    with pytest.raises(ValidationError) as refusal:
        second.full_clean()

    assert refusal.value.messages == ["You have one of this name already."]
