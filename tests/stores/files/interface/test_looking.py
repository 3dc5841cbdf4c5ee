"""The file interface: what is there, and nothing beyond the root."""

from __future__ import annotations

import pytest

from stores.flavors.base import Category, StoreError
from tests.stores.files.interface.opened import Opened

# Looking


def test_paths_go_in_and_come_out_in_full(store: Opened) -> None:
    store.put("runs/4/a.txt", "runs/42/b.txt")
    root, files = store.root, store.files

    assert files.exists(f"{root}/runs/4/a.txt")
    assert files.stat(f"{root}/runs/4/a.txt").path == f"{root}/runs/4/a.txt"
    assert files.glob(f"{root}/runs/*/a.txt") == [f"{root}/runs/4/a.txt"]
    assert list(files.walk(f"{root}/runs/4")) == [(f"{root}/runs/4", [], ["a.txt"])]


def test_a_slash_at_the_end_changes_nothing(store: Opened) -> None:
    store.put("runs/a")

    assert store.files.listdir(f"{store.root}/runs/") == ["a"]
    assert store.files.isdir(f"{store.root}/")
    assert store.files.stat(f"{store.root}/runs/").path == f"{store.root}/runs"


def test_a_file_and_a_folder_exist_and_nothing_else_does(store: Opened) -> None:
    store.put("runs/4/a")
    root, files = store.root, store.files

    assert [files.exists(f"{root}/{name}") for name in ("runs", "runs/4", "runs/4/a")] == [
        True
    ] * 3
    assert [files.exists(f"{root}/{name}") for name in ("run", "runs/4/b", "runs/4/a/b")] == [
        False
    ] * 3
    assert [files.isdir(f"{root}/{name}") for name in ("runs", "runs/4")] == [True, True]
    assert [files.isdir(f"{root}/{name}") for name in ("runs/4/a", "run", "gone")] == [False] * 3


def test_an_empty_store_is_a_folder_with_nothing_in_it(store: Opened) -> None:
    assert store.files.exists(store.root)
    assert store.files.isdir(store.root)
    assert store.files.listdir(store.root) == []
    assert list(store.files.walk(store.root)) == []
    assert store.files.size(store.root) is None


def test_listdir_gives_base_names(store: Opened) -> None:
    store.put("runs/4/a", "runs/42/a", "runs/notes.txt", "top")

    assert store.files.listdir(store.root) == ["runs", "top"]
    assert store.files.listdir(f"{store.root}/runs") == ["4", "42", "notes.txt"]


def test_a_file_has_a_size_and_a_folder_has_none(store: Opened) -> None:
    store.put("runs/a", data=b"hello")
    files = store.files

    assert files.size(f"{store.root}/runs/a") == 5
    assert files.size(f"{store.root}/runs") is None
    described = files.stat(f"{store.root}/runs/a")
    assert (described.is_folder, described.size) == (False, 5)
    assert described.etag == store.backend.stat("runs/a").etag
    assert described.modified is not None
    assert files.stat(f"{store.root}/runs").is_folder


@pytest.mark.parametrize("action", ["stat", "size", "listdir", "rmtree", "remove", "open"])
@pytest.mark.parametrize("name", ["gone", "runs/gone", "run"])
def test_what_is_missing_is_not_found(store: Opened, action: str, name: str) -> None:
    store.put("runs/a")

    with pytest.raises(FileNotFoundError, match="There is no") as caught:
        getattr(store.files, action)(f"{store.root}/{name}")

    assert caught.value.filename == f"{store.root}/{name}"
    assert isinstance(caught.value.__cause__, StoreError)
    assert caught.value.__cause__.category == Category.NOT_FOUND


def test_a_file_is_no_folder(store: Opened) -> None:
    store.put("a")

    for action in (store.files.listdir, store.files.rmtree):
        with pytest.raises(NotADirectoryError, match="It is a file"):
            action(f"{store.root}/a")

    assert store.names() == ["a"]


def test_a_folder_is_no_file(store: Opened) -> None:
    store.put("runs/a")
    root, files = store.root, store.files

    with pytest.raises(IsADirectoryError):
        files.open(f"{root}/runs")
    with pytest.raises(IsADirectoryError):
        files.copyfile(f"{root}/runs", f"{root}/other")
    with pytest.raises(IsADirectoryError):
        files.rename(f"{root}/runs", f"{root}/other")
    with pytest.raises(IsADirectoryError):
        files.open(root, "w")


def test_walk_goes_from_the_top_down_or_up(store: Opened) -> None:
    store.put("a", "runs/4/b", "runs/4/deep/c", "runs/d")
    root = store.root
    down = [
        (root, ["runs"], ["a"]),
        (f"{root}/runs", ["4"], ["d"]),
        (f"{root}/runs/4", ["deep"], ["b"]),
        (f"{root}/runs/4/deep", [], ["c"]),
    ]

    assert list(store.files.walk(root)) == down
    assert list(store.files.walk(root, topdown=False)) == down[::-1]
    assert list(store.files.walk(f"{root}/gone")) == []
    assert list(store.files.walk(f"{root}/a")) == []


def test_walk_leaves_out_what_was_taken_from_the_list(store: Opened) -> None:
    store.put("keep/a", "skip/b")
    seen = []

    for path, folders, _ in store.files.walk(store.root):
        seen.append(path)
        folders[:] = [name for name in folders if name != "skip"]

    assert seen == [store.root, f"{store.root}/keep"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*", ["a.txt", "runs"]),
        ("*.txt", ["a.txt"]),
        ("?.txt", ["a.txt"]),
        ("[!b].txt", ["a.txt"]),
        ("*.TXT", []),
        ("runs/4*/b.txt", ["runs/4/b.txt", "runs/42/b.txt"]),
        ("runs/4?/*", ["runs/42/b.txt"]),
        ("runs/[0-4]/*", ["runs/4/b.txt", "runs/4/deep"]),
        (
            "**/*.txt",
            ["a.txt", "runs/4/b.txt", "runs/4/deep/c.txt", "runs/42/b.txt"],
        ),
        ("runs/**/c.txt", ["runs/4/deep/c.txt"]),
        ("runs/**/4/**/c.txt", ["runs/4/deep/c.txt"]),
        ("runs/4/**", ["runs/4/b.txt", "runs/4/deep", "runs/4/deep/c.txt"]),
        ("**/deep", ["runs/4/deep"]),
        ("runs/*/*/*/*", []),
        ("gone/*", []),
        ("a.txt", ["a.txt"]),
        ("runs", ["runs"]),
        ("gone", []),
    ],
)
def test_glob_finds_what_fits(store: Opened, pattern: str, found: list[str]) -> None:
    store.put("a.txt", "runs/4/b.txt", "runs/42/b.txt", "runs/4/deep/c.txt")

    assert store.files.glob(f"{store.root}/{pattern}") == [f"{store.root}/{n}" for n in found]


# Nothing beyond the root


@pytest.mark.parametrize(
    "outside",
    [
        "{root}-secret/a",
        "{root}/../a",
        "{root}/runs/../../a",
        "{root}/./a",
        "{above}",
        "{above}/other/a",
        "team/a",
        "a",
        "",
        "/",
        "/etc/passwd",
        "s3://store/team/a",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize(
    "action", ["open", "exists", "glob", "isdir", "listdir", "stat", "remove", "rmtree", "mkdir"]
)
def test_a_path_outside_the_root_is_refused(store: Opened, action: str, outside: str) -> None:
    above = store.root.rpartition("/")[0]
    path = outside.format(root=store.root, above=above)

    with pytest.raises(PermissionError, match="outside of the store"):
        getattr(store.files, action)(path)


def test_no_copy_leads_out_of_the_root_or_into_it(store: Opened) -> None:
    store.put("a")
    inside, outside = f"{store.root}/a", f"{store.root}-secret/a"

    for action in (store.files.copyfile, store.files.rename):
        with pytest.raises(PermissionError):
            action(inside, outside)
        with pytest.raises(PermissionError):
            action(outside, inside)

    assert store.names() == ["a"]


def test_both_of_azures_schemes_are_one_place(azure_store: Opened) -> None:
    azure_store.put("a", data=b"hello")
    container = azure_store.root.removeprefix("az://")

    assert azure_store.files.size(f"abfs://{container}/a") == 5
    assert azure_store.files.size(f"AZ://{container}/a") == 5
    assert azure_store.files.stat(f"abfs://{container}/a").path == f"{azure_store.root}/a"
