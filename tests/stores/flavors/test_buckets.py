"""Addresses of buckets and endpoints: what may be typed, its normal form, words for the rest."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from stores.flavors.base import Category, StoreError
from stores.flavors.buckets import parse_endpoint
from stores.flavors.gcp import address as google
from stores.flavors.s3 import address as amazon


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("s3://models", "s3://models"),
        (" S3://models/ ", "s3://models"),
        ("s3://models/Team/a", "s3://models/Team/a"),
        ("s3://models//team///a//", "s3://models/team/a"),
        ("s3://models/a b/ü", "s3://models/a b/ü"),
        ("s3://my.data-2", "s3://my.data-2"),
        ("s3://abc", "s3://abc"),
        ("s3://" + "a" * 63, "s3://" + "a" * 63),
    ],
)
def test_the_normal_form_of_an_s3_address(typed, normal):
    assert str(amazon.parse_path(typed)) == normal


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("gs://models", "gs://models"),
        ("gs://my_data.of-team/a", "gs://my_data.of-team/a"),
        ("GS://models//a/", "gs://models/a"),
    ],
)
def test_the_normal_form_of_a_google_address(typed, normal):
    assert str(google.parse_path(typed)) == normal


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "An address looks like `s3://bucket/path`."),
        ("models/a", "An address looks like `s3://bucket/path`."),
        ("gs://models", "This one is for the flavor “Google Cloud Storage”."),
        ("az://models", "This one is for the flavor “Azure Blob Storage”."),
        ("file:///srv", "This one is for the flavor “Local folder”."),
        ("s3://", "`s3://` needs a bucket"),
        ("s3:///a", "`s3://` needs a bucket"),
        ("s3://models/a?X-Amz-Signature=canary", "a `?` or `#` in it"),
        ("s3://models/a#b", "a `?` or `#` in it"),
        ("s3://key:canary@models/a", "credentials belong in a secret"),
        ("s3://models/../secret", "Parts `.` and `..` are not allowed"),
        ("s3://models/a\\b", "a backslash or an invisible character"),
        ("s3://models/a\nb", "a backslash or an invisible character"),
        ("s3://models/" + "a" * 600, "longer than 512 bytes"),
        ("s3://ab", "Bucket names have 3–63 lower-case letters"),
        ("s3://" + "a" * 64, "Bucket names have 3–63 lower-case letters"),
        ("s3://ML_Data", "`ML_Data` is not so"),
        ("s3://a..b", "`a..b` is not so"),
        ("s3://-ab", "`-ab` is not so"),
        ("s3://192.168.1.1", "`192.168.1.1` is not so"),
        ("s3://fast--use1-az4--x-s3", "is a directory bucket (S3 Express)"),
    ],
)
def test_what_is_no_s3_address_says_why(typed, words):
    with pytest.raises(ValidationError) as caught:
        amazon.parse_path(typed)

    assert words in caught.value.message
    assert "canary" not in caught.value.message


@pytest.mark.parametrize(
    "typed", ["gs://ab", "gs://Models", "gs://_models", "gs://a..b", f"gs://{'a' * 64}", "s3://ab"]
)
def test_what_is_no_google_address_is_refused(typed):
    with pytest.raises(ValidationError):
        google.parse_path(typed)


def test_artifacts_are_objects_beneath_the_path():
    path = amazon.parse_path("s3://models/team/a")

    assert path.key("runs/4") == "team/a/runs/4"
    assert path.artifact_name("team/a/runs/4") == "runs/4"
    assert path.folder() == "team/a/"
    assert path.folder("runs/4") == "team/a/runs/4/"
    assert amazon.parse_path("s3://models").key("a//b") == "a//b"
    assert amazon.parse_path("s3://models").folder() == ""


@pytest.mark.parametrize("name", ["", "..", "a/../b", "a/./b", "a\0b", "\udcff", "ü" * 510])
def test_names_that_no_bucket_can_keep_are_refused(name):
    with pytest.raises(StoreError, match="A bucket cannot keep") as caught:
        amazon.parse_path("s3://models/team/a").key(name)

    assert caught.value.category == Category.NAME


def test_google_keeps_no_name_with_a_line_break():
    assert amazon.parse_path("s3://models").key("line\nbreak") == "line\nbreak"
    for name in ("line\nbreak", "line\rbreak"):
        with pytest.raises(StoreError, match="a character that no name there may have"):
            google.parse_path("gs://models").key(name)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("https://minio.example.com", "https://minio.example.com"),
        (" https://MinIO.example.com:443/ ", "https://minio.example.com"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_an_endpoint_in_its_normal_form(typed, normal):
    assert str(parse_endpoint(typed)) == normal


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("minio.example.com", "begins with `https://` and a host"),
        ("ftp://host", "begins with `https://` and a host"),
        ("https://", "begins with `https://` and a host"),
        ("https://host:port", "not an address like"),
        ("https://user:canary@host", "no credentials"),
        ("https://host?key=canary", "no credentials"),
        ("https://host/bucket", "ends after the host"),
    ],
)
def test_other_endpoints_are_refused(typed, words):
    with pytest.raises(ValidationError) as caught:
        parse_endpoint(typed)

    assert words in caught.value.message
    assert "canary" not in caught.value.message
