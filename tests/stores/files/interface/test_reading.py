"""The file interface: reading."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stores.files.interface.opened import MIB, Opened, in_memory


def test_bytes_and_text_are_read(store: Opened) -> None:
    store.put("a.txt", data="grün\r\nund blau\n".encode())
    path = f"{store.root}/a.txt"

    with store.files.open(path) as file:
        assert file.read() == "grün\nund blau\n"
    with store.files.open(path, newline="") as file:
        assert list(file) == ["grün\r\n", "und blau\n"]
    with store.files.open(path, "rb") as file:
        assert file.read() == "grün\r\nund blau\n".encode()
    with store.files.open(path, encoding="latin-1") as file:
        assert file.read(4) == "grÃ¼"


def test_reading_seeks_and_tells(store: Opened) -> None:
    store.put("a", data=bytes(range(256)) * 20_000)

    with store.files.open(f"{store.root}/a", "rb") as file:
        assert file.seek(-2, io.SEEK_END) == 5_119_998
        assert file.read() == b"\xfe\xff"
        assert file.seek(256 * 10_000 + 7) == 2_560_007
        assert file.read(2) == b"\x07\x08"
        assert file.seek(1, io.SEEK_CUR) == 2_560_010
        assert file.tell() == 2_560_010
        assert file.read(1) == b"\x0a"
        assert file.seek(6_000_000) == 6_000_000
        assert file.read() == b""
        with pytest.raises(ValueError, match="before its beginning"):
            file.raw.seek(-1)
        file.seek(0)
        assert len(file.read()) == 5_120_000


def test_only_the_range_that_is_asked_for_is_fetched() -> None:
    store = in_memory()
    store.put("a", data=b"x" * (9 * MIB))
    fetched = []
    read = store.backend.read

    def noted(name: str, **options: Any) -> Iterator[bytes]:
        fetched.append((options["offset"], options["length"]))
        return read(name, **options)

    store.backend.read = noted  # type: ignore[method-assign]
    with store.files.open(f"{store.root}/a", "rb") as file:
        file.seek(8 * MIB)
        file.read(10)
        file.read(10)

    assert fetched == [(8 * MIB, MIB)]


def test_a_file_that_changes_while_it_is_read_is_not_mixed(store: Opened) -> None:
    store.put("a", data=b"o" * (3 * MIB))
    etag = store.backend.stat("a").etag

    with store.files.open(f"{store.root}/a", "rb") as file:
        assert file.read(10) == b"o" * 10
        store.backend.write("a", [b"n" * (3 * MIB)], size=3 * MIB, replaces=etag)
        with pytest.raises(OSError, match="`a` is another version by now"):
            file.read()
