"""The file interface: writing."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from tests.stores.files.interface.opened import MIB, Opened


@pytest.mark.parametrize("size", [0, 5, 9 * MIB])
def test_what_is_written_is_there_once_it_is_closed(store: Opened, size: int) -> None:
    path = f"{store.root}/new/a"

    file = store.files.open(path, "wb")
    assert file.write(b"x" * size) == size
    assert file.tell() == size
    assert not store.files.exists(path)
    file.close()
    file.close()

    assert store.bytes_of("new/a") == b"x" * size


def test_text_is_written_in_utf_8_unless_told_otherwise(store: Opened) -> None:
    with store.files.open(f"{store.root}/a", "w") as file:
        file.write("grün\n")
    with store.files.open(f"{store.root}/b", "w", encoding="utf-16-le", newline="\r\n") as file:
        file.write("ü\n")

    assert store.bytes_of("a") == b"gr\xc3\xbcn\n"
    assert store.bytes_of("b") == b"\xfc\0\r\0\n\0"


def test_w_replaces_whatever_is_there(store: Opened) -> None:
    store.put("a", data=b"old and longer")

    with store.files.open(f"{store.root}/a", "w") as file:
        file.write("new")

    assert store.bytes_of("a") == b"new"


def test_w_replaces_also_what_came_meanwhile(store: Opened) -> None:
    with store.files.open(f"{store.root}/a", "w") as file:
        file.write("mine")
        store.put("a", data=b"theirs")

    assert store.bytes_of("a") == b"mine"


def break_off(opened: Any, data: Any) -> None:
    """Write into an open file and fail inside of its block."""
    with opened as file:
        file.write(data)
        raise RuntimeError


@pytest.mark.parametrize("mode", ["w", "wb", "x", "a"])
def test_an_exception_inside_leaves_nothing(store: Opened, mode: str) -> None:
    with pytest.raises(RuntimeError):
        break_off(store.files.open(f"{store.root}/a", mode), b"half" if "b" in mode else "half")

    assert store.names() == []


@pytest.mark.parametrize("mode", ["w", "wb", "a"])
def test_an_exception_inside_leaves_the_old_version(store: Opened, mode: str) -> None:
    store.put("a", data=b"old")

    with pytest.raises(RuntimeError):
        break_off(store.files.open(f"{store.root}/a", mode), b"half" if "b" in mode else "half")

    assert store.bytes_of("a") == b"old"


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_a_file_that_nobody_closed_stores_nothing(store: Opened, mode: str) -> None:
    file = store.files.open(f"{store.root}/a", mode)
    file.write(b"half" if "b" in mode else "half")

    with pytest.warns(ResourceWarning, match="never closed: nothing of it was stored"):
        file.__del__()
    del file
    gc.collect()

    assert store.names() == []


def test_x_creates_and_never_replaces(store: Opened) -> None:
    with store.files.open(f"{store.root}/a", "x") as file:
        file.write("one")

    with pytest.raises(FileExistsError, match="`a` is already there"):
        store.files.open(f"{store.root}/a", "x")

    assert store.bytes_of("a") == b"one"


def test_x_does_not_replace_what_came_meanwhile(store: Opened) -> None:
    file = store.files.open(f"{store.root}/a", "xb")
    file.write(b"mine")
    store.put("a", data=b"theirs")

    with pytest.raises(FileExistsError):
        file.close()

    assert store.bytes_of("a") == b"theirs"
    assert file.closed


def test_a_adds_to_the_end_or_begins(store: Opened) -> None:
    for line in ("one\n", "two\n"):
        with store.files.open(f"{store.root}/log", "a") as file:
            file.write(line)

    assert store.bytes_of("log") == b"one\ntwo\n"


def test_a_refuses_to_lose_what_somebody_else_added(store: Opened) -> None:
    store.put("log", data=b"one\n")
    file = store.files.open(f"{store.root}/log", "ab")
    with store.files.open(f"{store.root}/log", "ab") as other:
        other.write(b"theirs\n")
    file.write(b"mine\n")

    with pytest.raises(OSError, match="`log` is another version by now"):
        file.close()

    assert store.bytes_of("log") == b"one\ntheirs\n"


@pytest.mark.parametrize("mode", ["", "r+", "w+", "rw", "bt", "rbt", "z", "rr"])
def test_other_modes_are_refused(store: Opened, mode: str) -> None:
    with pytest.raises(ValueError, match="is not one of r, w, x and a"):
        store.files.open(f"{store.root}/a", mode)


def test_bytes_take_no_encoding(store: Opened) -> None:
    with pytest.raises(ValueError, match="Bytes have no encoding"):
        store.files.open(f"{store.root}/a", "wb", encoding="utf-8")


def test_a_closed_file_takes_no_more(store: Opened) -> None:
    with store.files.open(f"{store.root}/a", "wb") as file:
        file.write(b"x")

    with pytest.raises(ValueError, match="closed file"):
        file.write(b"y")


@pytest.mark.parametrize(
    "name", ["with space", "#hash", "100%", "a%2Fb", "what?", "a+b", "grün", "🚀/🛰", "[x]", "*"]
)
def test_odd_names_are_files_like_others(store: Opened, name: str) -> None:
    path = f"{store.root}/odd/{name}"

    with store.files.open(path, "wb") as file:
        file.write(b"odd")
    store.files.rename(path, f"{path}.moved")
    store.files.rename(f"{path}.moved", path)

    assert store.names() == [f"odd/{name}"]
    assert store.files.stat(path).path == path
    with store.files.open(path, "rb") as file:
        assert file.read() == b"odd"
    store.files.rmtree(f"{store.root}/odd")
    assert store.names() == []


def test_a_name_that_cannot_be_kept_is_refused_with_the_reason(azure_store: Opened) -> None:
    with pytest.raises(OSError, match="1,024 are allowed"):
        azure_store.files.stat(f"{azure_store.root}/{'x' * 1100}")
    with pytest.raises(OSError, match="cannot be listed"):
        azure_store.files.open(f"{azure_store.root}/a\x1b", "x")


def test_an_empty_part_of_a_name_is_a_part_of_it(azure_store: Opened) -> None:
    azure_store.put("a//b")
    root = azure_store.root

    assert list(azure_store.files.walk(root)) == [
        (root, ["a"], []),
        (f"{root}/a", [""], []),
        (f"{root}/a/", [], ["b"]),
    ]
    assert azure_store.files.size(f"{root}/a//b") == 1
