"""What a secret allows: exactly one way to sign in, and never a value in the words."""

from __future__ import annotations

import base64

import pytest

from stores.flavors.azure import AzureConfigForm, AzureFlavor
from stores.flavors.azure.address import parse_account_url
from stores.flavors.azure.credentials import parse_connection_string, sign_in_with
from stores.flavors.azure.shapes import from_environment, lacking
from stores.flavors.base import Category, SignIn, StoreError

KEY = base64.b64encode(b"canary" * 10 + b"1234").decode()
SAS = "sv=2024-11-04&sp=rl&sig=canary%3D"
STRING = (
    f"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={KEY};"
    "EndpointSuffix=core.windows.net"
)
PRINCIPAL = {"client_id": "id", "client_secret": "canary", "tenant_id": "tenant"}

flavor = AzureFlavor()


def choose(values, sign_in=SignIn.FROM_SECRET, **configuration) -> SignIn:
    return flavor.check_secret("az://models", configuration, sign_in, values)


def refused(values, sign_in=SignIn.FROM_SECRET, **configuration) -> StoreError:
    with pytest.raises(StoreError) as caught:
        choose(values, sign_in, **configuration)
    error = caught.value
    assert "canary" not in f"{error!r} {error.text} {error.action}"
    assert KEY[:20] not in f"{error!r} {error.text} {error.action}"
    assert error.category == Category.SECRET_SHAPE
    return error


@pytest.mark.parametrize(
    ("values", "way"),
    [
        ({"connection_string": STRING}, SignIn.CONNECTION_STRING),
        ({"account_name": "acct", "account_key": KEY}, SignIn.ACCOUNT_KEY),
        ({"account_name": "acct", "sas_token": SAS}, SignIn.SAS_TOKEN),
        ({"account_name": "acct", "sas_token": f"?{SAS}"}, SignIn.SAS_TOKEN),
        ({"account_name": "acct", "account_key": KEY, "tenant_id": "t"}, SignIn.ACCOUNT_KEY),
        ({"connection_string": STRING, "account_name": "acct"}, SignIn.CONNECTION_STRING),
        ({"connection_string": STRING, "account_key": ""}, SignIn.CONNECTION_STRING),
        ({"account_name": "acct", **PRINCIPAL}, SignIn.SERVICE_PRINCIPAL),
    ],
)
def test_the_one_complete_way_is_chosen(values, way):
    assert choose(values) == way


def test_the_address_may_tell_the_account_in_the_secrets_place():
    url = "http://127.0.0.1:10000/acct"

    assert choose({"account_key": KEY}, account_url=url) == SignIn.ACCOUNT_KEY
    assert choose({"sas_token": SAS}, account_url=url) == SignIn.SAS_TOKEN


@pytest.mark.parametrize(
    "values",
    [
        {"connection_string": STRING, "account_name": "acct", "account_key": KEY},
        {"account_name": "acct", "account_key": KEY, "sas_token": SAS},
        {"connection_string": STRING, **PRINCIPAL},
        {"connection_string": STRING, "account_key": KEY},
    ],
)
def test_two_complete_ways_are_refused(values):
    assert "2 ways to sign in" in refused(values).text


def test_a_named_way_is_taken_whatever_else_the_secret_holds():
    values = {"connection_string": STRING, "account_name": "acct", "account_key": KEY}

    assert choose(values, SignIn.ACCOUNT_KEY) == SignIn.ACCOUNT_KEY
    assert choose(values, SignIn.CONNECTION_STRING) == SignIn.CONNECTION_STRING


@pytest.mark.parametrize(
    ("values", "sign_in", "words"),
    [
        ({}, SignIn.FROM_SECRET, "no complete way to sign in"),
        ({"account_name": "acct"}, SignIn.FROM_SECRET, "no complete way to sign in"),
        ({"client_id": "id"}, SignIn.FROM_SECRET, "no complete way to sign in"),
        ({"account_key": KEY}, SignIn.FROM_SECRET, "the secret lacks `account_name`"),
        ({"sas_token": SAS}, SignIn.FROM_SECRET, "the secret lacks `account_name`"),
        ({"connection_string": STRING}, SignIn.SAS_TOKEN, "lacks `account_name` and `sas_token`"),
        ({"connection_string": " "}, SignIn.CONNECTION_STRING, "lacks `connection_string`"),
        (PRINCIPAL, SignIn.FROM_SECRET, "the secret lacks `account_name`"),
        (
            {"client_id": "id", "account_name": "acct"},
            SignIn.SERVICE_PRINCIPAL,
            "lacks `tenant_id` and `client_secret`",
        ),
    ],
)
def test_what_is_missing_is_named(values, sign_in, words):
    assert words in refused(values, sign_in).text


def test_the_environment_is_never_read(monkeypatch):
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", STRING)
    monkeypatch.setenv("AZURE_STORAGE_KEY", KEY)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "acct")

    refused({"account_name": "acct"})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"connection_string": STRING.replace("=acct;", "=acctb;")},
            "Your address names account `accta`, the connection string names `acctb`.",
        ),
        (
            {"account_name": "acctb", "account_key": KEY},
            "Your address names account `accta`, the secret names `acctb`.",
        ),
    ],
)
def test_two_accounts_are_a_contradiction(values, words):
    error = refused(values, account_url="https://accta.blob.core.windows.net")

    assert error.text == words


def test_one_name_in_two_clouds_is_a_contradiction():
    error = refused(
        {"connection_string": STRING}, account_url="https://acct.blob.core.chinacloudapi.cn"
    )

    assert "the same name in two clouds" in error.text


@pytest.mark.parametrize(
    "url", ["https://acct.privatelink.blob.core.windows.net", "http://127.0.0.1:9/acct"]
)
def test_the_address_wins_over_the_connection_strings_endpoint_of_the_same_account(url):
    found = sign_in_with(
        SignIn.CONNECTION_STRING, {"connection_string": STRING}, parse_account_url(url)
    )

    assert str(found.account_url) == url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (STRING, "https://acct.blob.core.windows.net"),
        (f"accountname=acct; ACCOUNTKEY={KEY} ;;", "https://acct.blob.core.windows.net"),
        (
            f"AccountName=acct;AccountKey={KEY};EndpointSuffix=core.usgovcloudapi.net",
            "https://acct.blob.core.usgovcloudapi.net",
        ),
        (
            f"AccountName=acct;AccountKey={KEY};BlobEndpoint=http://127.0.0.1:10000/acct;"
            "QueueEndpoint=http://127.0.0.1:10001/acct",
            "http://127.0.0.1:10000/acct",
        ),
        (
            f"BlobEndpoint=https://acct.blob.core.windows.net/;SharedAccessSignature=?{SAS}",
            "https://acct.blob.core.windows.net",
        ),
    ],
)
def test_a_connection_string_tells_account_and_address(text, url):
    held = parse_connection_string(text)

    assert (held.account_name, str(held.account_url)) == ("acct", url)
    assert (held.account_key or held.sas_token) in (KEY, SAS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"AccountName=acct;AccountKey={KEY[:-5]}", "Part `AccountKey=` is cut off (not valid"),
        (f"AccountName=acct;AccountKey={SAS}", "looks like a SAS token, not a key"),
        ("AccountName=acct", "exactly one of AccountKey and SharedAccessSignature"),
        (
            f"AccountName=acct;AccountKey={KEY};SharedAccessSignature={SAS}",
            "exactly one of AccountKey and SharedAccessSignature",
        ),
        (f"AccountKey={KEY}", "names neither an AccountName nor a BlobEndpoint"),
        (
            f"AccountKey={KEY};TableEndpoint=https://acct.table.core.windows.net",
            "only an endpoint of another service",
        ),
        (
            f"BlobEndpoint=https://data.example.com;AccountKey={KEY}",
            "has an AccountKey, but no AccountName",
        ),
        (
            f"AccountName=a1b;BlobEndpoint=https://c2d.blob.core.windows.net;AccountKey={KEY}",
            "AccountName is `a1b`, BlobEndpoint names `c2d`",
        ),
        (f"AccountName=evil.example/;AccountKey={KEY}", "3–24 lower-case letters and digits"),
        (f"AccountName=acct;AccountKey={KEY};DefaultEndpointsProtocol=ftp", "begins with"),
        (
            f"AccountName=acct;AccountKey={KEY};BlobEndpoint=https://a.b?sig=canary",
            "must not hold",
        ),
        ("UseDevelopmentStorage=true", "This is a development string"),
        ("canary", "has a part without `=`"),
        (f"AccountName=acct;SharedAccessSignature={SAS[:20]}", "not a whole SAS token"),
    ],
)
def test_a_connection_string_that_is_not_right_is_explained(text, words):
    assert words in refused({"connection_string": text}).text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"account_key": "canary"}, "has 6 characters, an account key has 88"),
        ({"account_key": KEY + "ü"}, "not valid base64"),
        ({"account_key": SAS}, "looks like a SAS token"),
        ({"sas_token": KEY}, "not a whole SAS token"),
        ({"sas_token": f"https://h/c?{SAS}"}, "not a whole SAS token"),
        ({"sas_token": f"{SAS}\n&x=y"}, "not a whole SAS token"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_before_it_is_sent(values, words):
    assert words in refused({"account_name": "acct", **values}).text


def test_an_account_name_that_would_lead_elsewhere_is_refused():
    error = refused({"account_name": "evil.example/x", "account_key": KEY})

    assert "3–24 lower-case letters and digits" in error.text


def test_credentials_do_not_show_what_they_hold():
    found = sign_in_with(SignIn.FROM_SECRET, {"connection_string": STRING})

    assert KEY not in f"{found} {found!r}"


def test_a_store_without_a_sign_in_is_refused_with_words():
    for action in (
        lambda: flavor.check_settings("az://models", {}, SignIn.NONE),
        lambda: flavor.check_secret("az://models", {}, SignIn.NONE, {}),
        lambda: flavor.open("az://models", {}, SignIn.NONE, {}),
    ):
        with pytest.raises(StoreError) as caught:
            action()
        assert caught.value.category == Category.SETTINGS
        assert caught.value.action == "Name a secret in the store's settings."


@pytest.mark.parametrize(
    ("environ", "values"),
    [
        (
            {
                "AZURE_STORAGE_CONNECTION_STRING": STRING,
                "AZURE_STORAGE_ACCOUNT_NAME": "other",
                "AZURE_STORAGE_ACCOUNT_KEY": KEY,
            },
            {"connection_string": STRING},
        ),
        (
            {"AZURE_STORAGE_ACCOUNT_NAME": "acct", "AZURE_STORAGE_ACCOUNT_KEY": KEY},
            {"account_name": "acct", "account_key": KEY},
        ),
        (
            {"AZURE_STORAGE_ACCOUNT_NAME": "acct", "AZURE_STORAGE_SAS_TOKEN": "sv=1&sig=x"},
            {"account_name": "acct", "sas_token": "sv=1&sig=x"},
        ),
        (
            {
                "AZURE_STORAGE_ACCOUNT_NAME": "acct",
                "AZURE_STORAGE_CLIENT_ID": "id",
                "AZURE_STORAGE_CLIENT_SECRET": "canary",
                "AZURE_STORAGE_TENANT_ID": "tenant",
            },
            {"account_name": "acct", **PRINCIPAL},
        ),
        (
            {"AZURE_STORAGE_ACCOUNT_NAME": "acct", "AZURE_STORAGE_CLIENT_ID": "id"},
            {"account_name": "acct"},
        ),
        ({"AZURE_STORAGE_ACCOUNT_KEY": KEY, "AZURE_CLIENT_ID": "id"}, {}),
    ],
)
def test_the_first_complete_set_of_variables_is_used_alone(environ, values):
    assert from_environment(environ) == values


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "no AZURE_STORAGE_* variables to sign in with"),
        (
            {"AZURE_STORAGE_ACCOUNT_NAME": "acct"},
            "no AZURE_STORAGE_* variables to sign in with",
        ),
        ({"AZURE_STORAGE_ACCOUNT_KEY": KEY}, "missing AZURE_STORAGE_ACCOUNT_NAME"),
        (
            {
                "AZURE_STORAGE_ACCOUNT_NAME": "acct",
                "AZURE_STORAGE_CLIENT_ID": "id",
                "AZURE_STORAGE_TENANT_ID": "tenant",
            },
            "missing AZURE_STORAGE_CLIENT_SECRET",
        ),
        (
            {"AZURE_STORAGE_ACCOUNT_NAME": "acct", "AZURE_STORAGE_TENANT_ID": "tenant"},
            "missing AZURE_STORAGE_CLIENT_ID and AZURE_STORAGE_CLIENT_SECRET",
        ),
    ],
)
def test_what_the_environment_lacks_is_named(environ, words):
    assert lacking(environ) == words


def test_a_client_id_is_a_guid_or_nothing():
    form = AzureConfigForm({"client_id": "the identity"})

    assert form.errors == {"client_id": ["This is not a GUID."]}


def test_settings_are_said_in_a_sentence():
    words = flavor.check_settings(
        "az://models/a", {"account_url": "http://127.0.0.1:1/acct"}, SignIn.ACCOUNT_KEY
    )

    assert words == (
        "Address and sign-in fit together: container `models` at `http://127.0.0.1:1/acct`."
    )


def test_settings_that_are_not_right_are_an_error_of_that_step():
    for path, url in (("az://ML", ""), ("az://models", "nonsense")):
        with pytest.raises(StoreError) as caught:
            flavor.check_settings(path, {"account_url": url}, SignIn.FROM_SECRET)
        assert caught.value.category == Category.SETTINGS


@pytest.mark.parametrize(
    ("configuration", "values", "place"),
    [
        ({}, {"connection_string": STRING}, "acct"),
        ({}, {"account_name": "acct"}, "acct"),
        ({"account_url": "https://acct.blob.core.windows.net"}, {}, "acct"),
        ({"account_url": "http://127.0.0.1:1/acct"}, {}, "127.0.0.1:1/acct"),
        ({}, {}, ""),
        ({}, {"connection_string": "broken"}, ""),
    ],
)
def test_a_location_names_the_account_where_that_is_known(configuration, values, place):
    location = flavor.location("az://models/team/a", configuration, values)

    assert location == ("azure", place, "models", "team", "a")


def test_both_schemes_are_one_location():
    assert flavor.location("az://models/a", {}, {}) == flavor.location("abfs://models/a", {}, {})


def test_the_form_keeps_the_account_address_in_its_normal_form():
    form = AzureConfigForm({"account_url": "HTTPS://Acct.blob.core.windows.net:443/"})

    assert form.is_valid()
    assert form.cleaned_data["account_url"] == "https://acct.blob.core.windows.net"


def test_the_form_may_stay_empty():
    form = AzureConfigForm({})

    assert form.is_valid()
    assert form.cleaned_data == {"account_url": "", "client_id": ""}


def test_the_form_refuses_credentials():
    form = AzureConfigForm({"account_url": "https://acct.blob.core.windows.net?sig=canary"})

    assert "must not hold credentials" in form.errors["account_url"][0]
