"""A store's own rules: its secret, its place, how it is opened."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from secrets_app.models import Secret, SecretsManager
from stores.flavors.base import Category, SignIn, StoreError
from stores.models import Store
from tests.support.pages import KEY

pytestmark = pytest.mark.django_db

ACCOUNT = {"account_url": "https://acct.blob.core.windows.net"}
OTHER_KEY = "c3RvcmVyb29tIHRlc3RzOiBub3QgdXNlZCBhbnl3aC4="


def azure(owner: User, **fields: Any) -> Store:
    given = {"name": "az_store", "flavor": "azure", "path": "az://artifacts", **fields}
    if "sign_in" not in given:
        given |= {"sign_in": "from_secret", "authentication_secret": "az_secret"}
    return Store.objects.create(owner=owner, **given)


def secret_of(owner: User, **values: str) -> Secret:
    secret = Secret.objects.create(
        name="az_secret", owner=owner, manager=SecretsManager.objects.built_in()
    )
    secret.replace(values or {"account_name": "acct", "account_key": KEY})
    return secret


# The secret that it names


def test_a_secret_is_found_by_its_name_once_it_is_there(person: User) -> None:
    store = azure(person)
    before = store.secret()

    secret = secret_of(person)

    assert before is None
    assert store.secret() == secret


def test_a_secret_of_that_name_that_is_somebody_elses_is_not_it(
    person: User, stranger: User
) -> None:
    secret_of(stranger)

    assert azure(person).secret() is None


def test_a_secret_of_that_name_in_another_team_is_not_it(person: User) -> None:
    secret = secret_of(person)
    secret.team = Group.objects.create(name="research")
    secret.save()

    assert azure(person).secret() is None


def test_the_stores_that_use_a_secret_are_known(person: User, stranger: User) -> None:
    secret = secret_of(person)
    mine = azure(person)
    azure(stranger)

    assert list(Store.objects.naming(secret)) == [mine]


def test_the_values_come_with_a_sentence_that_shows_none(person: User) -> None:
    secret_of(person)

    values, words = azure(person).read_secret()

    assert values == {"account_name": "acct", "account_key": KEY}
    assert words == "`az_secret` v1 decrypted (values not shown): account key."


def test_a_secret_that_is_missing_is_said(person: User) -> None:
    with pytest.raises(StoreError) as refusal:
        azure(person).read_secret()

    assert refusal.value.category == Category.SECRET_MISSING
    assert refusal.value.text == "There is no secret `az_secret`."


def test_s04_a_secret_of_another_key_is_said(person: User, settings: Any) -> None:
    secret_of(person)
    settings.FERNET_KEYS = [OTHER_KEY]

    with pytest.raises(StoreError) as refusal:
        azure(person).connect()

    assert refusal.value.category == Category.SECRET_UNDECRYPTABLE
    assert refusal.value.text.startswith(
        "`az_secret` cannot be decrypted with the loaded keys (sealed with key"
    )
    assert KEY not in refusal.value.text


def test_two_ways_in_one_secret_are_refused(person: User) -> None:
    secret_of(person, account_name="acct", account_key=KEY, sas_token="sv=1&sig=x")

    with pytest.raises(StoreError) as refusal:
        azure(person).read_secret()

    assert refusal.value.category == Category.SECRET_SHAPE


# Implicit sign-in


AMBIENT = {
    "implicit": "This store names no secret, so it would sign in implicitly, with whatever the"
    " worker's environment holds.",
    "managed_identity": "This store would sign in as whatever the worker runs as: Managed"
    " identity.",
    "workload_identity": "This store would sign in as whatever the worker runs as: Workload"
    " identity in AKS.",
    "azure_cli": "This store would sign in as whatever the worker runs as: Azure CLI on a"
    " developer's machine.",
}


@pytest.mark.parametrize(("sign_in", "words"), AMBIENT.items())
def test_s29_what_surrounds_a_worker_is_off_until_the_operator_allows_it(
    sign_in: str, words: str, person: User
) -> None:
    store = azure(person, sign_in=sign_in, allow_implicit=True, configuration=ACCOUNT)

    with pytest.raises(StoreError) as refusal:
        store.connect()

    assert refusal.value.category == Category.SETTINGS
    assert refusal.value.text == f"{words} That is off here."


@pytest.mark.parametrize(("sign_in", "words"), AMBIENT.items())
def test_s29_what_surrounds_a_worker_is_off_until_a_superuser_allows_it_for_the_store(
    sign_in: str, words: str, person: User, settings: Any
) -> None:
    settings.STOREROOM_ALLOW_IMPLICIT = True
    store = azure(person, sign_in=sign_in, configuration=ACCOUNT)

    with pytest.raises(StoreError) as refusal:
        store.connect()

    assert refusal.value.category == Category.SETTINGS
    assert refusal.value.text == (f"{words} No administrator has allowed that for this store.")


@pytest.mark.parametrize("sign_in", AMBIENT)
def test_s29_allowed_by_both_it_is_used(sign_in: str, person: User, settings: Any) -> None:
    settings.STOREROOM_ALLOW_IMPLICIT = True
    store = azure(person, sign_in=sign_in, allow_implicit=True, configuration=ACCOUNT)

    assert store.check_settings() == (
        "Address and sign-in fit together: container `artifacts` at"
        " `https://acct.blob.core.windows.net`."
    )


def test_implicit_sign_in_takes_the_workers_environment_and_nothing_else(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "acct")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", KEY)
    store = azure(person, sign_in="implicit")

    values, words = store.read_secret()

    assert values == {"account_name": "acct", "account_key": KEY}
    assert words == (
        "From the worker's environment: AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY."
    )


def test_an_identity_of_the_worker_takes_nothing_of_its_variables(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "acct")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", KEY)

    values, words = azure(person, sign_in="managed_identity").read_secret()

    assert (values, words) == ({}, "No secret is needed: Managed identity.")


# What the database holds


@pytest.mark.database
@pytest.mark.parametrize(
    ("sign_in", "secret"),
    [
        ("implicit", "az_secret"),
        ("none", "az_secret"),
        ("managed_identity", "az_secret"),
        ("azure_cli", "az_secret"),
        ("service_principal", ""),
        ("from_secret", ""),
        ("account_key", ""),
    ],
)
def test_a_secret_is_named_where_the_sign_in_needs_one(
    sign_in: str, secret: str, person: User
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        azure(person, sign_in=sign_in, authentication_secret=secret)


@pytest.mark.database
def test_a_store_in_a_stack_cannot_be_deleted(person: User) -> None:
    store = azure(person)
    store.stacks.create(name="train", owner=person)

    with pytest.raises(ProtectedError):
        store.delete()


# Where it is


def test_one_place_under_two_names_is_one_place(person: User) -> None:
    secret_of(person)
    by_name = azure(person, path="abfs://artifacts/runs")
    by_address = azure(
        person,
        name="other",
        path="az://artifacts",
        configuration={"account_url": "https://acct.blob.core.windows.net"},
        sign_in="implicit",
    )

    assert by_name.location() == ("azure", "acct", "artifacts", "runs")
    assert by_address.location("runs//7") == ("azure", "acct", "artifacts", "runs", "7")


def test_the_place_is_known_as_far_as_it_can_be(person: User, settings: Any) -> None:
    secret_of(person)
    settings.FERNET_KEYS = [OTHER_KEY]

    assert azure(person).location()[2:] == ("artifacts",)


def test_each_store_has_one_name_for_its_probe(person: User) -> None:
    store = azure(person)

    assert store.probe_name == f".storeroom/probe-{store.pk}"


def test_a_folder_opens_without_a_secret(person: User, settings: Any) -> None:
    path = settings.HOME.local_stores / "of-the-model-test"
    path.mkdir(parents=True, exist_ok=True)
    store = Store.objects.create(
        name="folder", owner=person, flavor="local", path=str(path), sign_in="none"
    )

    with store.connect() as backend:
        found = list(backend.list())

    assert found == []
    assert SignIn(store.sign_in) == SignIn.NONE


def test_a_store_opens_as_files(person: User, settings: Any) -> None:
    path = settings.HOME.local_stores / "of-the-files-test"
    path.mkdir(parents=True, exist_ok=True)
    store = Store.objects.create(
        name="folder", owner=person, flavor="local", path=str(path), sign_in="none"
    )

    with store.files() as files:
        with files.open(f"{path}/runs/a.txt", "w") as file:
            file.write("hello")
        found = files.glob(f"{path}/**")
        files.rmtree(f"{path}/runs")

    assert found == [f"{path}/runs", f"{path}/runs/a.txt"]
