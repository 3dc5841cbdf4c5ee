"""The file interface of a store, the same for every flavor: in memory, in a folder, in Azurite."""

from __future__ import annotations

import gc
import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from stores.files import Files
from stores.flavors.azure import AzureFlavor
from stores.flavors.base import Backend, Category, SignIn, StoreError
from stores.flavors.local import LocalFlavor
from tests.support.memory import MemoryBackend

MIB = 1024 * 1024


class Opened:
    """A store as files, with its root, and the backend beneath it to prepare and to look."""

    def __init__(self, backend: Backend, root: str, schemes: tuple[str, ...]) -> None:
        self.backend = backend
        self.root = root
        self.files = Files(backend, root, schemes)

    def put(self, *names: str, data: bytes = b"x") -> None:
        for name in names:
            self.backend.write(name, [data], size=len(data))

    def names(self) -> list[str]:
        return sorted(artifact.name for artifact in self.backend.list())

    def bytes_of(self, name: str) -> bytes:
        return b"".join(self.backend.read(name))


def in_memory() -> Opened:
    return Opened(MemoryBackend(), "memory://store/team", ("memory",))


@pytest.fixture
def local_store(tmp_path: Any, settings: Any) -> Opened:
    settings.STOREROOM_LOCAL_ROOTS = [str(tmp_path)]
    flavor = LocalFlavor()
    path = flavor.clean_path(str(tmp_path / "team"))
    backend = flavor.open(path, {}, SignIn.NONE, {})
    backend.connect()
    return Opened(backend, path, flavor.schemes)


@pytest.fixture
def azure_store(azurite: Any) -> Opened:
    container = azurite.make_container(f"c{uuid.uuid4().hex}")
    values = {"connection_string": azurite.connection_string}
    flavor = AzureFlavor()
    path = f"az://{container}/team"
    backend = flavor.open(path, {}, SignIn.FROM_SECRET, values)
    return Opened(backend, path, flavor.schemes)


@pytest.fixture(params=["memory", "local", "azure"])
def store(request: Any) -> Iterator[Opened]:
    opened = (
        in_memory()
        if request.param == "memory"
        else request.getfixturevalue(f"{request.param}_store")
    )
    with opened.files:
        yield opened


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


# Reading


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


# Writing


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


# What the store refuses


class Refusing(MemoryBackend):
    """A store whose every answer is one error."""

    def __init__(self, category: Category) -> None:
        super().__init__()
        self._error = StoreError(category, "The words.", "Code", "id", "The action.")

    def list(self, prefix: str = "", *, page_size: int | None = None) -> Iterator[Any]:
        raise self._error

    def stat(self, name: str) -> Any:
        raise self._error


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        (Category.CONTAINER_MISSING, FileNotFoundError),
        (Category.PERMISSION, PermissionError),
        (Category.SIGN_IN, PermissionError),
        (Category.SECRET_MISSING, PermissionError),
        (Category.TIMEOUT, TimeoutError),
        (Category.CONNECT, ConnectionRefusedError),
        (Category.THROTTLED, OSError),
        (Category.UNKNOWN, OSError),
    ],
)
def test_a_refusal_is_an_error_of_pythons_with_the_stores_words(
    category: Category, kind: type[OSError]
) -> None:
    files = Files(Refusing(category), "memory://store", ("memory",))

    for action in (files.stat, files.listdir):
        with pytest.raises(kind, match=r"The words\. The action\.") as caught:
            action("memory://store/a")
        assert isinstance(caught.value.__cause__, StoreError)


def test_a_store_that_may_not_be_asked_is_not_said_to_be_empty() -> None:
    files = Files(Refusing(Category.PERMISSION), "memory://store", ("memory",))

    for action in (files.exists, files.isdir, files.glob):
        with pytest.raises(PermissionError):
            action("memory://store/a*")


def test_a_missing_container_does_not_exist() -> None:
    files = Files(Refusing(Category.CONTAINER_MISSING), "memory://store", ("memory",))

    assert not files.exists("memory://store")
    assert not files.isdir("memory://store")
