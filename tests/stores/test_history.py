"""What makes a revision, and what differs between two, in words."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import RequestFactory
from simple_history.middleware import HistoryRequestMiddleware

from project.history import act_as
from secrets_app.models import SecretsManager
from stores import history
from stores.history import Difference
from stores.models import Component, Stack, Store
from tests.support.canaries import CANARIES, add_all
from tests.support.pages import KEY, furnish

pytestmark = pytest.mark.django_db
STORE = {"flavor": "azure", "path": "az://runs", "sign_in": "implicit"}


@pytest.fixture
def store(person: User) -> Store:
    return Store.objects.create(name="az_store", owner=person, **STORE)


@pytest.fixture
def stack(person: User, store: Store) -> Stack:
    return Stack.objects.create(name="train", owner=person, store=store)


def component(owner: User, name: str = "kf", **fields: Any) -> Component:
    return Component.objects.create(
        name=name, owner=owner, **{"type": "orchestrator", "flavor": "kubeflow"} | fields
    )


def rows_of_revisions() -> str:
    """All rows of all tables of revisions, as the database gives them."""
    rows: list[Any] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if "historical" in table:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                rows += cursor.fetchall()
    return str(rows)


def last_two(thing: Any) -> list[Difference]:
    new, old = history.revisions(thing)[:2]
    return history.differences(old, new)


def test_each_change_is_a_revision_with_a_number(store: Store) -> None:
    store.path = "az://other"
    store.save()

    assert [(each.number, each.path) for each in history.revisions(store)] == [
        (2, "az://other"),
        (1, "az://runs"),
    ]


def test_saving_without_a_change_makes_no_revision(store: Store) -> None:
    Store.objects.get(pk=store.pk).save()

    assert history.revisions(store).count() == 1


def test_what_a_worker_sees_of_a_store_makes_no_revision(store: Store) -> None:
    Store.objects.filter(pk=store.pk).update(state="failing", state_words="403")
    store.refresh_from_db()
    store.save()

    assert history.revisions(store).count() == 1


def test_who_makes_a_change_is_whom_the_command_runs_as(person: User) -> None:
    act_as(person)
    made = component(person)
    act_as(None)
    alone = component(person, "alone")

    assert history.who(history.latest(made)) == "bea"
    assert history.who(history.latest(alone)) == "Storeroom"


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_change_of_fields_and_components_in_one_transaction_is_one_revision(
    person: User,
) -> None:
    store = Store.objects.create(name="s", owner=person, **STORE)
    kubeflow, local = component(person), component(person, "local", flavor="local")
    with transaction.atomic():
        stack = Stack.objects.create(name="train", owner=person, store=store)
        stack.components.set([kubeflow])
    with transaction.atomic():
        stack.description = "new"
        stack.save()
        stack.components.set([local])

    assert [
        (each.number, [row.component.name for row in each.components.all()])
        for each in history.revisions(stack)
    ] == [(2, ["local"]), (1, ["kf"])]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_change_of_components_alone_is_one_revision(person: User) -> None:
    store = Store.objects.create(name="s", owner=person, **STORE)
    stack = Stack.objects.create(name="train", owner=person, store=store)
    kubeflow, local = component(person), component(person, "local", flavor="local")
    stack.components.set([kubeflow])

    with transaction.atomic():
        stack.components.set([local])

    assert history.revisions(stack).count() == 3
    assert last_two(stack) == [
        Difference("Component", "kf (orchestrator, kubeflow)", "–"),
        Difference("Component", "–", "local (orchestrator, local)"),
    ]


def test_fields_differ_in_words(store: Store, person: User) -> None:
    store.path, store.flavor, store.allow_probes = "/srv/runs", "local", True
    store.save()

    assert last_two(store) == [
        Difference("Write and delete a probe at each check", "No", "Yes"),
        Difference("Flavor", "Azure Blob Storage", "Local folder"),
        Difference("Address", "az://runs", "/srv/runs"),
    ]


def test_settings_differ_key_by_key(person: User) -> None:
    made = component(person, configuration={"context": "a", "gone": 1, "same": [1]})
    made.configuration = {"context": "b", "new": {"deep": True}, "same": [1]}
    made.save()

    assert last_two(made) == [
        Difference("Configuration: context", "a", "b"),
        Difference("Configuration: gone", "1", "–"),
        Difference("Configuration: new", "–", '{"deep": true}'),
    ]


def test_a_credential_that_got_into_settings_is_hidden(person: User) -> None:
    made = component(person, configuration={"password": "first-canary"})
    made.configuration = {"password": "second-canary", "note": KEY}
    made.save()

    shown = last_two(made)

    assert [each.label for each in shown] == ["Configuration: note", "Configuration: password"]
    assert "canary" not in str(shown)
    assert KEY not in str(shown)


def test_parts_are_named_also_when_they_are_deleted(stack: Stack, person: User) -> None:
    manager = SecretsManager.objects.create(name="vault", owner=person)
    stack.secrets_manager = manager
    stack.save()
    stack.secrets_manager = None
    stack.save()
    manager.delete()

    assert last_two(stack) == [Difference("Secrets manager", "vault (deleted)", "–")]


def test_revisions_stay_when_the_thing_is_deleted(store: Store) -> None:
    pk = store.pk
    store.delete()

    kept = Store.history.filter(id=pk).order_by("history_id")
    assert [each.history_type for each in kept] == ["+", "-"]


def test_two_stacks_stand_side_by_side(stack: Stack, store: Store, person: User) -> None:
    other = Stack.objects.create(name="serve", owner=person, store=store, production=True)
    other.components.set([component(person, configuration={"context": "aks"})])

    rows = history.side_by_side(stack, other)

    assert [(row.label, row.one, row.other, row.differs) for row in rows] == [
        ("Description", [], [], False),
        ("Production", ["No"], ["Yes"], True),
        (
            "Artifact store",
            ["az_store · azure", "az://runs"],
            ["az_store · azure", "az://runs"],
            False,
        ),
        ("Orchestrator", [], ["kf · kubeflow", "context = aks"], True),
    ]


def test_a_reference_to_a_secret_is_shown_and_tells_two_stacks_apart(
    person: User, stack: Stack, store: Store
) -> None:
    other = Stack.objects.create(name="serve", owner=person, store=store)
    for each, name in ((stack, "one"), (other, "two")):
        part = component(person, name, configuration={"token": f"{{{{{name}.token}}}}"})
        each.components.set([part])

    row = history.side_by_side(stack, other)[-1]

    assert (row.one[1], row.other[1]) == ("token = {{one.token}}", "token = {{two.token}}")


def test_the_diff_of_two_revisions_shows_a_reference_to_a_secret(person: User) -> None:
    part = component(person, configuration={"token": "{{one.token}}"})
    part.configuration = {"token": "{{two.token}}"}
    part.save()

    assert last_two(part) == [Difference("Configuration: token", "{{one.token}}", "{{two.token}}")]


def test_the_person_of_a_request_makes_its_changes(person: User) -> None:
    request = RequestFactory().post("/")
    request.user = person

    made = HistoryRequestMiddleware(lambda _: component(person))(request)

    assert history.who(history.latest(made)) == "bea"


@pytest.mark.parametrize(
    ("module", "kind"),
    [
        ("stores.migrations.0012_first_revisions", "stack"),
        ("stores.migrations.0012_first_revisions", "store"),
        ("stores.migrations.0012_first_revisions", "component"),
        ("secrets_app.migrations.0011_first_revisions", "secretsmanager"),
    ],
)
def test_what_was_there_before_has_a_first_revision(person: User, module: str, kind: str) -> None:
    world = furnish(person)
    thing = world.things[kind]
    expected = history.latest(thing)
    type(thing).history.all().delete()

    import_module(module).record(apps, None)

    made = history.latest(thing)
    assert made.number == 1
    assert history.differences(expected, made) == []


def test_s01_no_value_of_a_secret_is_in_any_table_of_revisions(
    person: User, admin_user: User
) -> None:
    assert set(add_all(admin_user)) == {302}
    store = Store.objects.create(
        name="s",
        owner=admin_user,
        **STORE | {"sign_in": "from_secret"},
        authentication_secret="az_key",
    )
    store.description = "changed"
    store.save()

    kept = rows_of_revisions()

    assert "az_key" in kept
    assert [canary for canary in CANARIES if canary in kept] == []
