"""The flavor `gcp` without its SDK: settings, sign-in, and which places are the same."""

from __future__ import annotations

import json

import pytest

from stores.flavors import base
from stores.flavors.base import Category, SignIn, StoreError
from stores.flavors.gcp import GcpConfigForm, GcpFlavor

flavor = GcpFlavor()


@pytest.fixture
def key(gcs_server) -> dict[str, str]:
    """The JSON key of a service account, as Google makes it."""
    return json.loads(gcs_server.values["token"]) | {
        "token_uri": "https://oauth2.googleapis.com/token"
    }


def check(key: dict[str, str] | str, sign_in: SignIn = SignIn.FROM_SECRET) -> SignIn:
    token = key if isinstance(key, str) else json.dumps(key)
    return flavor.check_secret("gs://models", {}, sign_in, {"token": token})


def test_settings_are_brought_into_their_normal_form():
    form = GcpConfigForm({"api_endpoint": "https://Storage-Name.p.googleapis.com/"})

    assert form.is_valid()
    assert form.cleaned_data == {"api_endpoint": "https://storage-name.p.googleapis.com"}


def test_settings_that_fit_are_said():
    words = flavor.check_settings("gs://models/a", {}, SignIn.FROM_SECRET)

    assert words == (
        "Address and sign-in fit together: bucket `models` at `https://storage.googleapis.com`."
    )


@pytest.mark.parametrize(
    ("path", "configuration", "sign_in", "words"),
    [
        ("gs://Models", {}, SignIn.FROM_SECRET, "Bucket names have"),
        ("gs://models", {"api_endpoint": "x"}, SignIn.FROM_SECRET, "An endpoint begins"),
        ("gs://models", {}, SignIn.NONE, "Google Cloud Storage needs a sign-in."),
    ],
)
def test_settings_that_do_not_fit_are_refused(path, configuration, sign_in, words):
    with pytest.raises(StoreError, match=words) as caught:
        flavor.check_settings(path, configuration, sign_in)

    assert caught.value.category == Category.SETTINGS


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example",
        "https://storage.googleapis.com.evil.example",
        "http://storage.googleapis.com",
        "https://storage.googleapis.com:8443",
    ],
)
def test_s30_no_token_goes_to_a_host_that_is_not_googles(endpoint):
    with pytest.raises(StoreError, match="is not Google's own: nothing is sent to it") as caught:
        flavor.check_settings("gs://models", {"api_endpoint": endpoint}, SignIn.FROM_SECRET)

    assert caught.value.category == Category.SETTINGS


def test_a_host_that_the_operator_names_may_have_tokens(settings):
    settings.STOREROOM_TOKEN_HOSTS = ["127.0.0.1:4443"]

    assert flavor.check_settings(
        "gs://models", {"api_endpoint": "http://127.0.0.1:4443"}, SignIn.FROM_SECRET
    )


def test_the_key_of_a_service_account_signs_in(key):
    assert check(key) == "service_account"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("", "the secret lacks it"),
        ("canary", "The key is not JSON."),
        ("[" * 100_000, "The key is not JSON."),
        ('["canary"]', "no key of a service account"),
        ('{"client_email": "a@b", "private_key": 7}', "no key of a service account"),
        ('{"type": "authorized_user", "refresh_token": "canary"}', "no key of a service account"),
        ('{"client_email": "a@b", "private_key": "canary"}', "private key in the JSON cannot be"),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(token, words):
    with pytest.raises(StoreError, match=words) as caught:
        check(token)

    assert caught.value.category == Category.SECRET_SHAPE
    assert "canary" not in caught.value.text + caught.value.action


@pytest.mark.parametrize(
    "token_uri",
    ["https://evil.example/token", "http://oauth2.googleapis.com/token", "nonsense", ""],
)
def test_s30_a_key_that_would_ask_somebody_else_for_tokens_is_refused(key, token_uri):
    with pytest.raises(StoreError, match="The key's `token_uri`") as caught:
        check(key | {"token_uri": token_uri})

    assert caught.value.category == Category.SECRET_SHAPE


def test_a_key_for_another_cloud_is_refused(key):
    with pytest.raises(StoreError, match="for another cloud than Google's own"):
        check(key | {"universe_domain": "evil.example"})


def test_the_file_that_the_environment_names_is_read(key, monkeypatch, tmp_path):
    (tmp_path / "key.json").write_text(json.dumps(key))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))

    assert flavor.environment_values() == (
        {"token": json.dumps(key)},
        "From the worker's environment: GOOGLE_APPLICATION_CREDENTIALS.",
    )


@pytest.mark.parametrize(
    ("named", "words"),
    [("", "does not hold GOOGLE_APPLICATION_CREDENTIALS"), ("/nowhere", "cannot be read")],
)
def test_an_environment_that_names_no_file_is_said(monkeypatch, named, words):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", named)

    with pytest.raises(StoreError, match=words) as caught:
        flavor.environment_values()

    assert caught.value.category == Category.SECRET_MISSING


@pytest.mark.parametrize(
    ("configuration", "place"),
    [
        ({}, "googleapis.com"),
        ({"api_endpoint": "https://storage-name.p.googleapis.com"}, "googleapis.com"),
        ({"api_endpoint": "http://127.0.0.1:4443"}, "127.0.0.1:4443"),
    ],
)
def test_a_bucket_is_the_same_place_by_each_of_googles_addresses(configuration, place):
    assert flavor.location("gs://models/a", configuration, {}) == ("gcp", place, "models", "a")


def test_without_its_package_settings_say_how_to_install_it(monkeypatch):
    monkeypatch.setattr(base, "_is_installed", lambda package: False)

    with pytest.raises(StoreError) as caught:
        flavor.check_settings("gs://models", {}, SignIn.FROM_SECRET)

    assert caught.value.text == (
        "Google Cloud Storage needs google-cloud-storage, which is not installed here."
    )
    assert "`./manage.py integration install gcp`" in caught.value.action
