"""Secrets in the console: values go in and never come back out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User

from project import audit
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
from tests.support.pages import signed_in, words


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


SAS = "sv=2024-11-04&sr=c&sp=rl&se=2031-02-03T04:05:06Z&sig=abc%3D"
PRINCIPAL = {
    "account_name": "acct",
    "tenant_id": "3c0a7c4e-0000-4000-8000-000000000001",
    "client_id": "3c0a7c4e-0000-4000-8000-000000000002",
    "client_secret": "the-first~one",
}
NEW_YEAR = datetime(2031, 1, 1, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def principal(person: User) -> Secret:
    """A service principal whose client secret ends on a day that somebody typed."""
    secret = Secret.objects.create(
        name="az_sp", owner=person, manager=SecretsManager.objects.built_in()
    )
    secret.replace(PRINCIPAL, by=person, expires=NEW_YEAR)
    return secret


@pytest.mark.django_db
def test_the_end_of_a_sas_goes_when_an_account_key_takes_its_place(
    secret: Secret, person: User
) -> None:
    change(secret, person, shape="sas_token", value_account_name="acct", value_sas_token=SAS)
    secret.refresh_from_db()
    assert secret.current.expires_at == datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
    form = signed_in(person).get(f"/secrets_app/secret/{secret.pk}/change/").content.decode()

    change(
        secret, person, shape="account_key", value_account_name="acct", value_account_key=OTHER_KEY
    )

    secret = Secret.objects.get(pk=secret.pk)
    assert (secret.version, secret.current.expires_at) == (3, None)
    assert "2031-02-03" not in form


@pytest.mark.django_db
def test_a_new_client_secret_does_not_inherit_the_old_ones_end(
    principal: Secret, person: User
) -> None:
    reply = change(
        principal,
        person,
        shape="service_principal",
        value_client_secret="the-second~one",
        expires_on="2031-01-01",
    )

    page = signed_in(person).get(reply["Location"], follow=True)
    principal = Secret.objects.get(pk=principal.pk)
    assert (principal.version, principal.current.expires_at) == (2, None)
    assert page.status_code == 200


@pytest.mark.django_db
def test_the_person_is_told_that_the_end_went(principal: Secret, person: User) -> None:
    fields = {
        "name": "az_sp",
        "manager": principal.manager_id,
        "schema": "azure",
        "shape": "service_principal",
        "value_client_secret": "the-second~one",
        "expires_on": "2031-01-01",
    }

    reply = signed_in(person).post(
        f"/secrets_app/secret/{principal.pk}/change/", fields, follow=True
    )

    assert "The end of version 1 went with its value." in reply.content.decode()


@pytest.mark.django_db
def test_a_new_client_secret_ends_when_it_is_typed_to(principal: Secret, person: User) -> None:
    change(
        principal,
        person,
        shape="service_principal",
        value_client_secret="the-second~one",
        expires_on="2032-06-30",
    )

    principal = Secret.objects.get(pk=principal.pk)
    assert principal.current.expires_at == datetime(2032, 6, 30, 23, 59, 59, tzinfo=UTC)


@pytest.mark.django_db
def test_the_end_stays_with_the_client_secret_that_stays(principal: Secret, person: User) -> None:
    change(
        principal,
        person,
        shape="service_principal",
        value_client_id="3c0a7c4e-0000-4000-8000-000000000003",
        expires_on="2031-01-01",
    )

    principal = Secret.objects.get(pk=principal.pk)
    assert (principal.version, principal.current.expires_at) == (2, NEW_YEAR)


@pytest.mark.django_db
def test_an_end_can_be_corrected_and_removed_without_a_new_version(
    principal: Secret, person: User
) -> None:
    change(principal, person, shape="service_principal", expires_on="2031-05-05")
    corrected = Secret.objects.get(pk=principal.pk).current.expires_at
    change(principal, person, shape="service_principal", expires_on="")
    removed = Secret.objects.get(pk=principal.pk).current.expires_at

    assert corrected == datetime(2031, 5, 5, 23, 59, 59, tzinfo=UTC)
    assert removed is None
    assert Secret.objects.get(pk=principal.pk).version == 1


@pytest.mark.django_db
def test_saving_a_secret_of_a_vault_says_where_its_values_are(person: User) -> None:
    vault = SecretsManager.objects.create(
        name="team_vault",
        owner=person,
        flavor="azure",
        configuration={"key_vault_name": "team-vault"},
    )
    secret = Secret.objects.create(name="az_secret", owner=person, manager=vault)

    reply = signed_in(person).post(
        f"/secrets_app/secret/{secret.pk}/change/",
        {"name": "az_secret", "manager": vault.pk, "schema": "azure"},
        follow=True,
    )

    assert "Saved; the values stay in team_vault." in reply.content.decode()


KEY_FILE = json.dumps({"client_email": "a@b.example", "private_key": "canary\n" * 3}, indent=2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (
            {"schema": "arbitrary", "pairs": f"token={'x' * 65_536}"},
            {"token": "x" * 65_536},
        ),
        ({"schema": "arbitrary", "pairs": "token=größer 密码 🔑 "}, {"token": "größer 密码 🔑 "}),
        (
            {"schema": "gcp", "value_token": f"{KEY_FILE}\n".replace("\n", "\r\n")},
            {"token": f"{KEY_FILE}\n"},
        ),
        (
            {"schema": "basic_auth", "value_username": "bea", "value_password": " p " * 20_000},
            {"username": "bea", "password": " p " * 20_000},
        ),
        (
            {
                "schema": "azure",
                "value_account_name": "acct\n",
                "value_account_key": f" {KEY}\r\n",
            },
            {"account_name": "acct", "account_key": KEY},
        ),
    ],
    ids=["64 KiB", "unicode", "key file", "spaces", "line end"],
)
def test_s14_odd_values_come_back_from_the_form_as_they_were_typed(
    typed: dict[str, str], kept: dict[str, str], person: User
) -> None:
    manager = SecretsManager.objects.built_in().pk

    reply = signed_in(person).post(
        "/secrets_app/secret/add/", {"name": "odd", "manager": manager, **typed}
    )

    assert reply.status_code == 302
    assert Secret.objects.get().reveal() == kept


@pytest.mark.django_db
def test_s14_a_line_end_that_was_left_out_is_said(person: User) -> None:
    fields = {
        "name": "az_key",
        "schema": "azure",
        "manager": SecretsManager.objects.built_in().pk,
        "value_account_name": "acct",
        "value_account_key": f"{KEY}\n",
    }

    reply = signed_in(person).post("/secrets_app/secret/add/", fields, follow=True)

    assert "Account key: left out the spaces or line ends around it." in reply.content.decode()


@pytest.mark.django_db
def test_the_list_says_who_uses_a_secret_and_what_used_it_last(
    secret: Secret, person: User, admin_user: User
) -> None:
    built_in = Secret.objects.create(name="shared", manager=SecretsManager.objects.built_in())
    for name, owner in (("az_secret", person), ("shared", None)):
        Store.objects.create(
            name=f"store of {name}",
            owner=owner,
            flavor="azure",
            path="az://ml",
            sign_in="from_secret",
            authentication_secret=name,
        )
    SecretsManager.objects.create(
        name="vault", owner=person, flavor="azure", authentication_secret="az_secret"
    )
    audit.record(None, "used", built_in, run="check 41")
    audit.record(None, "used", built_in, run="transfer 7")

    page = words(signed_in(admin_user), "/secrets_app/secret/")

    assert "Used by Last used Team Owner" in page
    assert "1 store, 1 vault – – bea" in page
    assert "1 store just now · transfer 7" in page
    assert "check 41" not in page


@pytest.mark.django_db
def test_an_equal_value_leads_to_the_secret_that_has_it(secret: Secret, person: User) -> None:
    fields = {
        "name": "az_twin",
        "schema": "azure",
        "manager": secret.manager_id,
        "value_account_name": "acct",
        "value_account_key": KEY,
    }

    reply = signed_in(person).post("/secrets_app/secret/add/", fields, follow=True)

    page = reply.content.decode()
    assert "The same value is stored as az_secret." in page
    assert f'href="/secrets/secret/{secret.pk}/overview/">Use that one</a>' in page
