"""The file interface: making and removing, copying and renaming."""

from __future__ import annotations

from typing import Any

import pytest

from stores.flavors.base import StoreError
from tests.stores.files.interface.opened import Opened

# Making and removing


def test_a_folder_that_is_made_leaves_nothing_visible(store: Opened) -> None:
    store.files.mkdir(f"{store.root}/runs")
    store.files.makedirs(f"{store.root}/runs/4/deep")
    store.files.makedirs(store.root)

    assert store.names() == []
    assert list(store.backend.entries()) == []
    assert not store.files.exists(f"{store.root}/runs")


def test_a_folder_is_not_made_where_a_file_is(store: Opened) -> None:
    store.put("a")

    for action in (store.files.mkdir, store.files.makedirs):
        with pytest.raises(FileExistsError, match="`a` is a file"):
            action(f"{store.root}/a")


def test_a_folder_may_be_made_again(store: Opened) -> None:
    store.put("runs/a")

    store.files.mkdir(f"{store.root}/runs")
    store.files.makedirs(f"{store.root}/runs")

    assert store.names() == ["runs/a"]


def test_remove_takes_a_file_and_no_folder(store: Opened) -> None:
    store.put("runs/a", "runs/b")

    store.files.remove(f"{store.root}/runs/a")
    for folder in (f"{store.root}/runs", store.root):
        with pytest.raises(FileNotFoundError):
            store.files.remove(folder)

    assert store.names() == ["runs/b"]


def test_rmtree_takes_a_folder_and_not_its_neighbour(store: Opened) -> None:
    store.put("runs/4/a", "runs/4/deep/b", "runs/42/a", "runs/4.txt")

    store.files.rmtree(f"{store.root}/runs/4")

    assert store.names() == ["runs/4.txt", "runs/42/a"]
    assert not store.files.exists(f"{store.root}/runs/4")


def test_rmtree_goes_on_beyond_a_batch(store: Opened, monkeypatch: Any) -> None:
    monkeypatch.setattr("stores.files.interface.BATCH", 3)
    store.put(*(f"runs/{number}" for number in range(7)))

    store.files.rmtree(f"{store.root}/runs")

    assert store.names() == []


# Copying and renaming


def test_copyfile_copies(store: Opened) -> None:
    store.put("a", data=b"hello")

    store.files.copyfile(f"{store.root}/a", f"{store.root}/new/b")

    assert store.bytes_of("new/b") == b"hello"
    assert store.names() == ["a", "new/b"]


def test_rename_moves(store: Opened) -> None:
    store.put("a", data=b"hello")

    store.files.rename(f"{store.root}/a", f"{store.root}/new/b")

    assert store.bytes_of("new/b") == b"hello"
    assert store.names() == ["new/b"]


@pytest.mark.parametrize("action", ["copyfile", "rename"])
def test_an_existing_target_is_refused_unless_told_to_overwrite(
    store: Opened, action: str
) -> None:
    store.put("a", data=b"new")
    store.put("b", data=b"old")

    with pytest.raises(FileExistsError, match="`b` is already there") as caught:
        getattr(store.files, action)(f"{store.root}/a", f"{store.root}/b")
    assert isinstance(caught.value.__cause__, StoreError)
    assert (store.bytes_of("a"), store.bytes_of("b")) == (b"new", b"old")

    getattr(store.files, action)(f"{store.root}/a", f"{store.root}/b", overwrite=True)
    assert store.bytes_of("b") == b"new"


@pytest.mark.parametrize("action", ["copyfile", "rename"])
def test_onto_itself_nothing_is_lost(store: Opened, action: str) -> None:
    store.put("a", data=b"hello")

    with pytest.raises(FileExistsError):
        getattr(store.files, action)(f"{store.root}/a", f"{store.root}/a")
    getattr(store.files, action)(f"{store.root}/a", f"{store.root}/a", overwrite=True)

    assert store.bytes_of("a") == b"hello"


@pytest.mark.parametrize("action", ["copyfile", "rename"])
def test_a_missing_source_is_not_found(store: Opened, action: str) -> None:
    with pytest.raises(FileNotFoundError):
        getattr(store.files, action)(f"{store.root}/gone", f"{store.root}/b")
