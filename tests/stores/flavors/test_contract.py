"""The contract that every flavor keeps: the fake, the folder, and each cloud against a server of
its kind."""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from collections.abc import Callable, Iterator

import pytest

from stores.flavors.azure import AzureFlavor
from stores.flavors.base import (
    AlreadyExists,
    Backend,
    Category,
    Changed,
    Folder,
    NotFound,
    SignIn,
    StoreError,
)
from stores.flavors.gcp import GcpFlavor
from stores.flavors.local import LocalFlavor
from stores.flavors.s3 import S3Flavor
from tests.support.memory import MemoryBackend

MIB = 1024 * 1024
ODD_NAMES = [
    "with space",
    " leading and trailing space ",
    unicodedata.normalize("NFC", "grün"),
    unicodedata.normalize("NFD", "grün"),
    "#hash",
    "100%",
    "a%2Fb",
    "what?",
    "a+b",
    "a&b=c",
    'it\'s "quoted"',
    "🚀/🛰",
    "=cmd|'/c calc'!A1",
    "<img src=x onerror=alert(1)>",
    "عربى",
    "tab\there",
    ".hidden",
    "..two dots",
    "semi;colon",
    "{curly}",
    "x" * 255,
    "/".join(["deep"] * 40),
]


@pytest.fixture
def local_backend(tmp_path, settings) -> Backend:
    settings.STOREROOM_LOCAL_ROOTS = [str(tmp_path)]
    backend = LocalFlavor().open(str(tmp_path / "store"), {}, SignIn.NONE, {})
    backend.connect()
    return backend


@pytest.fixture
def azure_backend(azurite) -> Backend:
    container = azurite.make_container(f"c{uuid.uuid4().hex}")
    return AzureFlavor().open(
        f"az://{container}/team/a",
        {},
        SignIn.FROM_SECRET,
        {"connection_string": azurite.connection_string},
    )


@pytest.fixture
def s3_backend(s3_server) -> Backend:
    bucket = s3_server.make_bucket(f"b{uuid.uuid4().hex}")
    return S3Flavor().open(
        f"s3://{bucket}/team/a",
        {"endpoint_url": s3_server.url},
        SignIn.FROM_SECRET,
        s3_server.values,
    )


@pytest.fixture
def gcp_backend(gcs) -> Backend:
    bucket = gcs.make_bucket(f"b{uuid.uuid4().hex}")
    return GcpFlavor().open(
        f"gs://{bucket}/team/a", {"api_endpoint": gcs.url}, SignIn.FROM_SECRET, gcs.values
    )


@pytest.fixture(params=["memory", "local", "azure", "s3", "gcp"])
def backend(request) -> Iterator[Backend]:
    if request.param == "memory":
        opened: Backend = MemoryBackend()
    else:
        opened = request.getfixturevalue(f"{request.param}_backend")
    with opened:
        yield opened


def store(backend: Backend, name: str, data: bytes, replaces: str = ""):
    return backend.write(name, [data], size=len(data), replaces=replaces)


def load(backend: Backend, name: str, **options) -> bytes:
    return b"".join(backend.read(name, **options))


def names(backend: Backend, prefix: str = "") -> list[str]:
    return sorted(artifact.name for artifact in backend.list(prefix))


def test_says_where_it_is_and_that_it_answers(backend):
    assert backend.resolve().endswith(".")
    assert backend.connect().endswith(".")


def test_an_empty_store_lists_nothing(backend):
    assert names(backend) == []


def test_what_was_written_can_be_read_described_and_listed(backend):
    written = store(backend, "runs/4/model.bin", b"hello")

    assert load(backend, "runs/4/model.bin") == b"hello"
    described = backend.stat("runs/4/model.bin")
    [listed] = backend.list()
    assert written.md5 == "5d41402abc4b2a76b9719d911017c592"
    assert backend.md5("runs/4/model.bin") == "5d41402abc4b2a76b9719d911017c592"
    for seen in (written, described, listed):
        assert (seen.name, seen.size) == ("runs/4/model.bin", 5)
        assert seen.etag == written.etag
        assert seen.modified is not None


def test_a_write_without_an_etag_only_creates(backend):
    store(backend, "a", b"old")

    with pytest.raises(AlreadyExists, match="`a` is already there"):
        store(backend, "a", b"new")

    assert load(backend, "a") == b"old"


def test_even_the_same_bytes_are_not_created_twice(backend):
    store(backend, "a", b"same")

    with pytest.raises(AlreadyExists):
        store(backend, "a", b"same")


def test_a_large_write_only_creates_too(backend):
    store(backend, "a", b"old")

    with pytest.raises(AlreadyExists):
        store(backend, "a", b"n" * (5 * MIB))

    assert load(backend, "a") == b"old"


def test_a_write_with_the_etag_replaces(backend):
    first = store(backend, "a", b"old")

    second = store(backend, "a", b"new!", replaces=first.etag)

    assert load(backend, "a") == b"new!"
    assert second.etag != first.etag
    assert backend.stat("a").etag == second.etag


def test_a_write_with_a_stale_etag_changes_nothing(backend):
    stale = store(backend, "a", b"one").etag
    store(backend, "a", b"two", replaces=stale)

    with pytest.raises(Changed, match="`a` is another version by now"):
        store(backend, "a", b"three", replaces=stale)

    assert load(backend, "a") == b"two"


def test_a_large_write_with_a_stale_etag_changes_nothing(backend):
    stale = store(backend, "a", b"one").etag
    store(backend, "a", b"two", replaces=stale)

    with pytest.raises(Changed):
        store(backend, "a", b"3" * (5 * MIB), replaces=stale)

    assert load(backend, "a") == b"two"


def test_what_is_gone_cannot_be_replaced(backend):
    etag = store(backend, "a", b"one").etag
    backend.delete("a")

    with pytest.raises(Changed):
        store(backend, "a", b"two", replaces=etag)

    assert names(backend) == []


def failing_pieces(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"x" * MIB
    raise OSError("the source broke")


@pytest.mark.parametrize("count", [0, 1, 6])
def test_an_exception_of_the_source_passes_and_leaves_nothing(backend, count):
    with pytest.raises(OSError, match="the source broke"):
        backend.write("f/a", failing_pieces(count), size=8 * MIB)

    assert names(backend) == []
    with pytest.raises(NotFound):
        backend.stat("f/a")


@pytest.mark.parametrize("count", [0, 1, 6])
def test_an_exception_of_the_source_leaves_the_old_version(backend, count):
    etag = store(backend, "a", b"old").etag

    with pytest.raises(OSError, match="the source broke"):
        backend.write("a", failing_pieces(count), size=8 * MIB, replaces=etag)

    assert load(backend, "a") == b"old"
    assert backend.stat("a").etag == etag


@pytest.mark.parametrize("size", [4, 6, 5 * MIB])
def test_pieces_that_do_not_add_up_are_refused_and_leave_nothing(backend, size):
    with pytest.raises(StoreError, match="`a` was announced with") as caught:
        backend.write("a", [b"12", b"345"], size=size)

    assert caught.value.category == Category.INTEGRITY
    assert names(backend) == []


def test_too_many_large_pieces_are_refused_and_leave_nothing(backend):
    with pytest.raises(StoreError) as caught:
        backend.write("a", [b"x" * MIB] * 7, size=6 * MIB)

    assert caught.value.category == Category.INTEGRITY
    assert names(backend) == []


@pytest.mark.parametrize(
    "size",
    [0, 1, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 8 * MIB, 9 * MIB + 7],
)
def test_sizes_around_the_borders_come_back_as_they_went(backend, size):
    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    thirds = [data[: size // 3], data[size // 3 :]]

    written = backend.write("a", thirds, size=size)

    assert load(backend, "a") == data
    assert written.size == size
    assert backend.stat("a").size == size
    assert backend.md5("a") == hashlib.md5(data).hexdigest() == written.md5


def test_nothing_at_all_can_be_stored(backend):
    backend.write("empty", [], size=0)

    assert load(backend, "empty") == b""
    assert backend.stat("empty").size == 0
    assert list(backend.read("empty", offset=3)) == []


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_come_back_as_they_went(backend, name):
    store(backend, name, b"odd")

    assert names(backend) == [name]
    assert load(backend, name) == b"odd"
    assert backend.stat(name).name == name
    backend.delete(name)
    assert names(backend) == []


# Google keeps no such name, and the server of the S3 tests finds its way to none.
@pytest.mark.parametrize("backend", ["memory", "local", "azure"], indirect=True)
def test_a_line_break_in_a_name_comes_back_as_it_went(backend):
    store(backend, "line\nbreak", b"odd")

    assert names(backend) == ["line\nbreak"]
    assert load(backend, "line\nbreak") == b"odd"


def test_composed_and_decomposed_letters_are_two_names(backend):
    composed, decomposed = "gr\u00fcn", "gru\u0308n"
    store(backend, composed, b"one")
    store(backend, decomposed, b"two")

    assert load(backend, composed) == b"one"
    assert load(backend, decomposed) == b"two"


@pytest.mark.parametrize("name", ["", "..", ".", "../a", "a/../../b", "a/.", "./a"])
@pytest.mark.parametrize("action", ["read", "stat", "md5", "write", "delete", "copy"])
def test_names_that_lead_elsewhere_are_refused(backend, name, action):
    actions: dict[str, Callable[[], object]] = {
        "read": lambda: load(backend, name),
        "stat": lambda: backend.stat(name),
        "md5": lambda: backend.md5(name),
        "write": lambda: store(backend, name, b"x"),
        "delete": lambda: backend.delete(name),
        "copy": lambda: backend.copy(store(backend, "fine", b"x"), name),
    }

    with pytest.raises(StoreError, match="as a name") as caught:
        actions[action]()

    assert caught.value.category == Category.NAME


def test_a_prefix_is_compared_part_by_part(backend):
    for name in ("runs/4/a", "runs/4/b/c", "runs/42/a", "runs/4.txt", "other"):
        store(backend, name, b"x")

    assert names(backend, "runs/4") == ["runs/4/a", "runs/4/b/c"]
    assert names(backend, "runs") == ["runs/4.txt", "runs/4/a", "runs/4/b/c", "runs/42/a"]
    assert names(backend, "run") == []
    assert names(backend, "other") == []


def entries(backend: Backend, folder: str = "") -> list[tuple[str, bool]]:
    """The name of each entry of a folder, and whether it is a folder."""
    return sorted((entry.name, isinstance(entry, Folder)) for entry in backend.entries(folder))


def test_a_folder_has_its_artifacts_and_each_folder_in_it_once(backend):
    for name in ("runs/4/a", "runs/4/b/c", "runs/42/a", "runs/4.txt", "other"):
        store(backend, name, b"x")

    assert entries(backend) == [("other", False), ("runs", True)]
    assert entries(backend, "runs") == [
        ("runs/4", True),
        ("runs/4.txt", False),
        ("runs/42", True),
    ]
    assert entries(backend, "runs/4") == [("runs/4/a", False), ("runs/4/b", True)]
    assert entries(backend, "other") == []
    assert entries(backend, "gone") == []


def test_an_entry_is_described_as_by_itself(backend):
    written = store(backend, "f/a", b"hello")

    [entry] = backend.entries("f")

    assert (entry.name, entry.size, entry.etag) == ("f/a", 5, written.etag)
    assert entry.modified is not None


def test_a_folder_that_is_being_written_to_is_not_there_yet(backend):
    seen = []

    def pieces() -> Iterator[bytes]:
        yield b"x"
        seen.extend(entries(backend))

    backend.write("new/a", pieces(), size=1)

    assert seen == []
    assert entries(backend) == [("new", True)]


def test_a_copy_is_the_same_bytes_under_another_name(backend):
    written = store(backend, "a/x", b"hello")

    copied = backend.copy(written, "b/y")

    assert (copied.name, copied.size) == ("b/y", 5)
    assert load(backend, "b/y") == b"hello"
    assert backend.stat("b/y").etag == copied.etag
    assert backend.md5("b/y") == "5d41402abc4b2a76b9719d911017c592"
    assert load(backend, "a/x") == b"hello"


def test_a_large_artifact_is_copied_whole(backend):
    written = store(backend, "a", b"0123456789" * 900_000)

    backend.copy(written, "b")

    assert load(backend, "b") == b"0123456789" * 900_000
    assert backend.md5("b") == written.md5


def test_a_copy_without_an_etag_only_creates(backend):
    written = store(backend, "a", b"new")
    store(backend, "b", b"old")

    with pytest.raises(AlreadyExists, match="`b` is already there"):
        backend.copy(written, "b")

    assert load(backend, "b") == b"old"


def test_a_copy_replaces_the_named_version_alone(backend):
    written = store(backend, "a", b"new")
    stale = store(backend, "b", b"one").etag
    fresh = store(backend, "b", b"two", replaces=stale).etag

    with pytest.raises(Changed):
        backend.copy(written, "b", replaces=stale)
    backend.copy(written, "b", replaces=fresh)

    assert load(backend, "b") == b"new"


def test_what_changed_or_went_since_is_not_copied(backend):
    stale = store(backend, "a", b"old")
    store(backend, "a", b"new", replaces=stale.etag)
    gone = store(backend, "gone", b"x")
    backend.delete("gone")

    with pytest.raises(Changed):
        backend.copy(stale, "b")
    with pytest.raises((NotFound, Changed)):
        backend.copy(gone, "b")

    assert names(backend) == ["a"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_copied_too(backend, name):
    written = store(backend, "plain", b"odd")
    copied = backend.copy(written, name)

    backend.copy(copied, "back")

    assert load(backend, "back") == b"odd"


def test_a_listing_goes_on_beyond_its_first_page(backend):
    expected = [f"f/{number:02d}" for number in range(23)]
    for name in expected:
        store(backend, name, b"x")

    listed = sorted(artifact.name for artifact in backend.list("f", page_size=5))

    assert listed == expected


def test_names_are_those_that_are_listed(backend):
    for name in ODD_NAMES:
        store(backend, name, b"x")

    listed = sorted(backend.names(page_size=5))

    assert listed == sorted(ODD_NAMES)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"offset": 0, "length": 4}, b"0123"),
        ({"offset": 3}, b"3456789"),
        ({"offset": 3, "length": 2}, b"34"),
        ({"offset": 8, "length": 100}, b"89"),
        ({"offset": 10}, b""),
        ({"offset": 99, "length": 1}, b""),
        ({"length": 0}, b""),
    ],
)
def test_a_range_is_read(backend, options, expected):
    store(backend, "a", b"0123456789")

    assert load(backend, "a", **options) == expected


def test_a_large_artifact_is_read_in_pieces(backend):
    store(backend, "a", b"x" * (9 * MIB))

    pieces = list(backend.read("a"))

    assert sum(map(len, pieces)) == 9 * MIB
    assert max(map(len, pieces)) <= 4 * MIB


def test_the_named_version_is_read(backend):
    etag = store(backend, "a", b"0123456789").etag

    assert load(backend, "a", etag=etag) == b"0123456789"
    assert load(backend, "a", etag=etag, offset=2, length=3) == b"234"


def test_another_version_is_not_read(backend):
    stale = store(backend, "a", b"old").etag
    store(backend, "a", b"new", replaces=stale)

    with pytest.raises(Changed, match="`a` is another version by now"):
        load(backend, "a", etag=stale)


def test_a_change_in_the_middle_of_reading_is_told(backend):
    etag = store(backend, "a", b"o" * (9 * MIB)).etag
    reading = backend.read("a", etag=etag)
    next(reading)
    store(backend, "a", b"n" * (9 * MIB), replaces=etag)

    with pytest.raises(Changed):
        list(reading)


@pytest.mark.parametrize("name", ["gone", "folder", "folder/gone", "folder/a/beneath a file"])
def test_what_is_missing_is_not_found_by_name(backend, name):
    store(backend, "folder/a", b"x")

    for action in (backend.stat, backend.md5, backend.delete, lambda name: load(backend, name)):
        with pytest.raises(NotFound, match=f"There is no `{name}`"):
            action(name)


def test_what_was_deleted_is_gone(backend):
    store(backend, "f/a", b"x")
    store(backend, "f/b", b"x")

    backend.delete("f/a")

    assert names(backend) == ["f/b"]
    with pytest.raises(NotFound):
        backend.delete("f/a")


def test_after_a_delete_the_name_is_free_for_anything(backend):
    store(backend, "a/b/c", b"x")
    backend.delete("a/b/c")

    store(backend, "a", b"now a file")

    assert load(backend, "a") == b"now a file"
