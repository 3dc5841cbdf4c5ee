"""Stores over fsspec: whose stores open, what is noted, and fsspec's own suites over Azurite."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import fsspec
import pandas
import pytest
from django.contrib.auth.models import User
from fsspec.implementations.local import LocalFileSystem
from fsspec.tests.abstract import (
    AbstractCopyTests,
    AbstractFixtures,
    AbstractGetTests,
    AbstractOpenTests,
    AbstractPipeTests,
    AbstractPutTests,
)

from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager
from stores.filesystem import StoreroomFileSystem
from stores.flavors.base import StoreError
from stores.models import Store

pytestmark = pytest.mark.django_db


def add_store(owner: User | None, azurite: Any, name: str = "az_store") -> Store:
    """A container of Azurite's, with the secret to it."""
    secret = Secret.objects.create(
        name=f"secret-{name}", owner=owner, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"connection_string": azurite.connection_string}, by=owner)
    container = azurite.make_container(f"c{uuid.uuid4().hex}")
    return Store.objects.create(
        name=name,
        owner=owner,
        flavor="azure",
        path=f"az://{container}/team",
        sign_in="from_secret",
        authentication_secret=secret.name,
    )


@pytest.fixture
def store(person: User, azurite: Any) -> Store:
    return add_store(person, azurite)


@pytest.fixture
def fs(store: Store) -> StoreroomFileSystem:
    return fsspec.filesystem("storeroom", user="bea")


# fsspec's own suites


class OnAzurite(AbstractFixtures):
    """Where fsspec's suites run. A folder is there as long as something lies in it."""

    @pytest.fixture
    def fs(self, store: Store) -> StoreroomFileSystem:
        return fsspec.filesystem("storeroom", user="bea")

    @pytest.fixture
    def fs_path(self) -> str:
        return "az_store/suite"

    @pytest.fixture
    def fs_join(self) -> Callable[..., str]:
        return lambda *parts: "/".join(parts)

    @pytest.fixture
    def supports_empty_directories(self) -> bool:
        return False

    @pytest.fixture
    def local_fs(self) -> LocalFileSystem:
        return LocalFileSystem(auto_mkdir=True)


class TestCopy(OnAzurite, AbstractCopyTests):
    """fsspec's suite for copying."""


class TestGet(OnAzurite, AbstractGetTests):
    """fsspec's suite for fetching."""


class TestPut(OnAzurite, AbstractPutTests):
    """fsspec's suite for storing."""


class TestOpen(OnAzurite, AbstractOpenTests):
    """fsspec's suite for opening."""


class TestPipe(OnAzurite, AbstractPipeTests):
    """fsspec's suite for storing bytes."""


class TestMove:
    """In the place of fsspec's two tests in `abstract/mv.py`, which move files of the local disk
    alone: one expects a folder that is missing to be an error, the other a folder that may not be
    written to."""

    def test_the_folder_above_the_target_appears(self, fs: StoreroomFileSystem) -> None:
        """On a disk a move into a folder that is missing fails; here a folder appears with its
        first file."""
        fs.pipe("az_store/source.txt", b"content")

        fs.mv("az_store/source.txt", "az_store/new/target.txt")

        assert fs.cat("az_store/new/target.txt") == b"content"
        assert not fs.exists("az_store/source.txt")

    @pytest.mark.parametrize("recursive", [True, False])
    def test_what_may_not_be_written_is_not_moved(
        self, fs: StoreroomFileSystem, stranger: User, azurite: Any, recursive: bool
    ) -> None:
        add_store(stranger, azurite, "theirs")
        fs.pipe("az_store/source.txt", b"content")

        with pytest.raises(FileNotFoundError, match="There is no artifact store `theirs`"):
            fs.mv("az_store/source.txt", "theirs/target.txt", recursive=recursive)

        assert fs.cat("az_store/source.txt") == b"content"

    def test_a_folder_is_moved_with_all_that_is_in_it(self, fs: StoreroomFileSystem) -> None:
        fs.pipe({"az_store/runs/4/a": b"a", "az_store/runs/4/deep/b": b"b"})

        fs.mv("az_store/runs/4", "az_store/old/4", recursive=True)

        assert fs.find("az_store") == ["az_store/old/4/a", "az_store/old/4/deep/b"]


# Pandas


def test_pandas_writes_and_reads_a_table(store: Store) -> None:
    table = pandas.DataFrame({"run": [4, 42], "name": ["grün", "blau"]})
    options = {"user": "bea"}

    table.to_csv("storeroom://az_store/runs/t.csv", index=False, storage_options=options)
    table.to_csv("storeroom://az_store/runs/t.csv.gz", index=False, storage_options=options)

    plain = pandas.read_csv("storeroom://az_store/runs/t.csv", storage_options=options)
    packed = pandas.read_csv("storeroom://az_store/runs/t.csv.gz", storage_options=options)
    assert plain.to_dict("list") == {"run": [4, 42], "name": ["grün", "blau"]}
    assert packed.equals(plain)
    with store.files() as files:
        assert files.size(f"{store.path}/runs/t.csv") == 25


# Whose stores


def test_an_address_needs_no_more_than_the_store_and_the_path(
    fs: StoreroomFileSystem, settings: Any
) -> None:
    settings.STOREROOM_USER = "bea"

    with fsspec.open("storeroom://az_store/runs/a.txt", "w") as file:
        file.write("hello")
    with fsspec.open("storeroom://az_store/runs/a.txt", "rt") as file:
        assert file.read() == "hello"

    assert fs.ls("az_store/runs", detail=False) == ["az_store/runs/a.txt"]


def test_the_top_shows_the_stores_that_one_may_use(
    store: Store, azurite: Any, stranger: User
) -> None:
    add_store(None, azurite, "of the installation")
    add_store(stranger, azurite, "theirs")

    mine = fsspec.filesystem("storeroom", user="bea").ls("storeroom://", detail=False)
    theirs = fsspec.filesystem("storeroom", user="carl").ls("", detail=False)

    assert mine == ["az_store", "of the installation"]
    assert theirs == ["of the installation", "theirs"]


def test_a_strangers_store_is_not_there(store: Store, stranger: User) -> None:
    fs = fsspec.filesystem("storeroom", user="carl")

    for action in (fs.info, fs.ls, fs.cat, fs.rm_file, lambda path: fs.pipe(path, b"x")):
        with pytest.raises(FileNotFoundError, match="There is no artifact store `az_store`"):
            action("az_store/a")
    assert not fs.exists("az_store/a")
    assert not AuditEntry.objects.filter(actor=stranger).exists()


def test_who_only_sees_a_store_may_not_open_it(
    store: Store, person: User, monkeypatch: Any
) -> None:
    fs = fsspec.filesystem("storeroom", user="bea")
    monkeypatch.setattr(Store, "allows", lambda *_: False)

    with pytest.raises(PermissionError, match="lacks the role for this: Operator"):
        fs.info("az_store/a")


@pytest.mark.parametrize(
    ("user", "words"), [("nobody", "no user `nobody`"), ("bea", "not active")]
)
def test_it_acts_as_somebody_who_is_there(person: User, user: str, words: str) -> None:
    person.is_active = False
    person.save()

    with pytest.raises(PermissionError, match=words):
        fsspec.filesystem("storeroom", user=user)


def test_instances_are_not_shared(store: Store, stranger: User) -> None:
    """fsspec caches filesystems by their arguments; this one would outlive a change of rights, and
    hold an open store with its credentials."""
    first = fsspec.filesystem("storeroom", user="bea")
    first.info("az_store")

    second = fsspec.filesystem("storeroom", user="bea")

    assert second is not first
    assert second._opened == {}
    assert StoreroomFileSystem._cache == {}


def test_no_credential_is_in_what_it_tells_of_itself(
    fs: StoreroomFileSystem, azurite: Any
) -> None:
    fs.pipe("az_store/a", b"x")

    said = [
        repr(fs),
        fs.to_json(),
        repr(vars(fs)),
        repr(fs.__reduce__()),
        repr(fs.info("az_store/a")),
    ]

    assert [text for text in said if azurite.key in text] == []
    assert fs.storage_options == {"user": "bea"}


def test_listings_are_never_old(fs: StoreroomFileSystem, store: Store) -> None:
    assert fs.ls("az_store") == []

    with store.files() as files, files.open(f"{store.path}/a", "w") as file:
        file.write("x")

    assert fs.ls("az_store", detail=False) == ["az_store/a"]


# What is noted


def noted(person: User) -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.filter(actor=person).exclude(action="added").order_by("pk")
    return list(entries.values_list("action", "thing_name", "words"))


def test_a_use_and_the_first_write_are_noted_once(fs: StoreroomFileSystem, person: User) -> None:
    assert noted(person) == []

    assert not fs.exists("az_store/a")
    assert noted(person) == [("used", "secret-az_store", "version 1 for az_store")]

    fs.pipe("az_store/a", b"x")
    fs.pipe("az_store/b", b"x")
    fs.rm("az_store/a")
    assert noted(person) == [
        ("used", "secret-az_store", "version 1 for az_store"),
        ("wrote", "az_store", "through storeroom://"),
    ]
    assert AuditEntry.objects.get(action="used").run == "storeroom://"


def test_a_secret_that_cannot_be_opened_is_refused_and_noted(
    fs: StoreroomFileSystem, person: User, settings: Any
) -> None:
    settings.FERNET_KEYS = ["b3RoZXIga2V5LCAzMiBieXRlcyBvZiBub3RoaW5nIS4="]

    with pytest.raises(PermissionError, match="cannot be decrypted") as caught:
        fs.info("az_store/a")

    assert isinstance(caught.value.__cause__, StoreError)
    assert [entry[:2] for entry in noted(person)] == [("refused", "secret-az_store")]


# Files


def test_paths_do_not_lead_out_of_a_store(fs: StoreroomFileSystem) -> None:
    for path in ("az_store/../a", "az_store/runs/../../a"):
        with pytest.raises(PermissionError, match="outside of the store"):
            fs.info(path)


def test_a_text_that_breaks_off_is_not_stored(fs: StoreroomFileSystem) -> None:
    def break_off(mode: str, data: Any) -> None:
        with fs.open("az_store/a", mode) as file:
            file.write(data)
            raise RuntimeError

    for mode, data in (("w", "half"), ("wb", b"half")):
        with pytest.raises(RuntimeError):
            break_off(mode, data)

    assert not fs.exists("az_store/a")


def test_ranges_are_read(fs: StoreroomFileSystem) -> None:
    fs.pipe("az_store/a", b"0123456789")

    assert fs.cat_file("az_store/a", 2, 5) == b"234"
    assert fs.cat_file("az_store/a", -3) == b"789"
    assert fs.tail("az_store/a", 2) == b"89"
    assert fs.modified("az_store/a") is not None


def test_a_copy_goes_from_store_to_store(
    fs: StoreroomFileSystem, person: User, azurite: Any
) -> None:
    add_store(person, azurite, "other")
    fs.pipe({"az_store/runs/a": b"a", "az_store/runs/deep/b": b"b"})

    fs.cp("az_store/runs", "other/copy", recursive=True)

    assert fs.find("other") == ["other/copy/a", "other/copy/deep/b"]
    assert fs.cat("other/copy/deep/b") == b"b"


def test_a_file_does_not_become_a_store(fs: StoreroomFileSystem) -> None:
    fs.pipe("az_store/a", b"x")

    with pytest.raises(IsADirectoryError):
        fs.cp_file("az_store/a", "az_store")


def test_find_lists_everything_beneath(fs: StoreroomFileSystem) -> None:
    fs.pipe({"az_store/a": b"1", "az_store/runs/4/b": b"22", "az_store/runs2/c": b"3"})

    assert fs.find("az_store/runs") == ["az_store/runs/4/b"]
    assert fs.find("az_store/runs", withdirs=True) == [
        "az_store/runs",
        "az_store/runs/4",
        "az_store/runs/4/b",
    ]
    assert fs.find("az_store/a") == ["az_store/a"]
    assert fs.find("az_store/gone") == []
    assert fs.find("az_store", maxdepth=1) == ["az_store/a"]
    assert fs.du("az_store") == 4


def test_a_folder_is_not_removed_without_being_told(fs: StoreroomFileSystem) -> None:
    fs.pipe("az_store/runs/a", b"x")

    with pytest.raises(FileNotFoundError):
        fs.rm("az_store/runs")
    fs.rm("az_store/runs", recursive=True)

    assert fs.ls("az_store") == []


def test_a_folder_that_is_there_is_not_made_again(fs: StoreroomFileSystem) -> None:
    fs.pipe("az_store/runs/a", b"x")

    fs.makedirs("az_store/runs", exist_ok=True)
    with pytest.raises(FileExistsError):
        fs.makedirs("az_store/runs")


def test_what_cannot_be_done_is_refused(fs: StoreroomFileSystem) -> None:
    with pytest.raises(ValueError, match=r"written by `fsspec\.open"):
        fs.open("az_store/a.gz", "wb", compression="gzip")
    with fs.transaction, pytest.raises(NotImplementedError, match="no transactions"):
        fs.open("az_store/a", "wb")


def test_compressed_files_are_read_and_written_through_fsspec_itself(
    fs: StoreroomFileSystem, settings: Any
) -> None:
    settings.STOREROOM_USER = "bea"

    with fsspec.open("storeroom://az_store/a.gz", "wt", compression="gzip") as file:
        file.write("hello")

    with fs.open("az_store/a.gz", "rt", compression="gzip") as file:
        assert file.read() == "hello"
