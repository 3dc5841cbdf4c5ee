"""Google's real SDK against a stand-in for Google, also behind a proxy that misbehaves."""

from __future__ import annotations

import socket

import pytest

from stores.flavors.base import (
    Backend,
    Category,
    NotFound,
    SignIn,
    StoreError,
)
from stores.flavors.gcp import GcpFlavor
from tests.stores.flavors.clouds import Cloud, load, shown, store
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.gcs import EMAIL, GcsServer

pytestmark = pytest.mark.usefixtures("quick_retries")

MIB = 1024 * 1024

flavor = GcpFlavor()


@pytest.fixture
def bucket(gcp_cloud: Cloud) -> str:
    return gcp_cloud.bucket


@pytest.fixture
def proxy(gcp_cloud: Cloud) -> FaultProxy:
    return gcp_cloud.proxy


@pytest.fixture
def backend(gcp_cloud: Cloud) -> Backend:
    """A store behind the proxy."""
    return gcp_cloud.backend


@pytest.fixture
def behind(gcp_cloud: Cloud) -> Backend:
    """The same store past the proxy."""
    return gcp_cloud.behind


def open_store(url: str, bucket: str, values: dict[str, str], timeout: float = 5) -> Backend:
    return flavor.open(
        f"gs://{bucket}/team", {"api_endpoint": url}, SignIn.FROM_SECRET, values, timeout=timeout
    )


def kept(gcs: GcsServer, bucket: str) -> list[str]:
    """The names of the objects in the bucket."""
    return sorted(gcs.buckets[bucket])


@pytest.mark.parametrize(
    ("status", "category"), [(429, Category.THROTTLED), (503, Category.UNAVAILABLE)]
)
def test_a_service_that_stays_busy_is_said(backend, proxy, status, category):
    proxy.add("GET", Fault.ANSWER, status=status, times=99)

    with pytest.raises(StoreError) as caught:
        list(backend.list())

    assert caught.value.category == category
    assert len(proxy.seen) == 3


def test_nothing_is_asked_for_but_what_was_called_for(backend, proxy):
    """The SDK has a thread that would ask for the bucket itself as well."""
    list(backend.list())
    backend.close()

    assert [path.partition("?")[0].rpartition("/")[2] for _, path in proxy.seen] == ["o"]


@pytest.mark.parametrize("size", [9 * MIB, 12 * MIB])
@pytest.mark.parametrize("more", [b"", b"one piece too many"])
def test_a_large_write_is_whole_or_nothing(gcs, bucket, behind, size, more):
    """The last chunk goes out once all pieces were seen, also where they end with a chunk."""
    pieces = [b"x" * MIB] * (size // MIB - (not more)) + [more]

    with pytest.raises(StoreError) as caught:
        behind.write("a", pieces, size=size)

    assert caught.value.category == Category.INTEGRITY
    assert kept(gcs, bucket) == []


def test_what_arrives_damaged_is_refused(gcs, bucket, behind, monkeypatch):
    stored = gcs._store
    monkeypatch.setattr(
        gcs, "_store", lambda room, resource, data, only_if: stored(room, resource, b"?", only_if)
    )

    with pytest.raises(StoreError, match="arrived damaged") as caught:
        store(behind, "a", b"x" * (9 * MIB))

    assert caught.value.category == Category.INTEGRITY
    assert kept(gcs, bucket) == []


def test_a_reply_does_not_lead_an_upload_elsewhere(gcs, backend, proxy):
    """The address for the chunks comes from the service, and would get the token as well."""
    with FaultProxy(gcs.port) as elsewhere:
        location = f"http://127.0.0.1:{elsewhere.port}/upload?upload_id=1"
        proxy.add("POST", Fault.ANSWER, status=200, headers={"Location": location})

        with pytest.raises(StoreError, match="redirects to another address"):
            store(backend, "a", b"x" * (9 * MIB))

        assert elsewhere.seen == []


def test_what_the_environment_offers_is_never_mixed_in(gcs, bucket, monkeypatch, tmp_path):
    """Another key, another endpoint and another password lie around the worker."""
    (tmp_path / "key.json").write_text(gcs.reader_values["token"])
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login foreign password foreign\n")
    for name, value in {
        "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "key.json"),
        "GOOGLE_CLOUD_PROJECT": "foreign",
        "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1",
        "API_ENDPOINT_OVERRIDE": "http://127.0.0.1:1",
        "CLOUDSDK_CONFIG": str(tmp_path),
        "HOME": str(tmp_path),
        "NETRC": str(tmp_path / ".netrc"),
    }.items():
        monkeypatch.setenv(name, value)

    with open_store(gcs.url, bucket, gcs.values) as opened:
        store(opened, "a", b"ours")

        assert load(opened, "a") == b"ours"


def test_a_key_that_was_deleted_is_said_and_not_shown(gcs, bucket):
    with (
        open_store(gcs.url, bucket, gcs.key_that_was_deleted()) as opened,
        pytest.raises(StoreError, match="but not this key") as caught,
    ):
        list(opened.list())

    assert (caught.value.category, caught.value.code) == (Category.SIGN_IN, "invalid_grant")
    assert "PRIVATE KEY" not in shown(caught.value)


def test_an_account_that_was_deleted_is_said(gcs, bucket):
    values = gcs.key_of(EMAIL, client_email="gone@tests.iam.gserviceaccount.com")

    with (
        open_store(gcs.url, bucket, values) as opened,
        pytest.raises(StoreError, match="There is no service account `gone@tests") as caught,
    ):
        list(opened.list())

    assert caught.value.category == Category.SIGN_IN


def test_a_token_service_that_does_not_answer_is_said(gcs, bucket, settings):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        host = f"127.0.0.1:{closed.getsockname()[1]}"
    settings.STOREROOM_TOKEN_HOSTS = [gcs.host, host]
    values = gcs.key_of(EMAIL, token_uri=f"http://{host}/token")

    with (
        open_store(gcs.url, bucket, values) as opened,
        pytest.raises(StoreError, match="nothing answers at that port") as caught,
    ):
        list(opened.list())

    assert caught.value.category == Category.CONNECT


def test_who_may_only_read_is_refused_the_rest(gcs, bucket, behind):
    store(behind, "a", b"x")

    with open_store(gcs.url, bucket, gcs.reader_values) as reader:
        assert load(reader, "a") == b"x"
        for right, action in (
            ("create", lambda: store(reader, "b", b"x")),
            ("delete", lambda: reader.delete("a")),
        ):
            with pytest.raises(StoreError, match=f"storage.objects.{right}") as caught:
                action()
            assert caught.value.category == Category.PERMISSION


def test_a_bucket_that_is_not_there_is_said(gcs):
    with (
        open_store(gcs.url, "no-such-bucket", gcs.values) as opened,
        pytest.raises(StoreError, match="There is no bucket `no-such-bucket`") as caught,
    ):
        list(opened.list())

    assert caught.value.category == Category.CONTAINER_MISSING


def test_a_name_with_a_line_break_is_refused_before_anything_is_sent(gcs, behind):
    before = len(gcs.seen)

    with pytest.raises(StoreError, match=r"cannot keep 'line.nbreak' as a name"):
        store(behind, "line\nbreak", b"x")

    assert len(gcs.seen) == before


def test_marks_of_folders_are_no_artifacts(gcs, bucket, behind):
    for name in ("team/", "team/runs/"):
        gcs._store(bucket, {"name": name}, b"", "")
    store(behind, "runs/a", b"x")

    assert [artifact.name for artifact in behind.list()] == ["runs/a"]


def test_an_object_that_was_composed_has_no_md5(gcs, bucket, behind):
    store(behind, "a", b"x")
    del gcs.buckets[bucket]["team/a"].resource["md5Hash"]

    assert behind.md5("a") == ""
    with pytest.raises(NotFound):
        behind.md5("b")
