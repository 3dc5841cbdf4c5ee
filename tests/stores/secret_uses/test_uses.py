"""Where a secret is used, and what that means for its name and its deletion."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from secrets_app.models import Secret, SecretsManager
from stores import runs
from stores.models import Check, Schedule, Stack, Store, Transfer
from stores.secret_uses import uses_of
from tests.stores.secret_uses.keys import KEY
from tests.support.pages import signed_in, words

pytestmark = pytest.mark.django_db


def test_the_uses_reach_stacks_schedules_and_people(
    secret: Secret, stores: list[Store], stack: Stack, person: User, stranger: User
) -> None:
    schedule = Schedule.objects.create(
        store=stores[1], owner=person, every_minutes=5, next_run_at=timezone.now()
    )

    uses = uses_of(secret, person)

    assert uses.stores.seen == stores
    assert uses.stacks.seen == [stack]
    assert uses.schedules.seen == [schedule]
    assert uses.people.seen == [person]
    assert uses.reach == "3 stores, 1 stack, 1 schedule"


@pytest.fixture
def shared(person: User, stranger: User) -> Secret:
    """A secret that comes with the installation, with a store that everybody uses, and what each
    of two people made of it."""
    secret = Secret.objects.create(name="shared", manager=SecretsManager.objects.built_in())
    secret.replace({"account_name": "acct", "account_key": KEY})
    store = Store.objects.create(
        name="shared_store",
        flavor="azure",
        path="az://shared",
        sign_in="from_secret",
        authentication_secret="shared",
    )
    for owner in (person, stranger):
        Stack.objects.create(name=f"stack of {owner}", owner=owner, store=store)
        Transfer.objects.create(owner=owner, source=store, target=store, state="running")
    Schedule.objects.create(store=store, owner=stranger, every_minutes=7)
    return secret


def test_other_peoples_things_are_counted_and_not_named(
    shared: Secret, person: User, stranger: User
) -> None:
    page = words(signed_in(person), f"/secrets/secret/{shared.pk}/overview/")

    assert "Stores shared_store Stacks stack of bea and 1 of other people Components" in page
    assert "Schedules 1 of other people Transfers" in page
    assert "People who may use it bea and 1 other " in page
    assert "stack of carl" not in page
    assert "carl" not in page


def test_owners_and_superusers_see_who_may_use_a_secret(
    shared: Secret, admin_user: User, person: User, stranger: User
) -> None:
    uses = uses_of(shared, admin_user)

    assert uses.people.names == ["ada", "bea", "carl"]
    assert uses.stacks.names == ["stack of bea", "stack of carl"]


def test_who_may_use_a_secret_is_asked_once_for_all(
    secret: Secret, person: User, django_assert_num_queries: Any
) -> None:
    with CaptureQueriesContext(connection) as before:
        uses_of(secret, person)
    for number in range(20):
        User.objects.create_superuser(f"super {number}")

    with django_assert_num_queries(len(before)):
        uses = uses_of(secret, person)

    assert uses.people.total == 21


def test_s26_a_secret_in_use_is_not_deleted_in_the_browser(
    secret: Secret, stores: list[Store], person: User
) -> None:
    browser = signed_in(person)
    address = f"/secrets_app/secret/{secret.pk}/delete/"

    page = browser.get(address).content.decode()
    browser.post(address, {"post": "yes"})
    browser.post(
        "/secrets_app/secret/",
        {"action": "delete_selected", "_selected_action": [secret.pk], "post": "yes"},
    )

    assert "is in use." in page
    for store in stores:
        assert f"{store} uses az_secret" in page
    assert Secret.objects.filter(pk=secret.pk).exists()


def test_s26_a_deleted_secret_is_missing_and_nothing_is_sent(
    secret: Secret, stores: list[Store], person: User
) -> None:
    secret.delete()
    check = Check.objects.create(store=stores[0], requested_by=person)

    runs.run_check(check.pk)

    check.refresh_from_db()
    assert [step["mark"] for step in check.steps][:3] == ["ok", "failed", "skipped"]
    assert check.steps[1]["category"] == "secret_missing"


@pytest.mark.parametrize("kept_here", [True, False])
def test_s26_a_secret_in_use_keeps_its_name(
    kept_here: bool, secret: Secret, stores: list[Store], person: User
) -> None:
    if not kept_here:
        vault = SecretsManager.objects.create(
            name="vault",
            owner=person,
            flavor="azure",
            configuration={"key_vault_name": "team-vault"},
        )
        Secret.objects.filter(pk=secret.pk).update(manager=vault, version=0)
        secret.refresh_from_db()

    reply = signed_in(person).post(
        f"/secrets_app/secret/{secret.pk}/change/",
        {"name": "az_renamed", "manager": secret.manager_id, "schema": "azure"},
    )

    assert (
        "The name stays while something uses the secret by it: first, second, third."
        in reply.content.decode()
    )
    assert Secret.objects.get(pk=secret.pk).name == "az_secret"


def test_a_secret_that_nothing_uses_can_be_called_otherwise(secret: Secret, person: User) -> None:
    signed_in(person).post(
        f"/secrets_app/secret/{secret.pk}/change/",
        {
            "name": "az_renamed",
            "manager": secret.manager_id,
            "schema": "azure",
            "shape": "account_key",
        },
    )

    secret.refresh_from_db()
    assert secret.name == "az_renamed"
    assert secret.reveal() == {"account_name": "acct", "account_key": KEY}
