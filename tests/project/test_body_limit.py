"""W40: a request that is too long is refused before a byte of it is read."""

from __future__ import annotations

import pytest
from django.test import Client


class Untouched:
    """A body that nobody may read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("The body was read.")

    readline = read


@pytest.mark.parametrize("address", ["/login/", "/stores/import/", "/nowhere/"])
def test_w40_two_gigabytes_are_refused_unread(client: Client, address: str) -> None:
    reply = client.generic(
        "POST",
        address,
        b"",
        "multipart/form-data; boundary=x",
        **{"CONTENT_LENGTH": str(2 * 1024**3), "wsgi.input": Untouched()},
    )

    assert reply.status_code == 413
    assert b"No page here takes more than 4 MiB." in reply.content


@pytest.mark.parametrize("length", ["9" * 4000, "4194305", f"{'0' * 40}4194305"])
def test_w40_any_longer_length_is_refused(client: Client, length: str) -> None:
    assert client.get("/healthz", CONTENT_LENGTH=length).status_code == 413


@pytest.mark.django_db
@pytest.mark.parametrize("length", ["", "0", "none", "-1"])
def test_what_is_no_length_or_a_short_one_passes(client: Client, length: str) -> None:
    assert client.get("/healthz", CONTENT_LENGTH=length).status_code == 200
