"""The Azure client against Azurite. What it does alike with others, test_faults.py looks at."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import (
    ContainerClient,
    ContainerSasPermissions,
    ContentSettings,
    generate_container_sas,
)

from stores.flavors.azure import AzureFlavor
from stores.flavors.base import (
    AlreadyExists,
    Backend,
    Category,
    NotFound,
    SignIn,
    StoreError,
)
from tests.stores.flavors.clouds import Cloud, load, shown, store
from tests.support.azurite import Azurite
from tests.support.fault_proxy import Fault, FaultProxy

pytestmark = pytest.mark.usefixtures("quick_retries")

MIB = 1024 * 1024
WRONG_KEY = "Y2FuYXJ5" * 11  # "canary", eleven times

flavor = AzureFlavor()


@pytest.fixture
def container(azure_cloud: Cloud) -> str:
    return azure_cloud.bucket


@pytest.fixture
def sdk(azurite, container) -> Iterator[ContainerClient]:
    """The container by the SDK itself, to look at what our client did."""
    credential = AzureNamedKeyCredential(azurite.account, azurite.key)
    with ContainerClient(azurite.url, container, credential) as client:
        yield client


@pytest.fixture
def proxy(azure_cloud: Cloud) -> FaultProxy:
    return azure_cloud.proxy


@pytest.fixture
def backend(azure_cloud: Cloud) -> Backend:
    """A store behind the proxy."""
    return azure_cloud.backend


@pytest.fixture
def behind(azure_cloud: Cloud) -> Backend:
    """The same store past the proxy."""
    return azure_cloud.behind


def open_store(azurite: Azurite, path: str, port: int, **values: str) -> Backend:
    values = values or {"account_key": azurite.key}
    configuration = {"account_url": f"http://127.0.0.1:{port}/{azurite.account}"}
    return flavor.open(path, configuration, SignIn.FROM_SECRET, values, timeout=2)


def test_a_service_that_stays_busy_is_said(backend, proxy):
    proxy.add("GET", Fault.ANSWER, status=503, code="ServerBusy", times=99)

    with pytest.raises(StoreError, match="Azure asks us to slow down") as caught:
        list(backend.list())

    assert caught.value.category == Category.THROTTLED
    assert len(proxy.seen) == 3


def test_a_server_error_after_the_commit_is_a_success(backend, behind, proxy):
    """The service may answer 500 to what it has carried out."""
    proxy.add(
        "PUT",
        Fault.ANSWER,
        status=500,
        code="OperationTimedOut",
        before=lambda: store(behind, "a", b"ours"),
    )

    assert store(backend, "a", b"ours").etag == behind.stat("a").etag


def test_two_writers_of_one_name_do_not_mix(backend, behind):
    def interrupted() -> Iterator[bytes]:
        yield b"A" * (4 * MIB)
        store(behind, "a", b"B" * (5 * MIB))
        yield b"A" * MIB

    with pytest.raises(AlreadyExists):
        backend.write("a", interrupted(), size=5 * MIB)

    assert load(behind, "a") == b"B" * (5 * MIB)


def test_a_wrong_key_has_words_and_is_not_shown(azurite, container):
    backend = open_store(azurite, f"az://{container}", azurite.port, account_key=WRONG_KEY)

    with pytest.raises(StoreError, match="Refused") as caught:
        list(backend.list())

    assert caught.value.category == Category.SIGN_IN
    assert caught.value.code == "AuthorizationFailure"
    assert caught.value.request_id
    assert WRONG_KEY not in shown(caught.value)


def test_azures_own_answer_to_a_wrong_key_has_words(backend, proxy):
    proxy.add(
        "GET",
        Fault.ANSWER,
        status=403,
        code="AuthenticationFailed",
        detail="The MAC signature found in the HTTP request is not the same as any computed one.",
        headers={"x-ms-request-id": "request-1"},
    )

    with pytest.raises(StoreError, match="does not belong to account `acct") as caught:
        list(backend.list())

    assert caught.value.request_id == "request-1"


def test_a_missing_container_has_words(azurite):
    backend = open_store(azurite, "az://nowhere", azurite.port)

    for action in (lambda: list(backend.list()), lambda: store(backend, "a", b"x")):
        with pytest.raises(StoreError, match="There is no container `nowhere` in `acct") as caught:
            action()
        assert caught.value.category == Category.CONTAINER_MISSING


def make_token(azurite: Azurite, container: str, letters: str) -> str:
    return generate_container_sas(
        azurite.account,
        container,
        account_key=azurite.key,
        permission=ContainerSasPermissions.from_string(letters),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )


def test_a_sas_token_signs_in(azurite, container):
    token = make_token(azurite, container, "rwdl")

    with open_store(azurite, f"az://{container}/team", azurite.port, sas_token=token) as backend:
        store(backend, "a b/ü#?%+", b"x" * (5 * MIB))
        [artifact] = backend.list()
        assert load(backend, artifact.name) == b"x" * (5 * MIB)
        backend.delete(artifact.name)


def test_a_sas_token_without_a_right_names_its_letter(azurite, container):
    token = make_token(azurite, container, "r")
    backend = open_store(azurite, f"az://{container}", azurite.port, sas_token=token)

    with pytest.raises(StoreError, match="valid, but may not list: it has `r`") as caught:
        list(backend.list())

    assert caught.value.category == Category.PERMISSION
    assert "has the letter `l` in `sp`" in caught.value.action
    assert f"--name {container} --permissions rl" in caught.value.command


@pytest.fixture
def nowhere() -> dict[str, Backend]:
    """Stores that cannot be reached, each with a SAS token that must not be shown."""
    values = {"account_name": "acct", "sas_token": "sv=1&sig=canary"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    urls = {"name": "https://acct.blob.invalid", "port": f"http://127.0.0.1:{closed}/acct"}
    return {
        why: flavor.open("az://models", {"account_url": url}, SignIn.SAS_TOKEN, values)
        for why, url in urls.items()
    }


def test_a_name_that_does_not_resolve_has_words(nowhere):
    for action in (
        nowhere["name"].resolve,
        nowhere["name"].connect,
        lambda: [*nowhere["name"].list()],
    ):
        with pytest.raises(StoreError, match=r"`acct.blob.invalid` does not resolve") as caught:
            action()
        assert caught.value.category == Category.DNS
        assert caught.value.command == "nslookup acct.blob.invalid"


def test_a_closed_port_has_words(nowhere):
    for action in (nowhere["port"].connect, lambda: [*nowhere["port"].list()]):
        with pytest.raises(StoreError, match="nothing answers at that port") as caught:
            action()
        assert caught.value.category == Category.CONNECT


@pytest.mark.parametrize("why", ["name", "port"])
def test_no_sas_token_is_in_errors_or_logs(nowhere, why, caplog):
    caplog.set_level(logging.DEBUG)

    for action in (
        lambda: list(nowhere[why].list()),
        lambda: store(nowhere[why], "a", b"x"),
        lambda: load(nowhere[why], "a"),
        lambda: nowhere[why].delete("a"),
    ):
        with pytest.raises(StoreError) as caught:
            action()
        assert "canary" not in shown(caught.value)
    assert "canary" not in caplog.text


def test_no_sas_token_is_in_errors_or_logs_when_the_service_answers(azurite, proxy, caplog):
    caplog.set_level(logging.DEBUG)
    backend = open_store(azurite, "az://models", proxy.port, sas_token="sv=1&sig=canary")
    proxy.add("GET", Fault.RESET, times=3)

    for _ in range(2):
        with pytest.raises(StoreError) as caught:
            list(backend.list())
        assert "canary" not in shown(caught.value)
    assert "canary" not in caplog.text


def test_a_neighbour_whose_name_begins_alike_is_not_seen(azurite, container):
    neighbour = open_store(azurite, f"az://{container}/team-secret", azurite.port)
    store(neighbour, "a", b"x")

    assert list(open_store(azurite, f"az://{container}/team", azurite.port).list()) == []


def test_names_with_empty_parts_come_back_as_they_went(azurite, container):
    backend = open_store(azurite, f"az://{container}", azurite.port)

    for name in ("a//b", "a/", "//x", "/y"):
        store(backend, name, name.encode())

    assert sorted(artifact.name for artifact in backend.list()) == ["//x", "/y", "a/", "a//b"]
    assert load(backend, "a//b") == b"a//b"
    assert load(backend, "/y") == b"/y"


@pytest.mark.parametrize("size", [5, 5 * MIB])
def test_type_and_md5_are_kept_with_the_blob(backend, sdk, size):
    written = store(backend, "a.json", b"x" * size)

    kept = sdk.get_blob_client("team/a.json").get_blob_properties().content_settings
    assert kept.content_type == "application/json"
    assert kept.content_md5.hex() == written.md5


def test_compressed_bytes_are_read_as_they_are_stored(backend, sdk):
    settings = ContentSettings(content_encoding="gzip")
    sdk.upload_blob("team/a", b"not really gzip", content_settings=settings)

    assert load(backend, "a") == b"not really gzip"


def test_blobs_without_an_md5_have_none(backend, sdk):
    sdk.upload_blob("team/a", b"x" * (5 * MIB), max_concurrency=1)
    client = sdk.get_blob_client("team/a")
    client.set_http_headers(ContentSettings(content_md5=None))

    assert backend.md5("a") == ""


def test_uncommitted_blocks_are_no_artifact(backend, sdk):
    sdk.get_blob_client("team/a").stage_block("one", b"x")

    assert list(backend.list()) == []
    with pytest.raises(NotFound):
        backend.stat("a")


def test_the_sentences_of_a_check(backend, proxy):
    assert backend.resolve() == "`127.0.0.1` → 127.0.0.1 (this machine)."
    assert backend.connect().startswith(f"Port {proxy.port} answers")
    assert proxy.seen == []


def test_the_flavors_do_not_load_the_sdk():
    program = (
        "import sys, stores.flavors;"
        "sys.exit(', '.join(name for name in sys.modules if name.startswith('azure')) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
