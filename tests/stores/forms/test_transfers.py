"""What may be typed about a transfer: never onto itself, whatever the stores are called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from secrets_app.models import Secret, SecretsManager
from stores.forms import TransferForm
from stores.models import Store, Transfer

pytestmark = [pytest.mark.django_db, pytest.mark.database]

KEY = "Y2FuYXJ5" * 11
OTHER_KEY = "b3RoZXI5" * 11
SAME = "Source and target are the same folder."
INSIDE = (
    "The target lies inside the source: copies would be copied again. Choose a folder outside"
    " of it."
)


@pytest.fixture
def add_secret(admin_user: User) -> Callable[..., str]:
    """A function that seals a secret and returns its name."""

    def add(name: str, **values: str) -> str:
        secret = Secret.objects.create(
            name=name, owner=admin_user, manager=SecretsManager.objects.built_in()
        )
        secret.replace(values)
        return name

    return add


@pytest.fixture
def azure(admin_user: User) -> Callable[..., Store]:
    """A function that registers a container."""

    def add(name: str, path: str, secret: str = "", account_url: str = "") -> Store:
        return Store.objects.create(
            name=name,
            path=path,
            flavor="azure",
            sign_in="from_secret" if secret else "implicit",
            authentication_secret=secret,
            configuration={"account_url": account_url} if account_url else {},
            owner=admin_user,
        )

    return add


@pytest.fixture
def folder(admin_user: User, tmp_path: Path, settings: Any) -> Callable[[str], Store]:
    """A function that registers a folder beneath an allowed root."""
    settings.STOREROOM_LOCAL_ROOTS = [str(tmp_path)]

    def add(path: str) -> Store:
        return Store.objects.create(
            name=path, path=f"{tmp_path}/{path}", flavor="local", sign_in="none", owner=admin_user
        )

    return add


def fill_in(source: Store, target: Store, **fields: str) -> TransferForm:
    """The form as the stores' owner fills it in."""
    data = {"source": source.pk, "target": target.pk, "conflict": "skip_same", **fields}
    return TransferForm(data, user=source.owner)


def test_between_two_folders_it_is_accepted(folder: Callable[[str], Store]) -> None:
    form = fill_in(folder("a"), folder("b"), source_prefix="runs", target_prefix="archive")

    transfer = form.save()

    assert str(transfer) == f"Transfer {transfer.pk}: a/runs → b/archive"
    assert transfer.state == Transfer.State.PLANNING
    assert transfer.owner.username == "ada"


def test_prefixes_are_put_into_their_normal_form(folder: Callable[[str], Store]) -> None:
    form = fill_in(folder("a"), folder("b"), source_prefix="//runs//4/ ", target_prefix="/")

    transfer = form.save()

    assert transfer.source_prefix == "runs/4"
    assert transfer.target_prefix == ""


@pytest.mark.parametrize("prefix", ["..", "a/../b", "./a", "a/."])
def test_a_prefix_does_not_climb(folder: Callable[[str], Store], prefix: str) -> None:
    form = fill_in(folder("a"), folder("b"), source_prefix=prefix)

    assert form.errors == {
        "source_prefix": [
            "A prefix is a folder inside the store: no <code>.</code> and no <code>..</code>."
        ]
    }


@pytest.mark.parametrize(
    ("source_prefix", "target_prefix", "words"),
    [
        ("", "", SAME),
        ("runs", "runs", SAME),
        ("runs", "runs/", SAME),
        ("runs", "//runs", SAME),
        ("", "copy", INSIDE),
        ("runs", "runs/4", INSIDE),
    ],
)
def test_t34_into_the_same_store(
    folder: Callable[[str], Store], source_prefix: str, target_prefix: str, words: str
) -> None:
    store = folder("a")

    form = fill_in(store, store, source_prefix=source_prefix, target_prefix=target_prefix)

    assert form.errors == {"target": [words]}


@pytest.mark.parametrize(
    ("source_prefix", "target_prefix"), [("runs", "runs2"), ("runs/4", "runs"), ("a", "b")]
)
def test_t34_beside_the_source_or_above_it_is_accepted(
    folder: Callable[[str], Store], source_prefix: str, target_prefix: str
) -> None:
    store = folder("a")

    form = fill_in(store, store, source_prefix=source_prefix, target_prefix=target_prefix)

    assert form.errors == {}


def test_t34_two_stores_of_one_folder(folder: Callable[[str], Store]) -> None:
    assert fill_in(folder("a"), folder("a/")).errors == {"target": [SAME]}


def test_t34_a_store_inside_the_other(folder: Callable[[str], Store]) -> None:
    assert fill_in(folder("a"), folder("a/b")).errors == {"target": [INSIDE]}


def test_t34_a_prefix_that_leads_to_the_other_store(folder: Callable[[str], Store]) -> None:
    form = fill_in(folder("a"), folder("a/b"), source_prefix="b")

    assert form.errors == {"target": [SAME]}


def test_t34_a_root_reached_by_a_link(
    folder: Callable[[str], Store], admin_user: User, tmp_path: Path, settings: Any
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    settings.STOREROOM_LOCAL_ROOTS = [str(tmp_path / "real"), str(tmp_path / "link")]

    assert fill_in(folder("real/a"), folder("link/a")).errors == {"target": [SAME]}


@pytest.mark.parametrize("path", ["abfs://models", "az://models/", "AZ://models"])
def test_t34_other_spellings_of_a_container(
    azure: Callable[..., Store], add_secret: Callable[..., str], path: str
) -> None:
    secret = add_secret("key", account_name="acct", account_key=KEY)

    form = fill_in(azure("one", "az://models", secret), azure("two", path, secret))

    assert form.errors == {"target": [SAME]}


def test_t34_one_container_by_two_secrets_of_one_account(
    azure: Callable[..., Store], add_secret: Callable[..., str]
) -> None:
    key = add_secret("key", account_name="acct", account_key=KEY)
    token = add_secret("token", account_name="acct", sas_token="sv=1&sig=canary")

    form = fill_in(azure("one", "az://models/a", key), azure("two", "az://models/a/b", token))

    assert form.errors == {"target": [INSIDE]}


@pytest.mark.parametrize(
    "account_url",
    ["https://acct.blob.core.windows.net", "https://ACCT.blob.core.windows.net:443/"],
)
def test_t34_one_container_by_address_and_by_connection_string(
    azure: Callable[..., Store], add_secret: Callable[..., str], account_url: str
) -> None:
    string = add_secret(
        "string",
        connection_string=f"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={KEY};"
        "EndpointSuffix=core.windows.net",
    )
    key = add_secret("key", account_name="acct", account_key=OTHER_KEY)

    form = fill_in(
        azure("one", "az://models", string),
        azure("two", "az://models", key, account_url=account_url),
    )

    assert form.errors == {"target": [SAME]}


def test_t34_one_container_in_an_emulator(
    azure: Callable[..., Store], add_secret: Callable[..., str]
) -> None:
    string = add_secret(
        "string",
        connection_string=f"AccountName=acct;AccountKey={KEY};"
        "BlobEndpoint=http://127.0.0.1:10000/acct",
    )
    key = add_secret("key", account_name="acct", account_key=OTHER_KEY)

    form = fill_in(
        azure("one", "az://models", string),
        azure("two", "az://models", key, account_url="http://127.0.0.1:10000/acct"),
    )

    assert form.errors == {"target": [SAME]}


def test_a_container_of_the_same_name_in_another_account_is_another_place(
    azure: Callable[..., Store], add_secret: Callable[..., str]
) -> None:
    one = add_secret("one", account_name="acct1", account_key=KEY)
    two = add_secret("two", account_name="acct2", account_key=KEY)

    form = fill_in(azure("one", "az://models", one), azure("two", "az://models", two))

    assert form.errors == {}


def test_t34_where_the_account_is_unknown_the_secret_stands_for_it(
    azure: Callable[..., Store],
) -> None:
    one, two = azure("one", "az://models", "to come"), azure("two", "az://models", "to come")
    other = azure("other", "az://models", "to come as well")

    assert fill_in(one, two).errors == {"target": [SAME]}
    assert fill_in(one, other).errors == {}


def test_both_sides_are_needed(folder: Callable[[str], Store]) -> None:
    form = TransferForm({"conflict": "skip_same"}, user=folder("a").owner)

    assert form.errors == {
        "source": ["This field is required."],
        "target": ["This field is required."],
    }


def test_a_foreign_store_is_not_offered(folder: Callable[[str], Store], person: User) -> None:
    data = {"source": folder("a").pk, "target": folder("b").pk, "conflict": "skip_same"}

    form = TransferForm(data, user=person)

    assert sorted(form.errors) == ["source", "target"]
    assert "Select a valid choice" in form.errors["source"][0]
