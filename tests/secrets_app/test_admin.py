"""Secrets in the console: values go in and never come back out."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager
from stores import dispatch
from stores.models import Store
from tests.support.canaries import (
    ARBITRARY,
    CANARIES,
    CONNECTION,
    KEY,
    OTHER_KEY,
    TYPED,
    add_all,
    traces,
    written,
)
from tests.support.pages import signed_in


@pytest.mark.django_db(transaction=True)
def test_s01_what_is_on_the_disk_holds_no_value(
    admin_user: User, embedded_broker: Any, settings: Any
) -> None:
    statuses = add_all(admin_user)
    store = Store.objects.create(
        name="findable_store",
        owner=admin_user,
        flavor="azure",
        path="az://ml",
        sign_in="from_secret",
        authentication_secret="az_connection",
    )
    dispatch.check(store, by=admin_user)

    on_disk = written(settings.HOME.path)

    assert statuses == [302] * len(TYPED)
    assert Secret.objects.get(name="az_connection").reveal() == {"connection_string": CONNECTION}
    assert Secret.objects.get(name="webhook").reveal() == {"token": ARBITRARY}
    assert b"findable_store" in on_disk
    assert b"check_store" in on_disk
    for canary in CANARIES:
        for trace in traces(canary):
            assert trace not in on_disk, trace


@pytest.fixture
def secret(person: User) -> Secret:
    secret = Secret.objects.create(
        name="az_secret", owner=person, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"account_name": "acct", "account_key": KEY}, by=person)
    return secret


def change(secret: Secret, user: User, **typed: str) -> Any:
    """Save the form of the secret with what was typed."""
    fields = {"name": secret.name, "manager": secret.manager_id, "schema": "azure", **typed}
    return signed_in(user).post(f"/secrets_app/secret/{secret.pk}/change/", fields)


@pytest.mark.django_db
def test_the_form_seals_and_says_who_and_when(person: User) -> None:
    add_all(person)

    secret = Secret.objects.get(name="az_key")
    assert secret.reveal() == {"account_name": "canaryacct", "account_key": KEY}
    assert (secret.version, secret.current.created_by, secret.owner) == (1, person, person)


@pytest.mark.django_db
def test_s13_empty_fields_keep_what_is_stored(secret: Secret, person: User) -> None:
    sealed = list(secret.current.values.values_list("sealed", flat=True))

    reply = change(secret, person, description="now described")

    secret.refresh_from_db()
    assert reply.status_code == 302
    assert secret.description == "now described"
    assert (secret.version, list(secret.current.values.values_list("sealed", flat=True))) == (
        1,
        sealed,
    )
    assert AuditEntry.objects.get(action="changed").words == "values kept"


@pytest.mark.django_db
def test_s13_a_typed_value_is_the_next_version(secret: Secret, person: User) -> None:
    change(secret, person, value_account_key=OTHER_KEY)

    secret.refresh_from_db()
    assert secret.reveal() == {"account_name": "acct", "account_key": OTHER_KEY}
    assert AuditEntry.objects.get(action="changed").words == "version 2: replaced account_key"


@pytest.mark.django_db
def test_s13_clear_removes_a_value(secret: Secret, person: User) -> None:
    change(secret, person, clear_account_key="on")

    secret.refresh_from_db()
    assert secret.reveal() == {"account_name": "acct"}
    assert AuditEntry.objects.get(action="changed").words == "version 2: cleared account_key"


@pytest.mark.django_db
def test_s13_the_first_version_is_audited(person: User) -> None:
    add_all(person)

    entry = AuditEntry.objects.get(action="added", thing_name="az_key")
    assert entry.words == "version 1: replaced account_name, account_key"


@pytest.mark.django_db
def test_s12_the_pages_say_what_is_held_and_show_no_value(secret: Secret, person: User) -> None:
    browser = signed_in(person)
    sealed = [value.sealed.split(".")[2] for value in secret.current.values.all()]

    form = browser.get(f"/secrets_app/secret/{secret.pk}/change/").content.decode()
    row = browser.get("/secrets_app/secret/").content.decode()

    assert "Holds account_name, account_key. The values are not shown again." in form
    assert "•••• stored · version 1 · empty keeps it" in form
    assert "Account name and key" in row
    for value in (KEY, *sealed):
        assert value not in form
        assert value not in row


@pytest.mark.django_db
@pytest.mark.parametrize("schema", ["azure", "arbitrary"])
def test_s12_a_refused_form_does_not_give_back_what_was_typed(schema: str, person: User) -> None:
    typed = {
        "name": "bad/name",
        "schema": schema,
        "manager": SecretsManager.objects.built_in().pk,
        "value_account_key": KEY,
        "value_connection_string": CONNECTION,
        "pairs": f"token={ARBITRARY}",
    }

    reply = signed_in(person).post("/secrets_app/secret/add/", typed)

    assert reply.status_code == 200
    assert "A name has no slash" in reply.content.decode()
    for canary in (KEY, OTHER_KEY, "canary of an arbitrary value"):
        assert canary not in reply.content.decode()


@pytest.mark.django_db
def test_s05_saving_a_form_over_a_damaged_value_seals_nothing(
    secret: Secret, person: User
) -> None:
    damaged = "v1.00000000.gAAAAAdamaged="
    secret.current.values.filter(key="account_key").update(sealed=damaged)

    reply = change(secret, person, description="saved again")

    assert reply.status_code == 302
    assert secret.current.values.get(key="account_key").sealed == damaged
    assert Secret.objects.get(pk=secret.pk).version == 1


@pytest.mark.django_db
def test_only_managers_that_one_may_see_are_offered_as_a_filter(
    person: User, stranger: User
) -> None:
    SecretsManager.objects.built_in()
    SecretsManager.objects.create(name="bea's own", owner=person)
    SecretsManager.objects.create(name="carl's vault", owner=stranger)

    page = signed_in(person).get("/secrets_app/secret/").content.decode()

    assert "bea&#x27;s own" in page
    assert "vault" not in page


@pytest.mark.django_db
def test_deleting_a_secret_deletes_its_values(secret: Secret, person: User) -> None:
    reply = signed_in(person).post(f"/secrets_app/secret/{secret.pk}/delete/", {"post": "yes"})

    assert reply.status_code == 302
    assert not Secret.objects.exists()
    assert AuditEntry.objects.get(action="deleted").thing_name == "az_secret"
