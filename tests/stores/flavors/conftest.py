"""The clouds of these tests, each with a container or bucket of the test's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from azure.storage.blob import LinearRetry
from botocore.retries.standard import ExponentialBackoff
from pytest_django.fixtures import Settings

from stores.flavors.azure import AzureFlavor
from stores.flavors.base import Backend, SignIn
from stores.flavors.gcp import GcpFlavor, tries
from stores.flavors.s3 import S3Flavor
from tests.stores.flavors.clouds import Cloud
from tests.support.azurite import Azurite
from tests.support.fault_proxy import FaultProxy
from tests.support.gcs import GcsServer
from tests.support.s3 import S3Server

MIB = 1024 * 1024


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """No SDK waits before it tries again."""
    monkeypatch.setattr(LinearRetry, "get_backoff_time", lambda self, settings: 0)
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda self, context: 0)
    monkeypatch.setattr(tries, "PAUSE", 0.001)


@pytest.fixture
def azure_cloud(azurite: Azurite, quick_retries: None) -> Iterator[Cloud]:
    """Azurite."""
    container = azurite.make_container(f"c{uuid.uuid4().hex}")

    def open_at(port: int, timeout: float) -> Backend:
        configuration = {"account_url": f"http://127.0.0.1:{port}/{azurite.account}"}
        values = {"account_key": azurite.key}
        return AzureFlavor().open(
            f"az://{container}/team", configuration, SignIn.FROM_SECRET, values, timeout=timeout
        )

    with (
        FaultProxy(azurite.port) as proxy,
        open_at(proxy.port, 2) as backend,
        open_at(azurite.port, 2) as behind,
    ):
        yield Cloud(
            proxy,
            container,
            open_at,
            backend,
            behind,
            large=5 * MIB,
            writes=("PUT",),
            ends=("PUT", "comp=blocklist"),
            body_tries=3,
        )


@pytest.fixture
def s3_cloud(s3_server: S3Server, quick_retries: None) -> Iterator[Cloud]:
    """A server that speaks S3's protocol."""
    bucket = s3_server.make_bucket(f"b{uuid.uuid4().hex}")

    def open_at(port: int, timeout: float) -> Backend:
        return S3Flavor().open(
            f"s3://{bucket}/team",
            {"endpoint_url": f"http://127.0.0.1:{port}"},
            SignIn.FROM_SECRET,
            s3_server.values,
            timeout=timeout,
        )

    with (
        FaultProxy(s3_server.port) as proxy,
        open_at(proxy.port, 2) as backend,
        open_at(s3_server.port, 2) as behind,
    ):
        yield Cloud(
            proxy,
            bucket,
            open_at,
            backend,
            behind,
            large=17 * MIB,
            writes=("PUT",),
            ends=("POST", "uploadId"),
            body_tries=3,
            busy="SlowDown",
        )


@pytest.fixture
def gcp_cloud(gcs: GcsServer, quick_retries: None, settings: Settings) -> Iterator[Cloud]:
    """The stand-in for Google Cloud Storage."""
    bucket = gcs.make_bucket(f"b{uuid.uuid4().hex}")

    def open_at(port: int, timeout: float) -> Backend:
        settings.STOREROOM_TOKEN_HOSTS = [*settings.STOREROOM_TOKEN_HOSTS, f"127.0.0.1:{port}"]
        return GcpFlavor().open(
            f"gs://{bucket}/team",
            {"api_endpoint": f"http://127.0.0.1:{port}"},
            SignIn.FROM_SECRET,
            gcs.values,
            timeout=timeout,
        )

    with (
        FaultProxy(gcs.port) as proxy,
        open_at(proxy.port, 5) as backend,
        open_at(gcs.port, 5) as behind,
    ):
        yield Cloud(
            proxy,
            bucket,
            open_at,
            backend,
            behind,
            large=9 * MIB,
            writes=("POST", "PUT"),
            ends=("PUT", "upload_id"),
            body_tries=4,
            download="/download/",
        )


@pytest.fixture(params=["azure", "s3", "gcp"])
def cloud(request: Any) -> Cloud:
    """Each of the clouds in turn."""
    return request.getfixturevalue(f"{request.param}_cloud")
