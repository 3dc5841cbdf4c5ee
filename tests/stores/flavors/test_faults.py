"""What every cloud's client does alike when the way to the service, or the service, misbehaves."""

from __future__ import annotations

import socket

import pytest

from stores.flavors.base import AlreadyExists, Category, Changed, StoreError
from tests.stores.flavors.clouds import Cloud, load, store
from tests.support.fault_proxy import Fault, FaultProxy

MIB = 1024 * 1024


@pytest.mark.parametrize("large", [False, True])
def test_a_torn_connection_is_tried_again(cloud: Cloud, large: bool) -> None:
    data = b"x" * (cloud.large if large else 5)
    for method in cloud.writes:
        cloud.proxy.add(method, Fault.RESET)
    store(cloud.backend, "a", data)
    cloud.proxy.add("GET", Fault.RESET)

    assert load(cloud.backend, "a") == data


def test_a_busy_service_is_asked_again(cloud: Cloud) -> None:
    cloud.proxy.add(cloud.writes[0], Fault.ANSWER, status=503, code=cloud.busy, times=2)

    store(cloud.backend, "a", b"x")

    assert load(cloud.backend, "a") == b"x"


def test_a_connection_that_stays_torn_is_said(cloud: Cloud) -> None:
    cloud.proxy.add("GET", Fault.RESET, times=99)

    with pytest.raises(StoreError, match="broke off before the answer was complete") as caught:
        list(cloud.backend.list())

    assert caught.value.category == Category.CONNECT


@pytest.mark.parametrize("listing", ["names", "list", "entries"])
@pytest.mark.parametrize(
    "kind", ["text/html", "application/xhtml+xml", "application/xml", "application/json"]
)
def test_a_page_in_the_place_of_a_listing_is_no_empty_store(
    kind: str, listing: str, cloud: Cloud
) -> None:
    page = "<html xmlns='http://www.w3.org/1999/xhtml'><p>Sign in to this network.</p></html>"
    headers = {"Content-Type": kind}
    cloud.proxy.add("GET", Fault.ANSWER, status=200, body=page, headers=headers, times=99)

    with pytest.raises(StoreError) as caught:
        list(getattr(cloud.backend, listing)())

    assert caught.value.category == Category.UNKNOWN
    assert caught.value.text == "`127.0.0.1` answered, but not as the service does."


def test_a_body_that_is_always_cut_is_said(cloud: Cloud) -> None:
    store(cloud.behind, "a", b"x" * 1000)
    cloud.proxy.add("GET", Fault.CUT, after=400, times=99, containing=cloud.download)

    with pytest.raises(StoreError, match="broke off before the answer was complete"):
        load(cloud.backend, "a")

    assert len(cloud.proxy.seen) == cloud.body_tries


def test_a_body_that_is_cut_once_is_read_again(cloud: Cloud) -> None:
    store(cloud.behind, "a", b"x" * 1000)
    cloud.proxy.add("GET", Fault.CUT, after=400, containing=cloud.download)

    assert load(cloud.backend, "a") == b"x" * 1000


def test_a_service_that_takes_requests_and_says_nothing_is_a_timeout(cloud: Cloud) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        cloud.open_at(mute.getsockname()[1], 0.2) as silent,
        pytest.raises(StoreError, match=r"sent nothing for 0\.2 s") as caught,
    ):
        silent.stat("a")

    assert caught.value.category == Category.TIMEOUT


def test_a_lost_reply_to_our_own_create_is_a_success(cloud: Cloud) -> None:
    cloud.proxy.add(cloud.writes[0], Fault.LOST_REPLY)

    written = store(cloud.backend, "a", b"ours")

    assert written == cloud.behind.stat("a")
    assert load(cloud.behind, "a") == b"ours"


def test_a_lost_reply_to_our_own_replacement_is_a_success(cloud: Cloud) -> None:
    etag = store(cloud.behind, "a", b"old").etag
    cloud.proxy.add(cloud.writes[0], Fault.LOST_REPLY)

    written = store(cloud.backend, "a", b"ours", replaces=etag)

    assert written == cloud.behind.stat("a")
    assert load(cloud.behind, "a") == b"ours"


# The server that speaks S3's protocol takes the same end twice: test_s3_client.py.
@pytest.mark.parametrize("cloud", ["azure", "gcp"], indirect=True)
@pytest.mark.parametrize("replaced", [False, True])
def test_a_lost_reply_to_the_end_of_a_large_write_is_a_success(
    cloud: Cloud, replaced: bool
) -> None:
    etag = store(cloud.behind, "a", b"old").etag if replaced else ""
    method, containing = cloud.ends
    cloud.proxy.add(method, Fault.LOST_REPLY, containing=containing)

    written = store(cloud.backend, "a", b"x" * cloud.large, replaces=etag)

    assert written == cloud.behind.stat("a")
    assert load(cloud.behind, "a") == b"x" * cloud.large


def test_a_lost_reply_to_our_own_delete_is_a_success(cloud: Cloud) -> None:
    store(cloud.behind, "a", b"x")
    cloud.proxy.add("DELETE", Fault.LOST_REPLY)

    cloud.backend.delete("a")

    assert list(cloud.behind.list()) == []


def test_another_writer_who_came_first_is_not_taken_for_us(cloud: Cloud) -> None:
    cloud.proxy.add(
        cloud.writes[0], Fault.RESET, before=lambda: store(cloud.behind, "a", b"theirs")
    )

    with pytest.raises(AlreadyExists, match="`a` is already there"):
        store(cloud.backend, "a", b"ours")

    assert load(cloud.behind, "a") == b"theirs"


# Azurite takes a name for used as soon as it has blocks of it.
@pytest.mark.parametrize("cloud", ["s3", "gcp"], indirect=True)
def test_another_writer_of_a_large_artifact_is_not_overwritten(cloud: Cloud) -> None:
    method, containing = cloud.ends
    cloud.proxy.add(
        method, containing=containing, before=lambda: store(cloud.behind, "a", b"theirs")
    )

    with pytest.raises(AlreadyExists, match="`a` is already there"):
        store(cloud.backend, "a", b"x" * cloud.large)

    assert load(cloud.behind, "a") == b"theirs"


def test_an_overwrite_between_two_pieces_is_told_without_an_etag(cloud: Cloud) -> None:
    etag = store(cloud.behind, "a", b"o" * (9 * MIB)).etag
    reading = cloud.backend.read("a")
    next(reading)
    store(cloud.behind, "a", b"n" * (9 * MIB), replaces=etag)

    with pytest.raises(Changed):
        list(reading)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(cloud: Cloud, status: int) -> None:
    with FaultProxy(cloud.proxy.target[1]) as elsewhere:
        location = f"http://127.0.0.1:{elsewhere.port}/stolen"
        cloud.proxy.add(
            "GET", Fault.ANSWER, status=status, code="", headers={"Location": location}
        )

        with pytest.raises(StoreError, match=f"redirects to another address .{status}."):
            list(cloud.backend.list())

        assert elsewhere.seen == []
