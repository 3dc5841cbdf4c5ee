"""Stores in other clouds, and of flavors that Storeroom cannot open, by command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError

from secrets_app.models import Secret
from stores.flavors import base
from stores.models import Check, Store
from tests.support.s3 import S3Server

pytestmark = pytest.mark.django_db

Run = Callable[..., str]
Refusal = Callable[..., CommandError]


def test_an_s3_store_and_its_secret_are_registered_and_work(run: Run, s3_server: S3Server) -> None:
    s3_server.make_bucket("of-commands")

    printed = run(
        "artifact-store", "register", "s3_store", "-f", "s3", "--path=s3://of-commands/prefix/",
        "--authentication_secret=aws_secret", f"--endpoint_url={s3_server.url}/",
    )  # fmt: skip
    run(
        "secrets-manager", "secret", "register", "aws_secret", "-s", "aws",
        *(f"--{name}={value}" for name, value in s3_server.values.items()),
    )  # fmt: skip

    assert printed.splitlines() == [
        "Registered artifact store `s3_store`: s3://of-commands/prefix.",
        "The secret `aws_secret` is not there yet; the store uses it as soon as it is.",
    ]
    store = Store.objects.get()
    assert (store.flavor, store.sign_in) == ("s3", "from_secret")
    assert store.configuration == {"endpoint_url": s3_server.url}
    with store.connect() as backend:
        assert list(backend.list()) == []


@pytest.mark.parametrize("flavor", ["gcp", "gcs"])
def test_googles_flavor_has_zenmls_name_and_the_usual_one(run: Run, flavor: str) -> None:
    run(
        "artifact-store", "register", "gcs_store", "-f", flavor, "--path=gs://models",
        "--authentication_secret=gcp_secret",
    )  # fmt: skip

    assert Store.objects.get().flavor == "gcp"


def test_a_secret_of_another_kind_does_not_fit(run: Run, refusal: Refusal) -> None:
    run(
        "secrets-manager", "secret", "register", "other", "-s", "basic_auth",
        "--username=ada", "--password=canary",
    )  # fmt: skip

    refused = refusal(
        "artifact-store", "register", "s3_store", "-f", "s3", "--path=s3://models",
        "--authentication_secret=other",
    )  # fmt: skip

    assert "the secret lacks `aws_access_key_id` and `aws_secret_access_key`" in str(refused)


def test_a_package_that_is_missing_is_said_at_once(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "_is_installed", lambda package: False)

    printed = run(
        "artifact-store", "register", "s3_store", "-f", "s3", "--path=s3://models",
        "--authentication_secret=aws_secret",
    )  # fmt: skip

    assert printed.splitlines()[1] == (
        "Amazon S3 needs botocore, which is not installed here:"
        " `./manage.py integration install s3`."
    )


def test_a_store_of_another_flavor_is_kept_as_it_was_given(
    run: Run, run_json: Callable[..., Any]
) -> None:
    printed = run(
        "artifact-store", "register", "x", "-f", "minio", "--path=minio://models/a/",
        "--authentication_secret=minio_secret", "--endpoint_url=not checked", "--verify=false",
    )  # fmt: skip
    run("stack", "register", "custom_stack", "-a", "x")

    assert printed.splitlines() == [
        "Registered artifact store `x`: minio://models/a/.",
        "Storeroom cannot open the flavor `minio`; it is kept for stacks and export.",
    ]
    described = run_json("artifact-store", "describe", "x")
    assert {name: described[name] for name in ("flavor", "path", "authentication_secret")} == {
        "flavor": "minio",
        "path": "minio://models/a/",
        "authentication_secret": "minio_secret",
    }
    assert described["configuration"] == {"endpoint_url": "not checked", "verify": "false"}
    assert described["stacks"] == ["custom_stack"]


def test_a_store_of_another_flavor_is_never_checked(run: Run, refusal: Refusal) -> None:
    run("artifact-store", "register", "x", "-f", "minio", "--path=minio://models")

    assert str(refusal("artifact-store", "check", "x")) == (
        "Storeroom cannot open the flavor `minio`; it is kept for stacks and export."
    )
    assert not Check.objects.exists()


def test_a_store_of_another_flavor_is_in_no_transfer(run: Run, refusal: Refusal) -> None:
    run("artifact-store", "register", "x", "-f", "minio", "--path=minio://models")
    run("artifact-store", "register", "az_store", "-f", "azure", "--path=az://models")

    for sides in (("x", "az_store"), ("az_store", "x")):
        refused = refusal("transfer", "plan", *sides)
        assert "Storeroom cannot open the flavor `minio`" in str(refused)


def test_a_new_secret_is_not_tried_with_what_cannot_be_opened(run: Run) -> None:
    run("secrets-manager", "secret", "register", "aws_secret", "-s", "arbitrary", "--key=1")
    run(
        "artifact-store", "register", "x", "-f", "minio", "--path=minio://models",
        "--authentication_secret=aws_secret",
    )  # fmt: skip

    run("secrets-manager", "secret", "update", "aws_secret", "--key=2")

    assert not Check.objects.exists()
    assert Secret.objects.get().reveal() == {"key": "2"}
