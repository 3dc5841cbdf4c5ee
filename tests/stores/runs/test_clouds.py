"""Checks of, and transfers between, stores in three clouds, each with its real client."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from secrets_app.models import Secret, SecretsManager
from stores import runs
from stores.flavors import base
from stores.models import Check, Store, Transfer, TransferRun
from stores.transfers import Conflict
from tests.support.azurite import Azurite
from tests.support.gcs import GcsServer
from tests.support.s3 import S3Server

pytestmark = pytest.mark.django_db

MIB = 1024 * 1024
ARTIFACTS = {
    "runs/4/model.bin": b"w" * (5 * MIB),
    "runs/4/grün 🚀.txt": b"words",
    "runs/4/_SUCCESS": b"",
    "runs/4/large.bin": b"0123456789abcdef" * (17 * MIB // 16),
}

AddStore = Callable[..., Store]


@pytest.fixture
def add_store(admin_user: User) -> AddStore:
    """A function that registers a store and its secret."""

    def add(flavor: str, schema: str, path: str, values: dict[str, str], **settings: str) -> Store:
        secret = Secret.objects.create(
            name=f"{flavor}_secret",
            schema=schema,
            owner=admin_user,
            manager=SecretsManager.objects.built_in(),
        )
        secret.replace(values)
        return Store.objects.create(
            name=f"{flavor}_store",
            owner=admin_user,
            flavor=flavor,
            path=path,
            sign_in="from_secret",
            authentication_secret=secret.name,
            configuration=settings,
        )

    return add


@pytest.fixture
def azure_store(add_store: AddStore, azurite: Azurite) -> Store:
    container = azurite.make_container(f"c{uuid.uuid4().hex}")
    return add_store(
        "azure",
        "azure",
        f"az://{container}/team",
        {"connection_string": azurite.connection_string},
    )


@pytest.fixture
def s3_store(add_store: AddStore, s3_server: S3Server) -> Store:
    bucket = s3_server.make_bucket(f"b{uuid.uuid4().hex}")
    return add_store(
        "s3", "aws", f"s3://{bucket}/team", s3_server.values, endpoint_url=s3_server.url
    )


@pytest.fixture
def gcp_store(add_store: AddStore, gcs: GcsServer) -> Store:
    bucket = gcs.make_bucket(f"b{uuid.uuid4().hex}")
    return add_store("gcp", "gcp", f"gs://{bucket}/team", gcs.values, api_endpoint=gcs.url)


@pytest.fixture(params=["s3", "gcp"])
def cloud_store(request: pytest.FixtureRequest) -> Store:
    store: Store = request.getfixturevalue(f"{request.param}_store")
    return store


def fill(store: Store) -> None:
    with store.connect() as backend:
        for name, data in ARTIFACTS.items():
            backend.write(name, [data], size=len(data))


def content(store: Store) -> dict[str, bytes]:
    with store.connect() as backend:
        return {found.name: b"".join(backend.read(found.name)) for found in backend.list()}


def check(store: Store) -> Check:
    queued = Check.objects.create(store=store)
    runs.run_check(queued.pk)
    queued.refresh_from_db()
    return queued


def move(source: Store, target: Store, conflict: str = Conflict.SKIP_SAME) -> Transfer:
    transfer = Transfer.objects.create(
        owner=source.owner, source=source, target=target, conflict=conflict
    )
    TransferRun.objects.create(transfer=transfer, kind=TransferRun.Kind.PLAN)
    runs.run_plan(transfer.pk)
    transfer.refresh_from_db()
    runs.start(transfer, by=source.owner)
    runs.run_copies(transfer.pk)
    transfer.refresh_from_db()
    return transfer


def test_each_step_of_a_check_is_proven(cloud_store: Store) -> None:
    fill(cloud_store)
    Store.objects.update(allow_probes=True)
    cloud_store.refresh_from_db()

    done = check(cloud_store)

    assert [(step["name"], step["mark"]) for step in done.steps] == [
        ("settings", "ok"),
        ("secret", "ok"),
        ("name", "ok"),
        ("connect", "ok"),
        ("container", "ok"),
        ("list", "ok"),
        ("read", "ok"),
        ("write", "ok"),
        ("delete", "ok"),
    ]
    assert done.words == "Proven: list, read, write, delete."
    assert sorted(content(cloud_store)) == sorted(ARTIFACTS)


def test_the_check_says_how_it_signed_in_and_shows_no_value(
    s3_store: Store, gcp_store: Store
) -> None:
    assert check(s3_store).steps[1]["words"] == (
        "`s3_secret` v1 decrypted (values not shown): access key."
    )
    assert check(gcp_store).steps[1]["words"] == (
        "`gcp_secret` v1 decrypted (values not shown): service account."
    )


def test_a_bucket_that_is_gone_is_said(cloud_store: Store) -> None:
    cloud_store.path = cloud_store.path.replace("://b", "://gone")
    cloud_store.save()

    done = check(cloud_store)

    failed = next(step for step in done.steps if step["mark"] == "failed")
    assert (failed["name"], failed["category"]) == ("container", "container_missing")
    assert done.verdict == Store.State.FAILING


def test_a_package_that_is_missing_is_said_with_the_command(
    cloud_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "_is_installed", lambda package: False)

    done = check(cloud_store)

    assert done.steps[0]["words"].endswith("which is not installed here.")
    assert f"`./manage.py integration install {cloud_store.flavor}`" in done.steps[0]["action"]


def test_artifacts_go_from_azure_to_s3_and_on_to_google(
    azure_store: Store, s3_store: Store, gcp_store: Store
) -> None:
    fill(azure_store)

    first, second = move(azure_store, s3_store), move(s3_store, gcp_store)

    assert first.state == second.state == Transfer.State.COMPLETED
    assert content(s3_store) == content(gcp_store) == ARTIFACTS
    assert set(first.items.values_list("result", "proof")) == {
        ("copied", "Hash of the bytes read equals the source's stored hash")
    }
    assert set(second.items.values_list("result", "proof")) == {
        ("copied", "Hash of the bytes read; the source keeps none to compare")
    }


def test_what_is_there_already_is_known_as_the_same(gcp_store: Store, s3_store: Store) -> None:
    fill(gcp_store)
    move(gcp_store, s3_store)

    again = move(gcp_store, s3_store)

    # S3 keeps no MD5 of what went up in parts, so that one is copied once more.
    assert dict(again.items.values_list("name", "result")) == {
        "runs/4/model.bin": "same",
        "runs/4/grün 🚀.txt": "same",
        "runs/4/_SUCCESS": "same",
        "runs/4/large.bin": "copied",
    }
