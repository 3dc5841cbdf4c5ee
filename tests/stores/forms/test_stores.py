"""What may be typed about a store: what is wrong is said at its field, with what is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import User
from django.utils import timezone

from secrets_app.models import Secret, SecretsManager
from stores.flavors import FLAVORS
from stores.flavors.base import SignIn
from stores.forms import StoreForm, config_fields
from stores.models import Store
from tests.stores.runs.memory_flavor import MemoryFlavor

pytestmark = [pytest.mark.django_db, pytest.mark.database]

KEY = "Y2FuYXJ5" * 11
STRING = f"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={KEY}"


@pytest.fixture
def root(tmp_path: Path, settings: Any) -> Path:
    """The one root that the operator allows."""
    settings.STOREROOM_LOCAL_ROOTS = [str(tmp_path)]
    return tmp_path


def add_secret(owner: User, **values: str) -> None:
    secret = Secret.objects.create(
        name="az_secret", owner=owner, manager=SecretsManager.objects.built_in()
    )
    secret.replace(values)


def fill_in(user: User, store: Store | None = None, **fields: str) -> StoreForm:
    data = {"name": "az_store", "flavor": "azure", "path": "az://models", **fields}
    return StoreForm(data, instance=store, user=user)


def test_the_ways_to_sign_in_that_some_flavor_has_are_offered(admin_user: User) -> None:
    choices = StoreForm(user=admin_user).fields["sign_in"].choices

    assert choices == [
        ("", "The secret's one way; implicit without a secret"),
        ("implicit", "Implicit (environment)"),
        ("connection_string", "Connection string"),
        ("account_key", "Account name and key"),
        ("sas_token", "Account name and SAS token"),
        ("service_principal", "Service principal"),
        ("managed_identity", "Managed identity"),
        ("workload_identity", "Workload identity in AKS"),
        ("azure_cli", "Azure CLI on a developer's machine"),
    ]


def test_the_address_is_kept_in_its_normal_form(admin_user: User) -> None:
    store = fill_in(admin_user, path=" abfs://models/team/ ").save()

    assert store.path == "abfs://models/team"
    assert store.owner == admin_user


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("az:/models", "az://container"),
        ("az://Models", "Container names have 3–63 lower-case letters, digits"),
        ("az://ml", "<code>ml</code> has fewer than 3 characters"),
        ("s3://bucket", "This is an S3 address."),
    ],
)
def test_a_wrong_address_is_refused_with_the_rule(admin_user: User, path: str, words: str) -> None:
    assert words in fill_in(admin_user, path=path).errors["path"][0]


@pytest.mark.parametrize("path", ["/etc", "relative", "/srv/../etc"])
def test_a_folder_outside_the_roots_is_refused(admin_user: User, root: Path, path: str) -> None:
    form = fill_in(admin_user, flavor="local", path=path)

    assert list(form.errors) == ["path"]


def test_a_folder_needs_no_sign_in(admin_user: User, root: Path) -> None:
    store = fill_in(admin_user, flavor="local", path=f"{root}/team/").save()

    assert store.sign_in == SignIn.NONE
    assert store.path == f"{root}/team"


def test_a_folder_takes_no_secret(admin_user: User, root: Path) -> None:
    form = fill_in(
        admin_user, flavor="local", path=f"{root}/team", authentication_secret="az_secret"
    )

    assert form.errors == {"authentication_secret": ["This flavor needs no secret."]}


def test_an_unknown_flavor_is_refused(admin_user: User) -> None:
    assert "Select a valid choice" in fill_in(admin_user, flavor="gcs").errors["flavor"][0]


def test_a_second_store_of_the_same_name_is_refused(admin_user: User) -> None:
    fill_in(admin_user).save()

    assert fill_in(admin_user).errors == {"__all__": ["You have one of this name already."]}


def test_somebody_elses_name_may_be_taken(admin_user: User, person: User) -> None:
    fill_in(admin_user).save()

    assert fill_in(person).errors == {}


def test_without_a_secret_it_signs_in_implicitly(admin_user: User) -> None:
    assert fill_in(admin_user).save().sign_in == SignIn.IMPLICIT


def test_a_secret_may_come_later(admin_user: User) -> None:
    store = fill_in(admin_user, authentication_secret="az_secret").save()

    assert store.sign_in == SignIn.FROM_SECRET
    assert store.secret() is None


def test_a_chosen_way_needs_a_secret(admin_user: User) -> None:
    form = fill_in(admin_user, sign_in="account_key")

    assert form.errors == {"authentication_secret": ["This way to sign in needs a secret."]}


def test_implicit_sign_in_goes_with_no_secret(admin_user: User) -> None:
    form = fill_in(admin_user, sign_in="implicit", authentication_secret="az_secret")

    assert form.errors == {
        "authentication_secret": ["This way to sign in uses no secret; clear it."]
    }


@pytest.mark.parametrize("sign_in", ["managed_identity", "workload_identity", "azure_cli"])
def test_who_the_worker_runs_as_needs_the_accounts_address_and_no_secret(
    sign_in: str, admin_user: User
) -> None:
    lacking = fill_in(admin_user, sign_in=sign_in)
    whole = fill_in(admin_user, sign_in=sign_in, account_url="https://acct.blob.core.windows.net")

    assert "has no secret that names the account" in lacking.errors["sign_in"][0]
    assert whole.save().sign_in == sign_in


def test_a_client_id_goes_with_a_managed_identity_only(admin_user: User) -> None:
    given = {
        "account_url": "https://acct.blob.core.windows.net",
        "client_id": "55555555-6666-7777-8888-999999999999",
    }

    managed = fill_in(admin_user, sign_in="managed_identity", **given).save()
    other = fill_in(admin_user, name="other", sign_in="azure_cli", **given)

    assert managed.configuration == given
    assert "The setting <code>client_id</code> is for the sign-in" in other.errors["sign_in"][0]


def test_a_service_principal_is_a_secrets_way(admin_user: User) -> None:
    add_secret(
        admin_user,
        account_name="acct",
        tenant_id="11111111-2222-3333-4444-555555555555",
        client_id="22222222-3333-4444-5555-666666666666",
        client_secret="canary~secret",
    )

    named = fill_in(
        admin_user, sign_in="service_principal", authentication_secret="az_secret"
    ).save()

    assert named.sign_in == SignIn.SERVICE_PRINCIPAL


def test_s30_a_host_that_may_get_no_token_is_refused_at_the_form(admin_user: User) -> None:
    form = fill_in(admin_user, sign_in="managed_identity", account_url="https://evil.test/acct")

    assert "no host of Azure Blob Storage" in form.errors["sign_in"][0]


def test_a_secret_of_another_account_is_refused(admin_user: User) -> None:
    add_secret(admin_user, connection_string=STRING)

    form = fill_in(
        admin_user,
        authentication_secret="az_secret",
        account_url="https://other.blob.core.windows.net",
    )

    [words] = form.errors["authentication_secret"]
    assert words == (
        "Your address names account <code>other</code>, the connection string names"
        " <code>acct</code>. Correct the account&#x27;s address, or name a secret of that account."
    )


def test_a_truncated_key_is_refused_and_not_shown(admin_user: User) -> None:
    add_secret(admin_user, account_name="acct", account_key=KEY[:-3])

    form = fill_in(admin_user, authentication_secret="az_secret")

    [words] = form.errors["authentication_secret"]
    assert words.startswith("The account key is cut off (not valid base64)")
    assert KEY[:20] not in words


def test_a_wrong_account_address_is_refused_at_its_field(admin_user: User) -> None:
    form = fill_in(admin_user, account_url="ftp://acct.blob.core.windows.net")

    assert list(form.errors) == ["account_url"]


@pytest.mark.parametrize(
    ("fields", "state", "checked"),
    [
        ({"name": "other"}, "healthy", True),
        ({"description": "For a start"}, "healthy", True),
        ({"path": "az://other"}, "never", False),
        ({"account_url": "https://acct.blob.core.windows.net"}, "never", False),
    ],
)
def test_what_was_proven_of_old_settings_is_forgotten(
    admin_user: User, fields: dict[str, str], state: str, checked: bool
) -> None:
    store = fill_in(admin_user).save()
    store.state, store.state_words = Store.State.HEALTHY, "Proven: list."
    store.checked_at = timezone.now()
    store.save()

    fill_in(admin_user, store, sign_in="implicit", **fields).save()

    store.refresh_from_db()
    assert store.state == state
    assert (store.checked_at is not None) is checked


def test_settings_that_storeroom_does_not_know_are_kept(admin_user: User) -> None:
    store = fill_in(admin_user).save()
    store.configuration = {"of_zenml": "kept"}
    store.save()

    fill_in(admin_user, store, account_url="https://acct.blob.core.windows.net").save()

    store.refresh_from_db()
    assert store.configuration == {
        "of_zenml": "kept",
        "account_url": "https://acct.blob.core.windows.net",
    }


class BucketForm(forms.Form):
    """The settings of a flavor that this installation does not have."""

    region = forms.CharField()
    versioned = forms.BooleanField(required=False)


def test_a_flavors_own_form_keeps_what_it_requires(monkeypatch: pytest.MonkeyPatch) -> None:
    flavor = MemoryFlavor()
    flavor.ConfigForm = BucketForm
    monkeypatch.setitem(FLAVORS, "memory", flavor)

    fields = config_fields()

    assert fields["region"].required is False
    assert BucketForm.base_fields["region"].required is True
    assert type(BucketForm.base_fields["region"].widget) is forms.TextInput
    assert type(fields["versioned"].widget) is forms.CheckboxInput


def test_each_flavor_says_how_its_addresses_look(admin_user: User) -> None:
    assert fill_in(admin_user).fields["path"].help_text == (
        "Azure Blob Storage: <code>az://container/path</code> or"
        " <code>abfs://container/path</code>; an <code>https://…blob.core.windows.net/…</code>"
        " address may be pasted. Amazon S3: <code>s3://bucket/path</code>. Google"
        " Cloud Storage: <code>gs://bucket/path</code>. Local folder: a folder of this server,"
        " such as <code>/srv/artifacts</code>."
    )


# Addresses as people have them at hand


def test_a50_a_pasted_web_address_fills_in_the_account(admin_user: User) -> None:
    store = fill_in(admin_user, path="https://acct.dfs.core.windows.net/models/team%20a/").save()

    assert store.path == "az://models/team a"
    assert store.configuration == {"account_url": "https://acct.blob.core.windows.net"}
    assert store.location() == ("azure", "acct", "models", "team a")


def test_an_address_and_an_account_that_contradict_are_refused_with_a_choice(
    admin_user: User,
) -> None:
    form = fill_in(
        admin_user,
        path="abfss://models@accta.dfs.core.windows.net",
        account_url="https://acctb.blob.core.windows.net",
    )

    assert form.errors["path"] == [
        "Your address names account <code>accta</code>, the account&#x27;s address names"
        " <code>acctb</code>. Which is right? Clear the account&#x27;s address to use"
        " <code>accta</code>, or write <code>abfs://models</code> to use <code>acctb</code>."
    ]


@pytest.mark.parametrize(
    ("field", "typed", "shown"),
    [
        ("path", "az://models/a?sv=1&sig=canary", "az://models/a"),
        (
            "path",
            "https://acct.blob.core.windows.net/models?sv=1&sig=canary",
            "https://acct.blob.core.windows.net/models",
        ),
        (
            "account_url",
            "https://acct.blob.core.windows.net?sv=1&sig=canary",
            "https://acct.blob.core.windows.net",
        ),
        (
            "account_url",
            "https://me:canary@acct.blob.core.windows.net",
            "https://acct.blob.core.windows.net",
        ),
    ],
)
def test_a_pasted_credential_is_taken_out_of_what_the_form_shows_again(
    admin_user: User, field: str, typed: str, shown: str
) -> None:
    form = fill_in(admin_user, **{field: typed})

    assert list(form.errors) == [field]
    assert form[field].value() == shown
    assert "canary" not in form.as_p()


def test_the_meaning_is_there_once_the_address_is_right(admin_user: User) -> None:
    add_secret(admin_user, connection_string=STRING)

    right = fill_in(admin_user, name="", authentication_secret="az_secret")
    wrong = fill_in(admin_user, path="az://ml")

    assert right.findings() == []
    meaning = right.meaning()
    assert meaning is not None
    assert ("Account", "`acct`, as the secret says") in meaning.facts
    assert wrong.meaning() is None
    assert [(each.level, each.field) for each in wrong.findings()] == [("problem", "Address")]


def test_a_finding_names_its_field_as_the_form_does(admin_user: User) -> None:
    form = fill_in(admin_user, labels="stage")

    assert [(each.field, each.words) for each in form.findings()] == [
        ("Labels", "Line 1 is no `name = value`.")
    ]


def test_the_meaning_does_without_a_secret_that_cannot_be_read(
    admin_user: User, settings: Any
) -> None:
    add_secret(admin_user, connection_string=STRING)
    settings.FERNET_KEYS = ["b3RoZXIga2V5LCAzMiBieXRlcyBvZiBub3RoaW5nIS4="]

    meaning = fill_in(admin_user, authentication_secret="az_secret").meaning()

    assert meaning is not None
    assert ("Account", "not known") in meaning.facts


def test_the_meaning_tells_nothing_of_this_servers_environment(
    admin_user: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STOREROOM_ALLOW_IMPLICIT = True
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", STRING)

    for fields in ({}, {"sign_in": "implicit", "authentication_secret": "az_secret"}):
        meaning = fill_in(admin_user, **fields).meaning()
        assert meaning is not None
        assert ("Account", "not known") in meaning.facts


def test_the_meaning_of_a_folder(admin_user: User, root: Path) -> None:
    meaning = fill_in(admin_user, flavor="local", path=f"{root}/team/").meaning()

    assert meaning is not None
    assert meaning.facts == (("Address", f"`{root}/team`"), ("Beneath", f"`{root}`"))
