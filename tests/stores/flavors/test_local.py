"""Local folders: which are allowed, and that nothing leads out of them."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from stores.flavors.base import AlreadyExists, Category, NotFound, SignIn, StoreError
from stores.flavors.local import LocalFlavor
from stores.flavors.local import backend as local_backend

flavor = LocalFlavor()


@pytest.fixture
def root(tmp_path, settings) -> Path:
    """An allowed root, beside a folder that is not allowed and holds a secret."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_text("secret")
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    settings.STOREROOM_LOCAL_ROOTS = [str(allowed)]
    return allowed


@pytest.fixture
def store(root) -> Path:
    """The folder of the store that `opened` opens."""
    folder = root / "store"
    folder.mkdir()
    return folder


@pytest.fixture
def opened(store):
    return flavor.open(str(store), {}, SignIn.NONE, {})


def names(backend) -> list[str]:
    return sorted(artifact.name for artifact in backend.list())


def test_the_normal_form_has_no_scheme_and_no_empty_parts(root):
    assert flavor.clean_path(f" {root}//a/b/ ") == f"{root}/a/b"
    assert flavor.clean_path(f"file://{root}/a%20b") == f"{root}/a b"
    assert flavor.clean_path(str(root)) == str(root)


@pytest.mark.parametrize(
    "path",
    [
        "/etc",
        "/etc/passwd",
        "file:///etc/passwd",
        "{root}/../outside",
        "{root}/a/../../outside",
        "{root}/./a",
        "file://{root}/%2e%2e/outside",
        "{root}-more/a",
        "relative/path",
        "../../etc/passwd",
        "file://host/share",
        "{root}/a\0b",
        "",
        "az://container",
        "{root}/;/../../outside",
        "{root}/a;/../../outside",
        "file://{root}/..%2foutside",
    ],
)
def test_w31_w33_other_paths_are_refused(root, path):
    with pytest.raises(ValidationError):
        flavor.clean_path(path.replace("{root}", str(root)))


@pytest.mark.parametrize(
    "path",
    [
        "{root}/%2e%2e/outside",
        "{root}/..%2foutside",
        "{root}/%252e%252e%252foutside",
        "{root}/..\\outside",
        "file://{root}/%252e%252e/outside",
    ],
)
def test_w31_what_is_no_separator_to_the_system_leads_nowhere_else(root, path):
    backend = flavor.open(path.replace("{root}", str(root)), {}, SignIn.NONE, {})

    with pytest.raises(StoreError, match="There is no folder"):
        list(backend.read("secret"))


def test_the_error_names_the_allowed_roots(settings):
    settings.STOREROOM_LOCAL_ROOTS = ["/srv/b", "/srv/a/"]

    with pytest.raises(ValidationError, match="allowed roots: `/srv/a`, `/srv/b`"):
        flavor.clean_path("/home/me")


def test_without_roots_no_folder_is_allowed(settings):
    settings.STOREROOM_LOCAL_ROOTS = []

    with pytest.raises(ValidationError, match="lists none in STOREROOM_LOCAL_ROOTS"):
        flavor.clean_path("/srv/a")


def test_a_percent_sign_in_a_plain_path_is_itself(root):
    assert flavor.clean_path(f"{root}/%2e%2e") == f"{root}/%2e%2e"


def test_settings_fit_without_a_sign_in(root):
    assert "no sign-in is needed" in flavor.check_settings(f"{root}/a", {}, SignIn.NONE)
    assert flavor.check_secret(f"{root}/a", {}, SignIn.NONE, {}) == SignIn.NONE


def test_settings_with_a_sign_in_or_a_root_no_longer_allowed_are_refused(root):
    with pytest.raises(StoreError, match="has no sign-in") as caught:
        flavor.check_settings(f"{root}/a", {}, SignIn.FROM_SECRET)
    assert caught.value.category == Category.SETTINGS

    with pytest.raises(StoreError, match="allowed roots") as caught:
        flavor.open("/etc", {}, SignIn.NONE, {})
    assert caught.value.category == Category.SETTINGS


def test_a_location_can_be_compared_part_by_part(root):
    location = flavor.location(f"{root}/a/b", {}, {})

    assert location == ("local", *root.resolve().parts[1:], "a", "b")


def test_two_roots_that_are_one_folder_give_one_location(root, tmp_path, settings):
    (tmp_path / "alias").symlink_to(root)
    settings.STOREROOM_LOCAL_ROOTS = [str(root), str(tmp_path / "alias")]

    assert flavor.location(f"{tmp_path}/alias/a", {}, {}) == flavor.location(f"{root}/a", {}, {})


def test_connect_makes_the_folder_but_never_the_root(root):
    backend = flavor.open(f"{root}/new/store", {}, SignIn.NONE, {})
    assert backend.resolve() == f"Folder `{root}/new/store` beneath the allowed root `{root}`."

    assert backend.connect() == f"`{root}/new/store` is a folder and opens."
    assert (root / "new/store").is_dir()

    (root / "new/store").rmdir()
    (root / "new").rmdir()
    root.rmdir()
    with pytest.raises(StoreError, match="There is no folder") as caught:
        backend.connect()
    assert caught.value.category == Category.CONTAINER_MISSING


def test_a_missing_folder_is_an_error_and_not_an_empty_store(root):
    backend = flavor.open(f"{root}/gone", {}, SignIn.NONE, {})

    with pytest.raises(StoreError, match=f"There is no folder `{root}/gone`") as caught:
        list(backend.list())

    assert caught.value.category == Category.CONTAINER_MISSING


def test_a_write_makes_the_folder(root):
    backend = flavor.open(f"{root}/new", {}, SignIn.NONE, {})

    backend.write("a", [b"x"], size=1)

    assert (root / "new/a").read_bytes() == b"x"


def test_a_file_in_place_of_the_folder_is_said(root):
    (root / "file").write_text("x")
    backend = flavor.open(f"{root}/file", {}, SignIn.NONE, {})

    with pytest.raises(StoreError, match="is a file or a link") as caught:
        backend.connect()

    assert caught.value.category == Category.SETTINGS


@pytest.mark.parametrize("target", ["outside", "allowed/other"])
def test_w32_a_link_in_place_of_the_folder_is_not_followed(root, target):
    (root / "other").mkdir()
    (root / "store").symlink_to(root.parent / target)
    backend = flavor.open(f"{root}/store", {}, SignIn.NONE, {})

    for action in (backend.connect, lambda: list(backend.list()), lambda: backend.stat("secret")):
        with pytest.raises(StoreError, match="Links are not followed"):
            action()


def test_w32_links_are_neither_listed_nor_read_nor_written_through(root, store, opened):
    outside = root.parent / "outside"
    (store / "link").symlink_to(outside / "secret")
    (store / "folder").symlink_to(outside)
    (store / "dangling").symlink_to(outside / "nothing")

    assert names(opened) == []
    for name in ("link", "folder/secret", "dangling"):
        for action in (opened.stat, opened.md5, opened.delete, lambda name: [*opened.read(name)]):
            with pytest.raises(NotFound):
                action(name)
        with pytest.raises(StoreError, match="link") as caught:
            opened.write(name, [b"x"], size=1)
        assert caught.value.category == Category.NAME
    assert [path.name for path in outside.iterdir()] == ["secret"]
    assert (outside / "secret").read_text() == "secret"


def test_w32_a_folder_swapped_for_a_link_while_writing_leads_nowhere(root, store, opened):
    outside = root.parent / "outside"

    def swap():
        yield b"x"
        (store / "f").rename(store / "moved")
        (store / "f").symlink_to(outside)

    opened.write("f/a", swap(), size=1)

    assert [path.name for path in outside.iterdir()] == ["secret"]
    assert (store / "moved/a").read_bytes() == b"x"


def test_w32_a_folder_swapped_for_a_link_while_listing_leads_nowhere(root, store, opened):
    opened.write("a", [b"x"], size=1)
    opened.write("f/b", [b"x"], size=1)
    listing = opened.list()
    first = next(listing)
    (store / "f").rename(store.parent / "moved")
    (store / "f").symlink_to(root.parent / "outside")

    assert [first.name, *(artifact.name for artifact in listing)] == ["a"]


def test_w32_a_folder_swapped_for_a_link_while_reading_leads_nowhere(root, store, opened):
    opened.write("f/secret", [b"x" * 3_000_000], size=3_000_000)
    reading = opened.read("f/secret")
    first = next(reading)
    (store / "f").rename(store / "moved")
    (store / "f").symlink_to(root.parent / "outside")

    assert first + b"".join(reading) == b"x" * 3_000_000
    with pytest.raises(NotFound):
        opened.stat("f/secret")


def test_w32_a_hard_link_is_replaced_and_not_written_through(root, store, opened):
    outside = root.parent / "outside/secret"
    os.link(outside, store / "linked")
    there = opened.stat("linked")

    opened.write("linked", [b"mine"], size=4, replaces=there.etag)
    opened.delete("linked")

    assert outside.read_text() == "secret"


def test_pipes_and_sockets_are_neither_listed_nor_opened(store, opened):
    os.mkfifo(store / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(store / "socket"))

        assert names(opened) == []
        for name in ("pipe", "socket"):
            with pytest.raises(NotFound):
                list(opened.read(name))


@pytest.mark.parametrize(
    "name",
    [
        "../outside/secret",
        "a/../../outside/secret",
        ";/../../outside/secret",
        "/etc/passwd",
        "a//b",
        "a/",
        "a\0b",
        "x" * 256,
        "ü" * 128,
        "lone\udcff",
        ".storeroom-abc.part",
        "f/.storeroom-.part",
    ],
)
def test_w31_names_that_a_folder_cannot_hold_are_refused(store, opened, name):
    for action in (
        opened.stat,
        opened.delete,
        lambda name: list(opened.read(name)),
        lambda name: list(opened.list(name)),
        lambda name: opened.write(name, [b"x"], size=1),
    ):
        with pytest.raises(StoreError, match="A folder cannot keep") as caught:
            action(name)
        assert caught.value.category == Category.NAME
    assert list(store.iterdir()) == []


@pytest.mark.parametrize("name", ["%2e%2e/a", "..%2fa", "..\\a", "%252e%252e%252f", ";/a", "CON"])
def test_w31_names_that_only_look_dangerous_are_kept_as_they_are(store, opened, name):
    opened.write(name, [b"x"], size=1)

    assert names(opened) == [name]
    assert (store / name).read_bytes() == b"x"


def test_a_file_stands_in_the_way_of_a_folder_and_the_reverse(opened):
    opened.write("a", [b"x"], size=1)
    opened.write("f/b", [b"x"], size=1)

    with pytest.raises(StoreError, match="nothing can be stored beneath it") as caught:
        opened.write("a/b", [b"x"], size=1)
    assert caught.value.category == Category.NAME
    with pytest.raises(StoreError, match="`f` is a folder") as caught:
        opened.write("f", [b"x"], size=1)
    assert caught.value.category == Category.NAME
    assert names(opened) == ["a", "f/b"]


def test_names_that_are_not_utf8_are_passed_over(store, opened):
    Path(os.fsdecode(os.fsencode(store) + b"/\xff")).write_text("x")
    opened.write("a", [b"x"], size=1)

    assert names(opened) == ["a"]


def test_unfinished_files_are_not_listed_and_leave_no_trace(store, opened):
    def look():
        yield b"x"
        assert [path.name[:11] for path in (store / "f").iterdir()] == [".storeroom-"]
        assert names(opened) == []
        yield b"y"

    opened.write("f/a", look(), size=2)

    assert [path.name for path in (store / "f").iterdir()] == ["a"]


def test_a_failed_write_leaves_neither_files_nor_folders(store, opened):
    with pytest.raises(StoreError):
        opened.write("f/g/a", [b"x"], size=2)

    assert list(store.iterdir()) == []


def test_a_delete_removes_empty_folders_up_to_the_store(store, opened):
    opened.write("f/g/a", [b"x"], size=1)
    opened.write("f/b", [b"x"], size=1)

    opened.delete("f/g/a")
    assert [path.name for path in (store / "f").iterdir()] == ["b"]
    opened.delete("f/b")

    assert list(store.iterdir()) == []


def test_a_write_survives_that_a_delete_removes_its_empty_folder(store, opened, monkeypatch):
    make = os.mkdir
    removals = iter([True, True])

    def make_and_lose(path, *args, **options):
        make(path, *args, **options)
        if next(removals, False):
            os.rmdir(store / path)

    monkeypatch.setattr(os, "mkdir", make_and_lose)

    opened.write("f/a", [b"x"], size=1)

    assert names(opened) == ["f/a"]


def test_without_hard_links_a_write_still_only_creates(store, opened, monkeypatch):
    def refuse(*args, **options):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(local_backend.os, "link", refuse)

    opened.write("a", [b"x"], size=1)
    with pytest.raises(AlreadyExists):
        opened.write("a", [b"y"], size=1)

    assert [path.name for path in store.iterdir()] == ["a"]
    assert (store / "a").read_bytes() == b"x"


def test_a_full_disk_is_said_and_leaves_the_old_version(store, opened, monkeypatch):
    etag = opened.write("a", [b"old"], size=3).etag

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(local_backend.os, "write", full)
    with pytest.raises(StoreError, match="The disk is full") as caught:
        opened.write("a", [b"new"], size=3, replaces=etag)

    assert (caught.value.category, caught.value.code) == (Category.UNAVAILABLE, "ENOSPC")
    assert [path.name for path in store.iterdir()] == ["a"]
    assert (store / "a").read_bytes() == b"old"


def test_a_folder_that_may_not_be_read_is_an_error_and_not_empty(store, opened, monkeypatch):
    (store / "closed").mkdir()
    open_freely = os.open

    def refuse(path, *args, **options):
        if path == "closed":
            raise PermissionError(13, "Permission denied")
        return open_freely(path, *args, **options)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreError, match="does not let Storeroom use `closed`") as caught:
        list(opened.list())

    assert caught.value.category == Category.PERMISSION


def test_no_descriptor_stays_open(store, opened):
    opened.write("f/a", [b"x" * 3_000_000], size=3_000_000)
    before = len(os.listdir("/proc/self/fd"))

    next(opened.read("f/a"))
    next(opened.list())
    opened.stat("f/a")
    with pytest.raises(AlreadyExists):
        opened.write("f/a", [b"x"], size=1)
    with pytest.raises(NotFound):
        opened.stat("f/g/h")
    opened.delete("f/a")

    assert len(os.listdir("/proc/self/fd")) == before


def leave_behind(store, minutes):
    """A file as a writer leaves it that was killed so long ago."""
    file = store / "runs" / ".storeroom-0123.part"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"half of it")
    moment = time.time() - 60 * minutes
    os.utime(file, (moment, moment))
    return file


def test_prepare_removes_what_killed_writers_left_behind(store, opened):
    abandoned = leave_behind(store, minutes=2)
    kept = store / "runs" / "model.pt"
    kept.write_bytes(b"whole")
    os.utime(kept, (0, 0))

    opened.prepare()

    assert not abandoned.exists()
    assert kept.exists()


def test_prepare_leaves_alone_what_is_still_being_written(store, opened):
    young = leave_behind(store, minutes=0)
    opened.prepare()
    assert young.exists()

    slow = leave_behind(store, minutes=30)
    with slow.open() as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        opened.prepare()

    assert slow.exists()
