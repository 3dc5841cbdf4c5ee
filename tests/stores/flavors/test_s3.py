"""The flavor `s3` without its SDK: settings, sign-in, and which places are the same."""

from __future__ import annotations

import pytest

from stores.flavors import base
from stores.flavors.base import Category, SignIn, StoreError
from stores.flavors.s3 import S3ConfigForm, S3Flavor

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
VALUES = {"aws_access_key_id": KEY_ID, "aws_secret_access_key": "canary"}

flavor = S3Flavor()


def test_settings_are_brought_into_their_normal_form():
    form = S3ConfigForm({"region": "EU-Central-1", "endpoint_url": "https://MinIO.example:9000/"})

    assert form.is_valid()
    assert form.cleaned_data == {
        "region": "eu-central-1",
        "endpoint_url": "https://minio.example:9000",
    }


def test_a_region_that_would_lead_elsewhere_is_refused():
    form = S3ConfigForm({"region": "evil.example/"})

    assert form.errors == {"region": ["A region is called like `eu-central-1`."]}


@pytest.mark.parametrize(
    ("configuration", "where"),
    [
        ({}, "https://s3.us-east-1.amazonaws.com"),
        ({"region": "eu-central-1"}, "https://s3.eu-central-1.amazonaws.com"),
        ({"region": "cn-north-1"}, "https://s3.cn-north-1.amazonaws.com.cn"),
        ({"endpoint_url": "http://127.0.0.1:9000"}, "http://127.0.0.1:9000"),
    ],
)
def test_settings_that_fit_are_said(configuration, where):
    words = flavor.check_settings("s3://models/a", configuration, SignIn.FROM_SECRET)

    assert words == f"Address and sign-in fit together: bucket `models` at `{where}`."


@pytest.mark.parametrize(
    ("path", "configuration", "sign_in", "words"),
    [
        ("s3://Models", {}, SignIn.FROM_SECRET, "Bucket names have"),
        ("s3://models", {"region": "a/b"}, SignIn.FROM_SECRET, "A region is called like"),
        ("s3://models", {"endpoint_url": "x"}, SignIn.FROM_SECRET, "An endpoint begins"),
        ("s3://models", {}, SignIn.NONE, "Amazon S3 needs a sign-in."),
        ("s3://models", {}, SignIn.ACCOUNT_KEY, "Amazon S3 needs a sign-in."),
    ],
)
def test_settings_that_do_not_fit_are_refused(path, configuration, sign_in, words):
    with pytest.raises(StoreError, match=words) as caught:
        flavor.check_settings(path, configuration, sign_in)

    assert caught.value.category == Category.SETTINGS
    assert caught.value.action


def test_an_access_key_signs_in():
    assert flavor.check_secret("s3://models", {}, SignIn.FROM_SECRET, VALUES) == "access_key"


@pytest.mark.parametrize(
    ("values", "lacking"),
    [
        ({}, "`aws_access_key_id` and `aws_secret_access_key`."),
        ({"aws_access_key_id": KEY_ID}, "lacks `aws_secret_access_key`."),
        ({"aws_secret_access_key": "canary"}, "lacks `aws_access_key_id`."),
        ({"account_key": "canary"}, "lacks `aws_access_key_id` and `aws_secret_access_key`."),
    ],
)
def test_a_secret_without_a_whole_access_key_is_refused(values, lacking):
    with pytest.raises(StoreError) as caught:
        flavor.check_secret("s3://models", {}, SignIn.FROM_SECRET, values)

    assert caught.value.category == Category.SECRET_SHAPE
    assert caught.value.text.endswith(lacking)
    assert "canary" not in caught.value.text


def test_the_environment_is_read_as_a_whole_set(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)

    assert flavor.environment_values() == (
        VALUES,
        "From the worker's environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.",
    )


def test_half_a_key_in_the_environment_is_none(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)

    with pytest.raises(StoreError, match="does not hold both AWS_ACCESS_KEY_ID") as caught:
        flavor.environment_values()

    assert caught.value.category == Category.SECRET_MISSING


@pytest.mark.parametrize(
    ("configuration", "place"),
    [
        ({}, "amazonaws.com"),
        ({"region": "eu-central-1"}, "amazonaws.com"),
        ({"endpoint_url": "https://s3.eu-west-1.amazonaws.com"}, "amazonaws.com"),
        ({"region": "cn-north-1"}, "amazonaws.com.cn"),
        ({"endpoint_url": "http://127.0.0.1:9000"}, "127.0.0.1:9000"),
    ],
)
def test_a_bucket_is_the_same_place_by_whatever_region_it_is_named(configuration, place):
    assert flavor.location("s3://models/a/b", configuration, {}) == (
        "s3",
        place,
        "models",
        "a",
        "b",
    )


def test_without_its_package_settings_say_how_to_install_it(monkeypatch):
    monkeypatch.setattr(base, "_is_installed", lambda package: False)

    with pytest.raises(StoreError) as caught:
        flavor.check_settings("s3://models", {}, SignIn.FROM_SECRET)

    assert caught.value.category == Category.SETTINGS
    assert caught.value.text == "Amazon S3 needs botocore, which is not installed here."
    assert caught.value.action == (
        "Let the operator run `./manage.py integration install s3` and start the workers again."
    )
    with pytest.raises(StoreError, match="not installed here"):
        flavor.open("s3://models", {}, SignIn.FROM_SECRET, VALUES)
