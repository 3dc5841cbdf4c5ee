"""Optimistic locking: two people have the same form open."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from project.audit import AuditEntry
from project.locking import hold
from secrets_app.models import Secret
from stores.models import Component, Schedule, Stack, Store
from tests.support.forms import open_form, typed
from tests.support.pages import World, furnish, signed_in
from tests.support.threads import begin

pytestmark = pytest.mark.django_db
STORE = {"flavor": "azure", "path": "az://runs", "sign_in": "implicit"}


@pytest.fixture
def world(person: User) -> World:
    return furnish(person)


def conflict_of(reply: Any) -> Any:
    assert reply.status_code == 200
    return reply.context["adminform"].form.conflict


def as_rows(conflict: Any) -> list[tuple[str, str, str, bool]]:
    return [(each.label, each.mine, each.theirs, each.taken) for each in conflict.fields]


EACH_KIND = pytest.mark.parametrize(
    ("kind", "address", "field", "label"),
    [
        ("store", "/stores/store/{}/change/", "description", "Description"),
        ("component", "/stores/component/{}/change/", "identity", "Identity"),
        ("stack", "/stores/stack/{}/change/", "name", "Name"),
        ("secretsmanager", "/secrets_app/secretsmanager/{}/change/", "name", "Name"),
        ("secret", "/secrets_app/secret/{}/change/", "description", "Description"),
    ],
)


@EACH_KIND
def test_what_somebody_changed_meanwhile_is_not_saved_over(
    world: World, person: User, admin_user: User, kind: str, address: str, field: str, label: str
) -> None:
    thing = world.things[kind]
    address = address.format(thing.pk)
    mine, theirs = signed_in(person), signed_in(admin_user)
    opened_by_me, opened_by_them = open_form(mine, address), open_form(theirs, address)
    saved = theirs.post(address, opened_by_them | {field: "of ada"})

    reply = mine.post(address, opened_by_me | {field: "of bea"})

    assert saved.status_code == 302
    conflict = conflict_of(reply)
    assert conflict.who == "ada"
    assert conflict.at == AuditEntry.objects.filter(action="changed").latest("at").at
    assert as_rows(conflict) == [(label, "of bea", "of ada", False)]
    thing.refresh_from_db()
    assert getattr(thing, field) == "of ada"


@EACH_KIND
def test_keep_mine_saves_over_the_newest(
    world: World, person: User, admin_user: User, kind: str, address: str, field: str, label: str
) -> None:
    thing = world.things[kind]
    address = address.format(thing.pk)
    mine, theirs = signed_in(person), signed_in(admin_user)
    opened_by_me, opened_by_them = open_form(mine, address), open_form(theirs, address)
    theirs.post(address, opened_by_them | {field: "of ada"})
    refused = mine.post(address, opened_by_me | {field: "of bea"})

    kept = mine.post(address, typed(refused.context["adminform"].form) | {"_save": ""})

    assert kept.status_code == 302
    thing.refresh_from_db()
    assert getattr(thing, field) == "of bea"


@EACH_KIND
def test_a_form_that_nobody_else_touched_is_saved_at_once(
    world: World, person: User, kind: str, address: str, field: str, label: str
) -> None:
    thing = world.things[kind]
    client, address = signed_in(person), address.format(thing.pk)

    reply = client.post(address, open_form(client, address) | {field: "of bea"})

    assert reply.status_code == 302
    thing.refresh_from_db()
    assert getattr(thing, field) == "of bea"


def test_a_schedule_that_somebody_changed_meanwhile_is_not_saved_over(
    world: World, person: User, admin_user: User
) -> None:
    address = f"/stores/schedule/{world.schedule.pk}/change/"
    mine, theirs = signed_in(person), signed_in(admin_user)
    opened_by_me, opened_by_them = open_form(mine, address), open_form(theirs, address)
    theirs.post(address, opened_by_them | {"every_minutes": "30"})

    reply = mine.post(address, opened_by_me | {"every_minutes": "45"})

    assert as_rows(conflict_of(reply)) == [("Every … minutes", "45", "30", False)]
    assert Schedule.objects.get(pk=world.schedule.pk).every_minutes == 30


def test_what_only_they_changed_is_taken_over_and_what_i_changed_is_kept(
    world: World, person: User, admin_user: User
) -> None:
    address = f"/stores/component/{world.component.pk}/change/"
    mine, theirs = signed_in(person), signed_in(admin_user)
    opened_by_me, opened_by_them = open_form(mine, address), open_form(theirs, address)
    theirs.post(address, opened_by_them | {"flavor": "kubernetes", "identity": "of ada"})

    refused = mine.post(address, opened_by_me | {"name": "mine", "identity": "of bea"})
    mine.post(address, typed(refused.context["adminform"].form))

    assert as_rows(conflict_of(refused)) == [
        ("Flavor", "kubernetes", "kubernetes", True),
        ("Identity", "of bea", "of ada", False),
    ]
    component = Component.objects.get(pk=world.component.pk)
    assert (component.name, component.flavor, component.identity) == (
        "mine",
        "kubernetes",
        "of bea",
    )


def test_parts_of_a_stack_are_compared_by_name(
    world: World, person: User, admin_user: User
) -> None:
    extra = Component.objects.create(
        name="images", type="image_builder", flavor="kaniko", owner=person
    )
    stack = world.stack
    stack.components.set([world.component])
    address = f"/stores/stack/{stack.pk}/change/"
    mine, theirs = signed_in(person), signed_in(admin_user)
    opened_by_me, opened_by_them = open_form(mine, address), open_form(theirs, address)
    theirs.post(address, opened_by_them | {"orchestrator": "", "image_builder": str(extra.pk)})

    refused = mine.post(address, opened_by_me | {"description": "of bea"})
    mine.post(address, typed(refused.context["adminform"].form))

    assert as_rows(conflict_of(refused)) == [
        ("Orchestrator", "None", "None", True),
        ("Image builder", "images · kaniko", "images · kaniko", True),
    ]
    assert [part.name for part in Stack.objects.get(pk=stack.pk).components.all()] == ["images"]
    assert Stack.objects.get(pk=stack.pk).description == "of bea"


def test_the_page_says_who_changed_what_and_offers_the_three_ways(
    world: World, person: User, admin_user: User
) -> None:
    address = f"/stores/store/{world.store.pk}/change/"
    mine, theirs = signed_in(person), signed_in(admin_user)
    opened_by_me, opened_by_them = open_form(mine, address), open_form(theirs, address)
    theirs.post(address, opened_by_them | {"path": "az://other"})

    shown = mine.post(address, opened_by_me | {"path": "az://runs"}).content.decode()

    assert "ada changed this store" in shown
    assert "(Address)" in shown
    assert "See both" in shown
    assert "Keep mine" in shown
    assert "Take ada&#x27;s" in shown


def test_values_replaced_meanwhile_are_told_and_no_value_is_shown(
    world: World, person: User, admin_user: User
) -> None:
    address = f"/secrets_app/secret/{world.secret.pk}/change/"
    client = signed_in(person)
    opened = open_form(client, address)
    Secret.objects.get(pk=world.secret.pk).replace({"sas_token": "sv=ada"}, by=admin_user)

    reply = client.post(address, opened | {"value_sas_token": "sv=canary-of-bea"})

    assert ("Version in use", "2", "2", True) in as_rows(conflict_of(reply))
    assert "canary-of-bea" not in reply.content.decode()
    assert "typed again" in reply.content.decode()


def test_what_carries_no_opened_version_is_saved_as_it_is(world: World, person: User) -> None:
    address = f"/stores/component/{world.component.pk}/change/"
    client = signed_in(person)
    sent = open_form(client, address)
    del sent["opened"]
    Component.objects.filter(pk=world.component.pk).update(identity="of ada")

    reply = client.post(address, sent | {"identity": "of bea"})

    assert reply.status_code == 302


@pytest.mark.parametrize("opened", ["nonsense", "[1]", "null", '{"name": {"a": 1}}'])
def test_a_version_that_no_form_carried_saves_nothing(
    world: World, person: User, opened: str
) -> None:
    address = f"/stores/component/{world.component.pk}/change/"
    client = signed_in(person)

    reply = client.post(address, open_form(client, address) | {"opened": opened, "name": "x"})

    assert conflict_of(reply).who == "Somebody"
    assert Component.objects.get(pk=world.component.pk).name == "thing"


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_the_same_moment_one_is_shown_both(
    admin_user: User, person: User
) -> None:
    store = Store.objects.create(name="s", owner=person, **STORE)
    address = f"/stores/store/{store.pk}/change/"
    mine, theirs = signed_in(person), signed_in(admin_user)
    opened_by_me, opened_by_them = open_form(mine, address), open_form(theirs, address)
    replies: list[Any] = []

    with transaction.atomic():
        hold(Store, store.pk)
        first = begin(
            lambda: replies.append(mine.post(address, opened_by_me | {"description": "of bea"}))
        )
        second = begin(
            lambda: replies.append(
                theirs.post(address, opened_by_them | {"description": "of ada"})
            )
        )
    first.join()
    second.join()

    assert sorted(reply.status_code for reply in replies) == [200, 302]
    refused = next(reply for reply in replies if reply.status_code == 200)
    assert [each.label for each in conflict_of(refused).fields] == ["Description"]
    assert store.history.count() == 2
