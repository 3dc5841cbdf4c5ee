"""The page of a store, and what stands beside its form while it is filled in."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from project.access import Role, Team
from stores.models import Store
from tests.support.pages import KEY, furnish, make_secret, signed_in, words_of

pytestmark = pytest.mark.django_db

READ = "/stores/store/read/"


def read(browser: Client, address: str = READ, **fields: str) -> str:
    return words_of(browser.post(address, {"flavor": "azure", **fields}))


def test_what_an_address_means_is_said_while_it_is_typed(person: User) -> None:
    said = read(signed_in(person), path="https://acct.blob.core.windows.net/models/a")

    assert said.startswith("What this means Address az://models/a Container models Folder a")
    assert "Account acct Answers at https://acct.blob.core.windows.net" in said
    assert (
        "az://models/a does not carry the account name acct: it is kept as the account's" in said
    )
    assert (
        "Who finds the credentials ZenML, pandas (adlfs) AZURE_STORAGE_CONNECTION_STRING" in said
    )


def test_what_is_wrong_is_said_in_its_place(person: User) -> None:
    said = read(signed_in(person), path="az://ML_Data")

    assert "Problem Address · Container names have 3–63 lower-case letters" in said
    assert "Answers at" not in said


def test_nothing_is_said_before_anything_is_typed(person: User) -> None:
    assert read(signed_in(person), path="") == "What this means Nothing is filled in yet."


def test_the_secrets_account_is_told_and_nothing_else_of_it(person: User) -> None:
    make_secret(person, "az_secret")

    reply = signed_in(person).post(
        READ, {"flavor": "azure", "path": "az://models", "authentication_secret": "az_secret"}
    )

    assert "Account canaryaccount, as the secret says" in words_of(reply)
    assert KEY not in reply.content.decode()
    assert reply["Cache-Control"].startswith("max-age=0")


def test_a_pasted_credential_does_not_come_back(person: User) -> None:
    reply = signed_in(person).post(
        READ, {"flavor": "azure", "path": "az://models?sv=1&sig=canary-of-the-form"}
    )

    assert "contains a SAS token" in words_of(reply)
    assert b"canary-of-the-form" not in reply.content


def test_reading_a_form_changes_nothing(person: User) -> None:
    world = furnish(person)

    read(signed_in(person), f"{READ}?store={world.store.pk}", path="az://elsewhere", name="other")

    store = Store.objects.get(pk=world.store.pk)
    assert (store.path, store.name, store.state) == ("az://artifacts/runs", "thing", "failing")
    assert Store.objects.count() == 2


def test_somebody_elses_store_and_secret_are_not_read(person: User, stranger: User) -> None:
    world = furnish(person)
    browser = signed_in(stranger)

    assert browser.post(f"{READ}?store={world.store.pk}", {"path": "az://x"}).status_code == 404
    said = read(browser, path="az://models", authentication_secret=world.secret.name)
    assert "canaryaccount" not in said


def test_a_form_is_read_by_post_alone(person: User) -> None:
    assert signed_in(person).get(READ).status_code == 405


def test_m30_the_page_has_a_text_to_copy_for_each_program(person: User) -> None:
    world = furnish(person)

    reply = signed_in(person).get(f"/stores/store/{world.store.pk}/overview/")

    said = words_of(reply)
    assert "Copy for … Address" in said
    assert "zenml secret create thing --connection_string='<connection string>'" in said
    assert "export RCLONE_AZUREBLOB_CONNECTION_STRING='<connection string>'" in said
    assert KEY not in reply.content.decode()


def test_the_page_does_without_texts_where_the_address_is_not_right(person: User) -> None:
    world = furnish(person)
    Store.objects.filter(pk=world.store.pk).update(path="az://x")

    said = words_of(signed_in(person).get(f"/stores/store/{world.store.pk}/overview/"))

    assert "Copy for" not in said


def test_a_store_is_named_by_plain_digits(person: User) -> None:
    Store.objects.create(
        pk=3, name="third", owner=person, flavor="azure", path="az://models", sign_in="implicit"
    )
    browser = signed_in(person)

    codes = {
        typed: browser.post(f"{READ}?store={typed}", {"path": "az://models"}).status_code
        for typed in ("3", "٣", "x", "3" * 5000, "")
    }

    assert codes == {"3": 200, "٣": 404, "x": 404, "3" * 5000: 404, "": 200}


def test_a_missing_secret_is_made_by_who_may_and_by_nobody_else(
    person: User, stranger: User
) -> None:
    team = Team.objects.found("ml", person)
    team.admit(stranger, Role.OPERATOR)
    store = Store.objects.create(
        name="az_store",
        owner=person,
        team=team,
        flavor="azure",
        path="az://models",
        sign_in="from_secret",
        authentication_secret="az_secret",
    )
    address = f"/stores/store/{store.pk}/overview/"
    form = f"/secrets_app/secret/add/?name=az_secret&amp;schema=azure&amp;team={team.pk}"

    mine = signed_in(person).get(address).content.decode()
    theirs = signed_in(stranger).get(address).content.decode()

    assert f'<a href="{form}">Create it</a>' in mine
    assert "Missing" in theirs
    assert "Create it" not in theirs
