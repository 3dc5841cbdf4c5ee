"""Lists: what they say where nothing is in them, and how often they ask the database."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from project import audit
from secrets_app.models import SecretsManager
from stores.models import Check, Component, Schedule, Stack, Store
from stores.stack_rules.summarising import forget
from tests.project.pages.addresses import LISTS
from tests.support.pages import (
    World,
    make_check,
    make_secret,
    make_transfer,
    signed_in,
    words,
)

pytestmark = pytest.mark.django_db


# Empty, and filtered to nothing


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "/stores/store/",
            "No stores yet. A store is a container, a bucket or a folder, plus the"
            " way to sign in to it. Add store",
        ),
        (
            "/stores/transfer/",
            "No transfers yet. Start with a plan: nothing is copied until you press Start."
            " Add transfer",
        ),
        (
            "/stores/stack/",
            "No stacks yet. A stack joins one store with the components that must reach it."
            " Add stack",
        ),
        (
            "/secrets_app/secret/",
            "No secrets yet. They are sealed before they reach the database; nobody can read them"
            " back here unless an owner allows it. Add one and paste a connection string or a SAS"
            " URL into it. Add secret",
        ),
        ("/stores/check/", "No checks yet. Check now on a store's page tries it step by step"),
        ("/stores/schedule/", "No schedules yet. A schedule checks a store every few minutes."),
        ("/stores/component/", "No components yet."),
        ("/project/auditentry/", "No audit entries yet."),
    ],
)
def test_an_empty_list_says_what_belongs_there(address: str, said: str, person: User) -> None:
    assert said in words(signed_in(person), address)


def test_a_list_that_is_filtered_to_nothing_does_not_look_empty(
    world: World, person: User
) -> None:
    browser = signed_in(person)

    filtered = words(browser, "/stores/store/?state__exact=healthy")
    searched = words(browser, "/stores/store/?q=nosuchname")

    assert "No store matches these filters. Clear filters (2 hidden)" in filtered
    assert "No store matches these filters. Clear filters (2 hidden)" in searched
    assert "No stores yet" not in filtered


def test_a_store_where_nothing_happened_says_so(person: User) -> None:
    store = Store.objects.create(
        name="new", owner=person, flavor="azure", path="az://ml", sign_in="implicit"
    )

    said = words(signed_in(person), f"/stores/store/{store.pk}/overview/")

    assert "Not checked yet. We do not know whether it works." in said
    assert "No checks yet." in said
    assert "Not checked on a schedule." in said
    assert "No transfers yet." in said
    assert "No stack uses this store." in said


# A fixed number of queries


def fill(kind: str, owner: User, number: int) -> None:
    """So many more of a kind, each with what its row in a list shows."""
    store = Store.objects.filter(owner=owner).first()
    for n in range(number):
        named = {"name": f"{kind}-{number}-{n}", "owner": owner}
        if kind in ("store", "schedule"):
            new = Store.objects.create(
                flavor="local", path="/srv", sign_in="none", state="failing", **named
            )
            Check.objects.create(store=new)
            if kind == "schedule":
                Schedule.objects.create(store=new, owner=owner)
        elif kind == "check":
            make_check(store)
        elif kind == "transfer":
            make_transfer(store, store, "with_errors")
        elif kind == "stack":
            like = Stack.objects.filter(owner=owner).first()
            new = Stack.objects.create(
                store=like.store, secrets_manager=like.secrets_manager, **named
            )
            new.components.set(like.components.all())
        elif kind == "component":
            Component.objects.create(type="orchestrator", flavor="local", **named)
        elif kind == "secret":
            make_secret(owner, named["name"])
        elif kind == "secretsmanager":
            SecretsManager.objects.create(**named)
        else:
            audit.record(owner, "added", store)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_asks_the_database_as_often_for_many_rows_as_for_few(
    address: str, world: World, person: User
) -> None:
    kind = address.split("/")[2]
    browser = signed_in(person)
    fill(kind, person, 4)
    browser.get(address)

    forget()
    with CaptureQueriesContext(connection) as few:
        browser.get(address)
    fill(kind, person, 19)
    forget()
    with CaptureQueriesContext(connection) as many:
        browser.get(address)

    assert len(many) == len(few)
    assert len(many) < 25


@pytest.mark.parametrize("kind", ["store", "check", "transfer", "secret"])
def test_the_dashboard_asks_as_often_for_many_things_as_for_few(
    kind: str, world: World, person: User
) -> None:
    browser = signed_in(person)
    fill(kind, person, 2)
    browser.get("/")

    with CaptureQueriesContext(connection) as few:
        browser.get("/")
    fill(kind, person, 8)
    with CaptureQueriesContext(connection) as many:
        browser.get("/")

    assert len(many) == len(few)


def test_the_filters_of_a_list_open_by_keyboard_as_well(world: World, person: User) -> None:
    page = signed_in(person).get("/stores/stack/").content.decode()

    assert re.search(r'<button type="button"[^>]*x-on:click="filterOpen = true"', page)
    assert not re.search(r'<a\b[^>]*x-on:click="filterOpen = true"', page)
