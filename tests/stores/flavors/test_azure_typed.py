"""Every form of an Azure address that people have at hand, and what becomes of it (A50)."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from stores.flavors.azure import AzureFlavor
from stores.flavors.azure.typed import read
from stores.flavors.base import CREDENTIALS, without_credentials

ACCT = "https://acct.blob.core.windows.net"


@pytest.mark.parametrize(
    ("typed", "path", "account"),
    [
        ("az://models/a", "az://models/a", None),
        (" AZ://models/a/ ", "az://models/a", None),
        ("abfs://models", "abfs://models", None),
        ("abfss://models/a", "abfs://models/a", None),
        ("wasbs://models/a", "az://models/a", None),
        ("abfs://models@acct.dfs.core.windows.net/p", "abfs://models/p", ACCT),
        ("abfss://models@acct.dfs.core.windows.net/p/q/", "abfs://models/p/q", ACCT),
        ("ABFSS://models@ACCT.DFS.core.windows.net", "abfs://models", ACCT),
        ("wasb://models@acct.blob.core.windows.net/p", "az://models/p", ACCT),
        ("wasbs://models@acct.blob.core.windows.net/p", "az://models/p", ACCT),
        ("az://models@acct.blob.core.windows.net/p", "az://models/p", ACCT),
        ("https://acct.blob.core.windows.net/models/p", "az://models/p", ACCT),
        ("https://Acct.Blob.core.windows.net:443/models//p/", "az://models/p", ACCT),
        ("HTTPS://acct.dfs.core.windows.net/models", "az://models", ACCT),
        ("http://acct.blob.core.windows.net/models", "az://models", ACCT),
        (
            "https://acct.blob.core.windows.net/models/a%20b/gr%C3%BCn",
            "az://models/a b/grün",
            ACCT,
        ),
        ("https://acct.blob.core.windows.net/models/a b", "az://models/a b", ACCT),
        (
            "abfss://models@acct.dfs.core.chinacloudapi.cn/p",
            "abfs://models/p",
            "https://acct.blob.core.chinacloudapi.cn",
        ),
        (
            "https://acct.privatelink.dfs.core.windows.net/models",
            "az://models",
            "https://acct.privatelink.blob.core.windows.net",
        ),
        (
            "http://127.0.0.1:10000/devstoreaccount1/models/p",
            "az://models/p",
            "http://127.0.0.1:10000/devstoreaccount1",
        ),
        ("http://azurite:10000/acct/models", "az://models", "http://azurite:10000/acct"),
        ("http://[::1]:10000/acct/models", "az://models", "http://[::1]:10000/acct"),
        ("https://data.example.com/models/p", "az://models/p", "https://data.example.com"),
    ],
)
def test_a50_each_form_has_one_normal_form(typed: str, path: str, account: str | None) -> None:
    found = read(typed)

    assert str(found.path) == path
    assert (str(found.account) if found.account else None) == account


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "An address looks like `az://container/path` or `abfs://container/path`."),
        ("models/path", "An address looks like"),
        ("az:/models", "An address looks like"),
        ("acct.blob.core.windows.net/models", "An address looks like"),
        ("ftp://models", "An address looks like"),
        ("s3://bucket/x", "This is an S3 address. This store type reads Azure Blob"),
        ("gs://bucket", "This is a Google Cloud Storage address."),
        ("file:///srv", "Choose the store type “Local folder”"),
        ("az://", "`az://` needs a container: `az://container/path`."),
        ("abfss:///path", "`abfss://` needs a container: `abfss://container/path`."),
        ("abfss://@acct.dfs.core.windows.net/p", "`abfss://` needs a container"),
        ("abfss://models@acct/p", "After the `@` stands the account's host"),
        ("abfss://models@/p", "After the `@` stands the account's host"),
        ("abfss://Models@acct.dfs.core.windows.net", "`Models` has a capital"),
        ("https://acct.blob.core.windows.net", "names an account and no container"),
        ("https://acct.blob.core.windows.net/", "`https://acct.blob.core.windows.net/container/"),
        ("http://127.0.0.1:10000/acct", "names an account and no container"),
        (
            "https://acct.blob.core.windows.net/ML",
            "`ML` has fewer than 3 characters and a capital",
        ),
        ("https://acct.blob.core.windows.net/models/%2e%2e/x", "Parts `.` and `..`"),
        ("https://acct.blob.core.windows.net/models/a%2F..%2Fb", "Parts `.` and `..`"),
        ("https://acct.blob.core.windows.net/models/a%00b", "an invisible character"),
        ("https://acct.blob.core.windows.net/models/%ff", "not an address like"),
        ("https://acct.blob.core.windows.net:port/models", "not an address like"),
        ("https:///models", "begins with `https://` and a host"),
        ("az://models/a?restype=container", "Leave out what follows"),
        ("https://acct.blob.core.windows.net/models#x", "Leave out what follows"),
        ("az://models/a\\b", "a backslash or an invisible character"),
    ],
)
def test_a50_other_forms_are_refused_with_the_reason(typed: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(typed)

    assert words in caught.value.message
    assert caught.value.code != CREDENTIALS


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("az://models/a?sv=1&sig=canary", "az://models/a"),
        ("az://models/a?SIG=canary", "az://models/a"),
        ("az://models/a#sig=canary", "az://models/a"),
        ("az://models/a&sig=canary", "az://models/a"),
        ("https://acct.blob.core.windows.net/models?sv=1&sig=canary", f"{ACCT}/models"),
        (
            "abfss://c@acct.dfs.core.windows.net/p?sig=canary",
            "abfss://c@acct.dfs.core.windows.net/p",
        ),
        ("https://me:canary@acct.blob.core.windows.net/models", f"{ACCT}/models"),
        ("AccountName=acct;AccountKey=canary;EndpointSuffix=core.windows.net", "AccountName=acct"),
        ("BlobEndpoint=https://x;SharedAccessSignature=sv=1&sig=canary", "BlobEndpoint=https://x"),
    ],
)
def test_a_pasted_credential_is_refused_and_not_shown_again(typed: str, shown: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(typed)

    assert caught.value.code == CREDENTIALS
    assert "canary" not in caught.value.message
    assert without_credentials(typed) == shown


def test_what_is_kept_otherwise_than_it_was_written_is_said() -> None:
    assert read("az://models").notes == ()
    assert read("https://acct.blob.core.windows.net/models").notes == (
        "`az://models` does not carry the account name `acct`: it is kept as the account's"
        " address.",
    )
    assert read("abfss://models@acct.dfs.core.windows.net").notes == (
        "`abfss://` is written as `abfs://`; the connection is encrypted all the same.",
        "`acct.dfs.core.windows.net` is the account's Data Lake address. Storeroom talks to"
        " `acct.blob.core.windows.net`, where the same artifacts are.",
        "`abfs://models` does not carry the account name `acct`: it is kept as the account's"
        " address.",
    )
    assert read("http://acct.blob.core.windows.net/models").notes[0] == (
        "`http://` is written as `https://`: what is sent signs in."
    )
    assert read("https://data.example.com/models").notes == (
        "`az://models` does not carry `data.example.com`: it is kept as the account's address.",
    )


# Beside the settings

flavor = AzureFlavor()


def test_the_account_that_an_address_names_becomes_a_setting() -> None:
    typed = "abfss://models@acct.dfs.core.windows.net/p"

    assert flavor.clean_path(typed) == "abfs://models/p"
    assert flavor.settings_in(typed, {"more": 1}) == {"more": 1, "account_url": ACCT}
    assert flavor.settings_in("az://models", {"account_url": ACCT}) == {"account_url": ACCT}


def test_an_endpoint_of_the_same_account_stays() -> None:
    private = {"account_url": "https://acct.privatelink.blob.core.windows.net"}

    assert flavor.settings_in("https://acct.blob.core.windows.net/models", private) == private


def test_an_address_that_contradicts_the_settings_is_refused_with_a_choice() -> None:
    with pytest.raises(ValidationError) as caught:
        flavor.settings_in(
            "https://accta.blob.core.windows.net/models",
            {"account_url": "https://acctb.blob.core.windows.net"},
        )

    assert caught.value.message == (
        "Your address names account `accta`, the account's address names `acctb`. Which is right?"
        " Clear the account's address to use `accta`, or write `az://models` to use `acctb`."
    )


def test_each_form_is_the_same_place() -> None:
    """T34: what a transfer compares does not depend on how the address was typed."""
    places = {
        flavor.location(flavor.clean_path(typed), flavor.settings_in(typed, {}), {})
        for typed in (
            "https://acct.blob.core.windows.net/models/p/",
            "https://ACCT.blob.core.windows.net/models//p",
            "abfss://models@acct.dfs.core.windows.net/p",
            "wasbs://models@acct.blob.core.windows.net/p",
        )
    }

    assert places == {("azure", "acct", "models", "p")}


# What it means


def explain(typed: str, way: str = "implicit", secret: str = "", url: str = "", **values: str):
    configuration = {"account_url": url} if url else {}
    return flavor.explain(typed, configuration, way, secret, values)


def test_the_meaning_names_address_account_and_endpoint() -> None:
    meaning = explain("https://acct.blob.core.windows.net/models/team/a")

    assert meaning.facts == (
        ("Address", "`az://models/team/a`"),
        ("Container", "`models`"),
        ("Folder", "`team/a`"),
        ("Account", "`acct`"),
        ("Answers at", "`https://acct.blob.core.windows.net`"),
    )
    assert meaning.notes[0].startswith("`az://models/team/a` does not carry the account name")


def test_the_meaning_says_whether_the_account_is_known() -> None:
    unknown = explain("az://models")
    missing = explain("az://models", "from_secret", "az_secret")
    told = explain("az://models", "from_secret", "az_secret", account_name="acct", account_key="k")

    assert ("Folder", "none: all of it") in unknown.facts
    assert ("Account", "not known") in unknown.facts
    assert unknown.notes == (
        "`az://models` does not carry the account's name. Fill in the account's address, or name a"
        " secret that has it.",
    )
    assert "no secret `az_secret` that tells it" in missing.notes[0]
    assert ("Account", "`acct`, as the secret says") in told.facts
    assert told.notes == ()


def test_the_meaning_says_who_finds_the_credentials() -> None:
    named = explain("az://models", "from_secret", "az_secret")
    implicit = dict(explain("az://models", "implicit").finders)
    identity = explain("az://models", "managed_identity")

    assert named.finders[0][0] == "ZenML"
    assert "by the name `az_secret`" in named.finders[0][1]
    assert list(implicit) == [
        "ZenML, pandas (adlfs)",
        "Azure's own libraries",
        "az",
        "AzCopy",
        "rclone",
    ]
    assert "`AZURE_STORAGE_ACCOUNT_NAME`" in implicit["ZenML, pandas (adlfs)"]
    assert "`AZURE_CLIENT_ID`" in implicit["Azure's own libraries"]
    assert "`AZCOPY_SPA_APPLICATION_ID`" in implicit["AzCopy"]
    assert "`RCLONE_AZUREBLOB_ACCOUNT`" in implicit["rclone"]
    assert "same identity" in identity.finders[0][1]
