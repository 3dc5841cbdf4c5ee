"""The S3 client against a real server, also behind a proxy that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stores.flavors.base import (
    AlreadyExists,
    Backend,
    Category,
    Changed,
    NotFound,
    SignIn,
    StoreError,
)
from stores.flavors.s3 import S3Flavor
from tests.stores.flavors.clouds import Cloud, load, shown, store
from tests.support.fault_proxy import Fault, FaultProxy

pytestmark = pytest.mark.usefixtures("quick_retries")

MIB = 1024 * 1024

flavor = S3Flavor()


@pytest.fixture
def bucket(s3_cloud: Cloud) -> str:
    return s3_cloud.bucket


@pytest.fixture
def sdk(s3_server) -> Iterator[Any]:
    """The SDK itself, to look at what our client did."""
    client = s3_server.client("s3")
    yield client
    client.close()


@pytest.fixture
def proxy(s3_cloud: Cloud) -> FaultProxy:
    return s3_cloud.proxy


@pytest.fixture
def backend(s3_cloud: Cloud) -> Backend:
    """A store behind the proxy."""
    return s3_cloud.backend


@pytest.fixture
def behind(s3_cloud: Cloud) -> Backend:
    """The same store past the proxy."""
    return s3_cloud.behind


def open_store(url: str, path: str, values: dict[str, str]) -> Backend:
    return flavor.open(path, {"endpoint_url": url}, SignIn.FROM_SECRET, values, timeout=2)


def test_a_service_that_stays_busy_is_said(backend, proxy):
    proxy.add("GET", Fault.ANSWER, status=503, code="SlowDown", times=99)

    with pytest.raises(StoreError, match="The service asks us to slow down") as caught:
        list(backend.list())

    assert caught.value.category == Category.THROTTLED
    assert len(proxy.seen) == 3


@pytest.mark.parametrize("code", ["PreconditionFailed", "NoSuchUpload", "InternalError"])
def test_a_lost_reply_to_the_end_of_a_large_write_is_a_success(backend, behind, proxy, code):
    """The server of the tests takes the same end twice, as Amazon's own once did."""
    proxy.add("POST", Fault.LOST_REPLY, containing="uploadId")
    proxy.add("POST", Fault.ANSWER, containing="uploadId", status=412, code=code, times=2)

    written = store(backend, "a", b"x" * (17 * MIB))

    assert written == behind.stat("a")


@pytest.mark.parametrize("replaces", [False, True])
def test_a_service_that_ignores_conditions_overwrites_nothing_that_was_there(backend, replaces):
    """Older releases of some services do: the condition is looked at beforehand as well."""
    store(backend, "a", b"theirs")
    backend._client.meta.events.register(
        "before-call.s3.PutObject",
        lambda params, **_: (
            [params["headers"].pop(n, "") for n in ("If-None-Match", "If-Match")] and None
        ),
    )

    with pytest.raises((AlreadyExists, Changed)):
        store(backend, "a", b"ours", replaces="stale" if replaces else "")

    assert load(backend, "a") == b"theirs"


def test_the_service_is_not_followed_to_another_region(backend, proxy, s3_server):
    with FaultProxy(s3_server.port) as elsewhere:
        headers = {
            "x-amz-bucket-region": "eu-west-1",
            "Location": f"http://127.0.0.1:{elsewhere.port}/stolen",
        }
        proxy.add("GET", Fault.ANSWER, status=301, code="PermanentRedirect", headers=headers)

        with pytest.raises(StoreError, match="is in `eu-west-1`") as caught:
            list(backend.list())

        assert elsewhere.seen == []
    assert len(proxy.seen) == 1
    assert caught.value.action == "Write `eu-west-1` into the store's field “Region”."


def test_what_the_environment_offers_is_never_mixed_in(s3_server, bucket, monkeypatch, tmp_path):
    """Keys, profile, region and endpoint of another account lie around the worker."""
    (tmp_path / "config").write_text(
        "[default]\nregion = eu-west-1\ns3 =\n  use_dualstack_endpoint = true\n"
    )
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = AKIAFOREIGNFOREIGN00\naws_secret_access_key = foreign\n"
    )
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAFOREIGNFOREIGN00",
        "AWS_SECRET_ACCESS_KEY": "foreign",
        "AWS_SESSION_TOKEN": "foreign",
        "AWS_PROFILE": "nobody",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_CA_BUNDLE": "/nowhere",
    }.items():
        monkeypatch.setenv(name, value)

    with open_store(s3_server.url, f"s3://{bucket}", s3_server.values) as opened:
        store(opened, "a", b"ours")

        assert load(opened, "a") == b"ours"


def test_amazons_own_endpoint_does_not_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    values = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "canary"}

    with flavor.open("s3://models/a", {"region": "eu-west-1"}, SignIn.IMPLICIT, values) as opened:
        url = opened._client.generate_presigned_url(
            "get_object", Params={"Bucket": "models", "Key": "a"}
        )

    assert url.startswith("https://models.s3.eu-west-1.amazonaws.com/a?")


def test_a_session_token_goes_along_and_has_to_belong_to_the_key(s3_server, bucket):
    values = s3_server.values | {"aws_session_token": "canary"}

    with (
        open_store(s3_server.url, f"s3://{bucket}", values) as opened,
        pytest.raises(StoreError, match="The session token does not belong") as caught,
    ):
        list(opened.list())

    assert caught.value.code == "InvalidToken"
    assert "canary" not in shown(caught.value)


@pytest.mark.parametrize(
    ("values", "category", "words"),
    [
        (
            {"aws_secret_access_key": "canary"},
            Category.SIGN_IN,
            "The secret access key does not belong to the access key ID.",
        ),
        (
            {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"},
            Category.SIGN_IN,
            "The service knows no such access key ID: it was deleted, or belongs to another"
            " service.",
        ),
    ],
)
def test_a_wrong_key_is_said_and_not_shown(s3_server, bucket, values, category, words):
    wrong = s3_server.values | values

    with (
        open_store(s3_server.url, f"s3://{bucket}", wrong) as opened,
        pytest.raises(StoreError) as caught,
    ):
        list(opened.list())

    assert (caught.value.category, caught.value.text) == (category, words)
    assert wrong["aws_secret_access_key"] not in shown(caught.value)


def test_who_may_only_read_is_refused_the_rest(s3_server, bucket, behind):
    store(behind, "a", b"x")

    with open_store(s3_server.url, f"s3://{bucket}/team", s3_server.reader_values) as reader:
        assert load(reader, "a") == b"x"
        for operation, action in (
            ("write", lambda: store(reader, "b", b"x")),
            ("delete", lambda: reader.delete("a")),
        ):
            with pytest.raises(StoreError, match=f"may not {operation}") as caught:
                action()
            assert caught.value.category == Category.PERMISSION


def test_a_bucket_that_is_not_there_is_said(s3_server):
    with (
        open_store(s3_server.url, "s3://no-such-bucket", s3_server.values) as opened,
        pytest.raises(StoreError, match="There is no bucket `no-such-bucket`") as caught,
    ):
        list(opened.list())

    assert caught.value.category == Category.CONTAINER_MISSING


def test_a_large_artifact_goes_up_in_parts_and_keeps_no_md5(behind):
    written = store(behind, "a", b"x" * (33 * MIB))

    assert written == behind.stat("a")
    assert written.etag.endswith("-3")
    assert behind.md5("a") == ""
    assert load(behind, "a") == b"x" * (33 * MIB)


def test_a_large_write_that_breaks_off_leaves_no_parts(behind, sdk, bucket):
    def pieces() -> Iterator[bytes]:
        yield b"x" * (17 * MIB)
        raise OSError("the source broke")

    with pytest.raises(OSError, match="the source broke"):
        behind.write("a", pieces(), size=33 * MIB)

    assert "Uploads" not in sdk.list_multipart_uploads(Bucket=bucket)
    with pytest.raises(NotFound):
        behind.stat("a")


def test_an_etag_is_no_md5_where_the_object_has_a_key_of_its_own(behind, sdk, bucket):
    sdk.put_object(Bucket=bucket, Key="team/a", Body=b"x", ServerSideEncryption="aws:kms")

    assert behind.md5("a") == ""


def test_our_own_md5_stays_known_where_the_bucket_encrypts_with_a_key(behind, sdk, bucket):
    sdk.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
        },
    )

    store(behind, "a", b"hello")

    assert behind.md5("a") == "5d41402abc4b2a76b9719d911017c592"


@pytest.mark.parametrize(
    ("noted", "md5"),
    [
        ("XUFAKrxLKna5cZ2REBfFkg==", "5d41402abc4b2a76b9719d911017c592"),
        ("not base64!", ""),
        ("AAAA", ""),
    ],
)
def test_the_md5_that_rclone_notes_is_read(behind, sdk, bucket, noted, md5):
    upload = sdk.create_multipart_upload(
        Bucket=bucket, Key="team/a", Metadata={"md5chksum": noted}
    )
    target = {"Bucket": bucket, "Key": "team/a", "UploadId": upload["UploadId"]}
    part = sdk.upload_part(**target, PartNumber=1, Body=b"hello")
    sdk.complete_multipart_upload(
        **target, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    )

    assert behind.md5("a") == md5


def test_marks_of_folders_are_no_artifacts(behind, sdk, bucket):
    for key in ("team/", "team/runs/"):
        sdk.put_object(Bucket=bucket, Key=key, Body=b"")
    store(behind, "runs/a", b"x")

    assert [artifact.name for artifact in behind.list()] == ["runs/a"]


def test_a_store_sees_nothing_beside_its_folder(behind, sdk, bucket):
    for key in ("a", "team-secret/a", "teams", "team/b"):
        sdk.put_object(Bucket=bucket, Key=key, Body=b"x")

    assert [artifact.name for artifact in behind.list()] == ["b"]


def test_what_is_written_says_of_what_kind_it_is(behind, sdk, bucket):
    store(behind, "page.html", b"x")

    assert sdk.head_object(Bucket=bucket, Key="team/page.html")["ContentType"] == "text/html"
