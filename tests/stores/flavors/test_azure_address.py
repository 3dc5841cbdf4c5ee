"""Azure addresses: what may be typed, its normal form, and the words for what may not."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from stores.flavors.azure.address import account_url_of, parse_account_url, parse_path
from stores.flavors.base import Category, StoreError


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("az://models", "az://models"),
        ("abfs://models", "abfs://models"),
        (" az://models/ ", "az://models"),
        ("AZ://models/Team/a", "az://models/Team/a"),
        ("az://models//team///a//", "az://models/team/a"),
        ("az://models/a b/ü", "az://models/a b/ü"),
        ("az://models/a%20b", "az://models/a%20b"),
        ("az://my-container-2", "az://my-container-2"),
        ("az://abc", "az://abc"),
        ("az://" + "a" * 63, "az://" + "a" * 63),
    ],
)
def test_the_normal_form(typed, normal):
    assert str(parse_path(typed)) == normal


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (
            "az://ML_Data/x",
            "Container names have 3–63 lower-case letters, digits or single hyphens:"
            " `ML_Data` has a capital and an underscore.",
        ),
        ("az://ab", "`ab` has fewer than 3 characters"),
        ("az://" + "a" * 64, "has more than 63 characters"),
        ("az://a--b", "`a--b` has two hyphens in a row"),
        ("az://-ab", "has a hyphen at its beginning or end"),
        ("az://abc-", "has a hyphen at its beginning or end"),
        ("az://a.bc", "has a sign that is not allowed"),
        ("az://my data", "has a space"),
        ("az://ümlaut", "has a sign that is not allowed"),
        ("az://ab١", "has a sign that is not allowed"),
        ("az://$web/x", "one of Azure's own containers"),
        ("az://", "`az://` needs a container"),
        ("az:///path", "`az://` needs a container"),
        ("az://models/../secret", "Parts `.` and `..` are not allowed"),
        ("az://models/./a", "Parts `.` and `..` are not allowed"),
        ("az://models/a?sv=1&sig=abc", "contains a SAS token"),
        ("az://models/a?sv=1", "Leave out what follows"),
        ("az://models/a#b", "Leave out what follows"),
        ("az://models/a\\..\\b", "a backslash or an invisible character"),
        ("az://models/a\nb", "a backslash or an invisible character"),
        ("az://models/" + "a" * 600, "longer than 512 characters"),
        ("wasbs://models", "An address looks like `az://container/path`"),
        ("ml/path", "An address looks like `az://container/path`"),
        ("", "An address looks like `az://container/path`"),
    ],
)
def test_what_is_refused_says_why(typed, words):
    with pytest.raises(ValidationError) as caught:
        parse_path(typed)

    assert words in caught.value.message


def test_artifacts_are_blobs_beneath_the_path():
    path = parse_path("az://models/team/a")

    assert path.blob_name("runs/4") == "team/a/runs/4"
    assert path.artifact_name("team/a/runs/4") == "runs/4"
    assert parse_path("az://models").blob_name("a//b") == "a//b"
    assert parse_path("az://models").artifact_name("a//b") == "a//b"


@pytest.mark.parametrize(
    "name", ["", "..", "../other/x", "a/./b", "a\0b", "a\x1bb", "\ufffe", "\udcff", "x" * 1020]
)
def test_names_that_azure_cannot_keep_are_refused(name):
    with pytest.raises(StoreError, match="Azure cannot keep") as caught:
        parse_path("az://models/team/a").blob_name(name)

    assert caught.value.category == Category.NAME


@pytest.mark.parametrize(
    ("typed", "normal", "account", "place"),
    [
        (
            "https://Acct.blob.core.windows.net/",
            "https://acct.blob.core.windows.net",
            "acct",
            "acct",
        ),
        (
            "https://acct.blob.core.windows.net:443",
            "https://acct.blob.core.windows.net",
            "acct",
            "acct",
        ),
        (
            "https://acct.privatelink.blob.core.windows.net",
            "https://acct.privatelink.blob.core.windows.net",
            "acct",
            "acct",
        ),
        (
            "https://acct.dfs.core.windows.net",
            "https://acct.blob.core.windows.net",
            "acct",
            "acct",
        ),
        (
            "https://acct.blob.core.chinacloudapi.cn",
            "https://acct.blob.core.chinacloudapi.cn",
            "acct",
            "acct.blob.core.chinacloudapi.cn",
        ),
        (
            "https://acct.z01.blob.storage.azure.net",
            "https://acct.z01.blob.storage.azure.net",
            "acct",
            "acct.z01.blob.storage.azure.net",
        ),
        (
            "http://127.0.0.1:10000/devstoreaccount1/",
            "http://127.0.0.1:10000/devstoreaccount1",
            "devstoreaccount1",
            "127.0.0.1:10000/devstoreaccount1",
        ),
        (
            "http://azurite:10000/acct",
            "http://azurite:10000/acct",
            "acct",
            "azurite:10000/acct",
        ),
        ("http://[::1]:10000/acct", "http://[::1]:10000/acct", "acct", "[::1]:10000/acct"),
        ("https://data.example.com", "https://data.example.com", "", "data.example.com"),
    ],
)
def test_an_account_address_names_its_account_and_its_place(typed, normal, account, place):
    url = parse_account_url(typed)

    assert (str(url), url.account, url.place) == (normal, account, place)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("acct", "begins with `https://` and a host"),
        ("acct.blob.core.windows.net", "begins with `https://` and a host"),
        ("ftp://host", "begins with `https://` and a host"),
        ("https://", "begins with `https://` and a host"),
        ("https://ho st/", "begins with `https://` and a host"),
        ("https://host:port", "not an address like"),
        ("https://[::1", "not an address like"),
        ("https://user:canary@acct.blob.core.windows.net", "must not hold credentials"),
        ("https://acct.blob.core.windows.net?sig=canary", "must not hold credentials"),
        ("https://acct.blob.core.windows.net#canary", "must not hold credentials"),
        ("https://acct.blob.core.windows.net/ml", "ends after the host"),
        ("http://127.0.0.1:10000", "ends with the account"),
        ("http://localhost:10000/", "ends with the account"),
        ("http://127.0.0.1:10000/acct/container", "and no more"),
        ("http://127.0.0.1:10000/..", "and no more"),
    ],
)
def test_other_account_addresses_are_refused(typed, words):
    with pytest.raises(ValidationError) as caught:
        parse_account_url(typed)

    assert words in caught.value.message
    assert "canary" not in caught.value.message


def test_an_account_name_becomes_an_address():
    assert str(account_url_of("acct")) == "https://acct.blob.core.windows.net"


@pytest.mark.parametrize("name", ["", "ab", "Acct", "a_b_c", "evil.example/", "a" * 25, "acct@x"])
def test_a_name_that_would_lead_elsewhere_does_not_become_an_address(name):
    with pytest.raises(ValidationError, match="3–24 lower-case letters and digits"):
        account_url_of(name)
