"""Stores in the console: what may be typed, what is refused and with which words."""

from __future__ import annotations

import os
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User

from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager
from stores.admin.stores import StoreAdmin, conditions
from stores.flavors import FLAVORS, base
from stores.flavors.base import SignIn
from stores.models import Check, Store, Transfer
from tests.stores.runs.memory_flavor import MemoryFlavor
from tests.support.pages import KEY, furnish, make_transfer, signed_in

pytestmark = pytest.mark.django_db

ADD = "/stores/store/add/"
ROOT = os.environ["STOREROOM_LOCAL_ROOTS"]
SAVE = {"_save": "Save without checking"}
AZURE = {"name": "az_store", "flavor": "azure", "path": "az://artifacts"} | SAVE
LOCAL = {"name": "folder", "flavor": "local", "path": f"{ROOT}/folder"} | SAVE


def add(user: User, fields: dict[str, str]) -> Any:
    return signed_in(user).post(ADD, fields)


def complaints(reply: Any) -> dict[str, list[str]]:
    """What the form says, by field, as text."""
    assert reply.status_code == 200
    errors = reply.context["adminform"].form.errors
    plain = {"<code>": "`", "</code>": "`"}
    found = {}
    for field, words in errors.items():
        text = [str(each) for each in words]
        for tag, sign in plain.items():
            text = [each.replace(tag, sign) for each in text]
        found[field] = [unescape(each) for each in text]
    return found


@pytest.fixture
def secret(person: User) -> Secret:
    secret = Secret.objects.create(
        name="az_secret", owner=person, manager=SecretsManager.objects.built_in()
    )
    connection = f"AccountName=acctb;AccountKey={KEY};EndpointSuffix=core.windows.net"
    secret.replace({"connection_string": connection})
    return secret


def test_a_store_is_saved_and_shown(person: User, secret: Secret) -> None:
    reply = add(
        person, AZURE | {"path": "abfs://artifacts/runs/", "authentication_secret": "az_secret"}
    )

    store = Store.objects.get()
    assert reply["Location"] == f"/stores/store/{store.pk}/overview/"
    assert (store.owner, store.path, store.sign_in, store.state) == (
        person,
        "abfs://artifacts/runs",
        "from_secret",
        "never",
    )
    assert str(AuditEntry.objects.get()) == "bea added store az_store"


def test_save_and_check_queues_a_check_and_shows_it(person: User, secret: Secret) -> None:
    fields = {**AZURE, "authentication_secret": "az_secret", "_check": "Save and check"}
    del fields["_save"]

    reply = add(person, fields)

    check = Check.objects.get()
    assert reply["Location"] == f"/stores/check/{check.pk}/"
    assert (check.status, check.requested_by) == ("queued", person)


def test_a_store_without_a_secret_is_implicit(person: User) -> None:
    add(person, AZURE)

    assert Store.objects.get().sign_in == "implicit"


def test_the_secret_may_come_later(person: User) -> None:
    add(person, AZURE | {"authentication_secret": "not_there_yet"})

    store = Store.objects.get()
    assert store.secret() is None
    page = signed_in(person).get(f"/stores/store/{store.pk}/overview/").content.decode()
    assert "not_there_yet" in page
    assert "Missing" in page


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("artifacts", "An address looks like `az://container/path` or `abfs://container/path`."),
        (
            "s3://bucket",
            "This is an S3 address. This store type reads Azure Blob Storage only.",
        ),
        ("az://", "`az://` needs a container: `az://container/path`."),
        (
            "az://ML_Data",
            "Container names have 3–63 lower-case letters, digits or single hyphens: `ML_Data`"
            " has a capital and an underscore.",
        ),
        (
            "az://ab",
            "Container names have 3–63 lower-case letters, digits or single hyphens: `ab` has"
            " fewer than 3 characters.",
        ),
        ("az://artifacts/../other", "Parts `.` and `..` are not allowed in the path."),
        (
            "az://artifacts?sig=x",
            "The address contains a SAS token, which belongs in a secret: paste the whole address"
            " into the secret's form. Leave out here what follows the `?`.",
        ),
        ("", "This field is required."),
    ],
)
def test_an_address_that_cannot_be_is_refused(path: str, complaint: str, person: User) -> None:
    reply = add(person, AZURE | {"path": path})

    assert complaints(reply) == {"path": [complaint]}
    assert not Store.objects.exists()


@pytest.mark.parametrize(
    "path",
    ["/etc", "/", f"{ROOT}-other/x", "/proc/self", os.path.dirname(ROOT)],
    ids=["etc", "everything", "neighbour", "proc", "above"],
)
def test_w33_a_folder_outside_the_allowed_roots_is_refused(path: str, person: User) -> None:
    reply = add(person, LOCAL | {"path": path})

    assert complaints(reply) == {
        "path": [f"The folder has to be beneath one of the allowed roots: `{ROOT}`."]
    }


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        (f"{ROOT}/../../etc", "Parts `.` and `..` are not allowed in the path."),
        (f"file://{ROOT}/%2e%2e/etc", "Parts `.` and `..` are not allowed in the path."),
        ("relative/folder", "A folder's path is absolute: it begins with `/`."),
        ("nul\0byte", "Null characters are not allowed."),
    ],
    ids=["dots", "dots in an address", "relative", "nul"],
)
def test_w31_a_path_that_leads_elsewhere_is_refused(
    path: str, complaint: str, person: User
) -> None:
    assert complaints(add(person, LOCAL | {"path": path})) == {"path": [complaint]}


def test_an_unknown_flavor_is_refused(person: User) -> None:
    reply = add(person, AZURE | {"flavor": "minio"})

    assert complaints(reply) == {
        "flavor": ["Select a valid choice. minio is not one of the available choices."]
    }


def test_an_account_that_differs_from_the_secrets_is_refused(person: User, secret: Secret) -> None:
    reply = add(
        person,
        AZURE
        | {
            "authentication_secret": "az_secret",
            "account_url": "https://accta.blob.core.windows.net",
        },
    )

    assert complaints(reply) == {
        "authentication_secret": [
            "Your address names account `accta`, the connection string names `acctb`. Correct the"
            " account's address, or name a secret of that account."
        ]
    }
    assert KEY not in reply.content.decode()


def test_an_account_address_that_cannot_be_is_refused(person: User) -> None:
    reply = add(person, AZURE | {"account_url": "acct"})

    assert complaints(reply) == {
        "account_url": [
            "The account's address begins with `https://` and a host:"
            " `https://account.blob.core.windows.net`."
        ]
    }


@pytest.mark.parametrize(
    ("fields", "field", "complaint"),
    [
        (
            {"sign_in": "connection_string"},
            "authentication_secret",
            "This way to sign in needs a secret.",
        ),
        (
            {"sign_in": "implicit", "authentication_secret": "az_secret"},
            "authentication_secret",
            "This way to sign in uses no secret; clear it.",
        ),
        (
            {"sign_in": "account_key", "authentication_secret": "az_secret"},
            "authentication_secret",
            "This way to sign in needs `account_name` and `account_key`; the secret lacks"
            " `account_name` and `account_key`. Add what is missing to the secret, or choose"
            " another way to sign in.",
        ),
        (
            {"sign_in": "password"},
            "sign_in",
            "Select a valid choice. password is not one of the available choices.",
        ),
    ],
)
def test_there_is_one_way_to_sign_in(
    fields: dict[str, str], field: str, complaint: str, person: User, secret: Secret
) -> None:
    assert complaints(add(person, AZURE | fields)) == {field: [complaint]}


def test_a_folder_has_no_secret(person: User) -> None:
    reply = add(person, LOCAL | {"authentication_secret": "az_secret"})

    assert complaints(reply) == {"authentication_secret": ["This flavor needs no secret."]}


def test_a_second_store_of_one_name_is_refused(person: User) -> None:
    add(person, AZURE)

    reply = add(person, AZURE)

    assert complaints(reply) == {"__all__": ["You have one of this name already."]}
    assert Store.objects.count() == 1


def test_a_name_that_somebody_else_uses_is_free(person: User, stranger: User) -> None:
    add(person, AZURE)

    assert add(stranger, AZURE).status_code == 302
    assert Store.objects.count() == 2


@pytest.mark.parametrize(
    "name", ["two\nlines", "carriage\rreturn", "nul\0byte", "bidi\u202e", "zero\u200bwidth"]
)
def test_w44_a_name_that_does_not_show_is_refused(name: str, person: User) -> None:
    reply = add(person, AZURE | {"name": name})

    assert list(complaints(reply)) == ["name"]


@pytest.mark.parametrize("name", ["two\nlines", "nul\0byte", "bidi\u202e", "zero\u200bwidth"])
def test_w44_nor_may_the_secret_be_named_so(name: str, person: User) -> None:
    reply = add(person, AZURE | {"authentication_secret": name})

    assert list(complaints(reply)) == ["authentication_secret"]


def test_the_owner_is_not_a_field_that_one_can_post(person: User, stranger: User) -> None:
    add(person, AZURE | {"owner": str(stranger.pk), "state": "healthy", "team": "1"})

    store = Store.objects.get()
    assert (store.owner, store.team, store.state) == (person, None, "never")


def change(store: Store, user: User, fields: dict[str, str]) -> Any:
    return signed_in(user).post(f"/stores/store/{store.pk}/change/", fields)


def test_a_changed_address_is_not_proven_any_more(person: User) -> None:
    add(person, AZURE)
    store = Store.objects.get()
    Store.objects.update(state="healthy", state_words="Proven: list.")

    change(store, person, AZURE | {"path": "az://other"})

    store.refresh_from_db()
    assert (store.state, store.state_words) == ("never", "")


def test_a_changed_description_proves_as_much_as_before(person: User) -> None:
    add(person, AZURE)
    store = Store.objects.get()
    Store.objects.update(state="healthy", state_words="Proven: list.")

    change(store, person, AZURE | {"sign_in": "implicit", "description": "the team's"})

    store.refresh_from_db()
    assert (store.state, store.description) == ("healthy", "the team's")
    assert AuditEntry.objects.get(action="changed").words == "Description"


def test_settings_that_storeroom_does_not_know_are_kept(person: User) -> None:
    add(person, AZURE)
    store = Store.objects.get()
    Store.objects.update(configuration={"mount": "/mnt", "account_url": "https://a.example/b"})

    change(store, person, AZURE)

    store.refresh_from_db()
    assert store.configuration == {"mount": "/mnt"}


def test_s04_a_store_whose_secret_cannot_be_decrypted_can_be_changed(
    person: User, secret: Secret, settings: Any
) -> None:
    add(person, AZURE | {"authentication_secret": "az_secret"})
    settings.FERNET_KEYS = ["c3RvcmVyb29tIHRlc3RzOiBub3QgdXNlZCBhbnl3aC4="]

    reply = change(
        Store.objects.get(),
        person,
        AZURE | {"authentication_secret": "az_secret", "description": "still mine"},
    )

    assert reply.status_code == 302
    assert Store.objects.get().description == "still mine"


def test_check_selected_stores_queues_one_each(person: User) -> None:
    add(person, AZURE)
    add(person, LOCAL)
    chosen = list(Store.objects.values_list("pk", flat=True))

    reply = signed_in(person).post(
        "/stores/store/", {"action": "check_now", "_selected_action": chosen}, follow=True
    )

    assert "Queued 2 check(s)." in reply.content.decode()
    assert Check.objects.count() == 2


def test_the_check_button_queues_a_check(person: User) -> None:
    add(person, AZURE)
    store = Store.objects.get()

    reply = signed_in(person).post(f"/stores/store/{store.pk}/check/")

    assert reply["Location"] == f"/stores/check/{Check.objects.get().pk}/"


def test_failing_stores_are_listed_first(person: User) -> None:
    for name, state in (("a", "healthy"), ("b", "degraded"), ("c", "never"), ("d", "failing")):
        add(person, AZURE | {"name": name})
        Store.objects.filter(name=name).update(state=state)

    reply = signed_in(person).get("/stores/store/")

    assert [store.name for store in reply.context["cl"].result_list] == ["d", "b", "a", "c"]


def test_a_store_in_a_stack_is_not_deleted(person: User) -> None:
    world = furnish(person)
    address = f"/stores/store/{world.store.pk}/delete/"

    reply = signed_in(person).post(address, {"post": "yes"})

    assert reply.status_code == 200
    assert Store.objects.filter(pk=world.store.pk).exists()


def test_a_store_that_a_transfer_is_at_work_with_is_not_deleted(person: User) -> None:
    world = furnish(person)
    running = make_transfer(world.store, world.other, "running")

    reply = signed_in(person).post(f"/stores/store/{world.other.pk}/delete/", {"post": "yes"})

    assert reply.status_code == 200
    assert str(running) in unescape(reply.content.decode())
    assert Store.objects.filter(pk=world.other.pk).exists()


def test_a_deleted_store_leaves_its_transfers(person: User) -> None:
    world = furnish(person)

    reply = signed_in(person).post(f"/stores/store/{world.other.pk}/delete/", {"post": "yes"})

    transfer = Transfer.objects.get()
    assert reply.status_code == 302
    assert (transfer.target, transfer.target_name) == (None, "thing-folder")
    assert str(AuditEntry.objects.filter(action="deleted").get()) == (
        "bea deleted store thing-folder"
    )


def test_somebody_elses_schedule_is_not_shown_with_the_store(
    person: User, admin_user: User
) -> None:
    world = furnish(person)
    world.schedule.owner = admin_user
    world.schedule.save()

    page = signed_in(person).get(f"/stores/store/{world.store.pk}/overview/").content.decode()

    assert "Not checked on a schedule." in page


def test_the_form_shows_what_the_chosen_flavor_has() -> None:
    ambient = (
        "['implicit', 'managed_identity', 'workload_identity', 'azure_cli'].includes(sign_in)"
    )
    implicit = "(sign_in == 'implicit' || (!sign_in && !authentication_secret))"
    anywhere = "flavor == 'azure' || flavor == 's3' || flavor == 'gcp'"
    assert StoreAdmin.conditional_fields == {
        "sign_in": anywhere,
        "authentication_secret": f"({anywhere}) && (!{ambient} || authentication_secret)",
        "account_url": "flavor == 'azure'",
        "client_id": "(flavor == 'azure') && (sign_in == 'managed_identity' || client_id)",
        "region": "flavor == 's3'",
        "endpoint_url": "flavor == 's3'",
        "api_endpoint": "flavor == 'gcp'",
        "implicit_note": f"({anywhere}) && {implicit}",
        "allow_implicit": f"({anywhere}) && ({ambient} || {implicit})",
    }
    assert StoreAdmin.fieldsets[0][1]["fields"] == [
        "flavor",
        "path",
        "sign_in",
        "authentication_secret",
        "account_url",
        "client_id",
        "region",
        "endpoint_url",
        "api_endpoint",
        "implicit_note",
        "allow_implicit",
    ]


def test_a_flavor_more_needs_nothing_in_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    flavor = MemoryFlavor()
    flavor.sign_ins = (SignIn.IMPLICIT,)
    flavor.ConfigForm = FLAVORS["azure"].ConfigForm
    monkeypatch.setitem(FLAVORS, "memory", flavor)

    everywhere = "flavor == 'azure' || flavor == 's3' || flavor == 'gcp' || flavor == 'memory'"
    shown = conditions()
    assert shown["sign_in"] == everywhere
    assert shown["account_url"] == "flavor == 'azure' || flavor == 'memory'"
    assert shown["authentication_secret"].startswith(f"({everywhere}) && ")
    assert shown["region"] == "flavor == 's3'"


@pytest.fixture
def kept(person: User) -> Store:
    """A store of a flavor that Storeroom cannot open."""
    return Store.objects.create(
        name="kept",
        owner=person,
        flavor="minio",
        path="minio://models",
        sign_in="from_secret",
        authentication_secret="minio_secret",
        configuration={"endpoint_url": "anything", "verify": "false"},
    )


def test_a_store_that_cannot_be_opened_says_so_and_offers_no_check(
    person: User, kept: Store
) -> None:
    page = signed_in(person).get(f"/stores/store/{kept.pk}/overview/").content.decode()

    assert (
        "Storeroom cannot open the flavor <code>minio</code>; it is kept for stacks and export."
        in page
    )
    assert "Check now" not in page
    assert "Check it every few minutes" not in page
    assert "New transfer from here" not in page


def test_a_store_that_cannot_be_opened_is_never_checked(person: User, kept: Store) -> None:
    client = signed_in(person)

    by_hand = client.post(f"/stores/store/{kept.pk}/check/")
    client.post("/stores/store/", {"action": "check_now", "_selected_action": [kept.pk]})
    fields = {"name": "kept", "flavor": "minio", "path": "minio://models", "_check": "1"}
    saved = client.post(
        f"/stores/store/{kept.pk}/change/", fields | {"authentication_secret": "minio_secret"}
    )

    assert by_hand.status_code == 404
    assert saved["Location"] == f"/stores/store/{kept.pk}/overview/"
    assert not Check.objects.exists()


def test_saving_a_store_that_cannot_be_opened_keeps_its_settings(
    person: User, kept: Store
) -> None:
    fields = {"name": "renamed", "flavor": "minio", "path": "minio://models"} | SAVE

    signed_in(person).post(
        f"/stores/store/{kept.pk}/change/", fields | {"authentication_secret": "minio_secret"}
    )

    kept.refresh_from_db()
    assert (kept.name, kept.flavor, kept.authentication_secret) == (
        "renamed",
        "minio",
        "minio_secret",
    )
    assert kept.configuration == {"endpoint_url": "anything", "verify": "false"}


def test_an_s3_store_is_registered_with_its_settings(person: User) -> None:
    add(
        person,
        {
            "name": "s3_store",
            "flavor": "s3",
            "path": "s3://models/team/",
            "authentication_secret": "aws_secret",
            "region": "EU-central-1",
            "endpoint_url": "https://minio.example.com:9000/",
        }
        | SAVE,
    )

    store = Store.objects.get()
    assert (store.path, store.sign_in) == ("s3://models/team", "from_secret")
    assert store.configuration == {
        "region": "eu-central-1",
        "endpoint_url": "https://minio.example.com:9000",
    }


def test_the_form_says_how_to_install_what_is_missing(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "_is_installed", lambda package: package != "botocore")

    page = signed_in(person).get(ADD).content.decode()

    assert "(not installed yet: <code>./manage.py integration install s3</code>)" in page
    assert "integration install gcp" not in page


@pytest.fixture
def one_more(person: User, monkeypatch: pytest.MonkeyPatch) -> list[Store]:
    """Two stores, of a person who may start one more check within this minute."""
    monkeypatch.setattr("stores.dispatch.queueing.MOST_CHECKS", 1)
    return [
        Store.objects.create(
            name=name, flavor="azure", path="az://ml", sign_in="implicit", owner=person
        )
        for name in ("first", "second")
    ]


LIMIT = "You may start 1 checks a minute, and you have. Wait a minute, then start the others."


def test_w29_selected_stores_are_checked_as_far_as_one_may(
    person: User, one_more: list[Store]
) -> None:
    chosen = {"action": "check_now", "_selected_action": [store.pk for store in one_more]}

    page = signed_in(person).post("/stores/store/", chosen, follow=True).content.decode()

    assert LIMIT in page
    assert "Queued 1 check(s)." in page
    assert Check.objects.count() == 1


def test_w29_the_button_says_that_it_is_too_often(person: User, one_more: list[Store]) -> None:
    browser = signed_in(person)
    browser.post(f"/stores/store/{one_more[0].pk}/check/")

    reply = browser.post(f"/stores/store/{one_more[1].pk}/check/", follow=True)

    assert reply.redirect_chain[-1][0] == f"/stores/store/{one_more[1].pk}/overview/"
    assert LIMIT in reply.content.decode()
    assert Check.objects.count() == 1


def test_w29_a_store_is_saved_although_it_is_not_checked(
    person: User, one_more: list[Store], secret: Secret
) -> None:
    browser = signed_in(person)
    browser.post(f"/stores/store/{one_more[0].pk}/check/")
    fields = {**AZURE, "authentication_secret": "az_secret", "_check": "Save and check"}
    del fields["_save"]

    page = browser.post(ADD, fields, follow=True).content.decode()

    assert LIMIT in page
    assert Store.objects.filter(name="az_store").exists()
    assert Check.objects.count() == 1


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "169.254.169.254", "10.0.0.1", "[::1]", "2130706433", "localhost."],
)
def test_w23_w24_an_account_that_may_not_be_called_is_not_saved(
    host: str, person: User, settings: Any
) -> None:
    settings.STOREROOM_ALLOW_HOSTS = []

    reply = add(person, AZURE | {"account_url": f"http://{host}:10000/acct"})

    [words] = complaints(reply)["account_url"]
    assert "STOREROOM_ALLOW_HOSTS" in words or "begins with `https://`" in words
    assert not Store.objects.exists()


def test_w23_a_secret_whose_account_may_not_be_called_is_not_taken(
    person: User, secret: Secret, settings: Any
) -> None:
    string = f"AccountName=acctb;AccountKey={KEY};BlobEndpoint=http://127.0.0.1:10000/acctb"
    secret.replace({"connection_string": string})
    settings.STOREROOM_ALLOW_HOSTS = []

    reply = add(person, AZURE | {"authentication_secret": "az_secret"})

    assert complaints(reply) == {
        "authentication_secret": [
            "`127.0.0.1` is refused by this server's policy for outgoing calls. Nothing was sent."
            " Correct the address. If it is meant, the operator can allow it in"
            " STOREROOM_ALLOW_HOSTS."
        ]
    }
    assert not Store.objects.exists()
