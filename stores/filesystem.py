"""Stores for pandas and whatever else speaks fsspec: `storeroom://store/path`, where Django runs.

Acts as a person: opens the stores that they may use, with secrets that they never see.
"""

from __future__ import annotations

import errno
import shutil
import weakref
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.management import CommandError
from fsspec import AbstractFileSystem

from project import audit
from project.access import Role
from project.commands import find, person
from stores.files import Files, Stat, as_os_error, os_error
from stores.flavors.base import Category, StoreError
from stores.models import Store
from stores.runs.uses import note_refusal, note_use

PROTOCOL = "storeroom"
# What the audit says did it.
RUN = f"{PROTOCOL}://"


@dataclass
class OpenStore:
    """A store that this filesystem opened, and whether something was written through it yet."""

    store: Store
    files: Files
    written: bool = False


class StoreroomFileSystem(AbstractFileSystem):
    """All stores that a person may use, each under its name.

    `user` is who it acts as; by default STOREROOM_USER, else the first superuser, as commands do.
    Whether they may use a store is asked when it is first opened. Neither instances nor listings
    are cached: one would serve another person, the other is soon out of date. Raises Python's own
    `OSError`s with the words of the store.

    What is written through `open` of this class is stored whole or not at all. fsspec's own
    `fsspec.open`, which pandas uses, closes its files also after an exception and so stores what
    was written by then.
    """

    protocol = PROTOCOL
    cachable = False

    def __init__(self, user: str = "", **options: Any) -> None:
        super().__init__(**options | {"use_listings_cache": False})
        try:
            self.person = person(user)
        except CommandError as error:
            raise os_error(errno.EACCES, RUN, str(error)) from error
        self._opened: dict[str, OpenStore] = {}
        weakref.finalize(self, _close_all, self._opened)

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        """What lies in a folder; without a path, the stores that the person may use."""
        if not self._strip_protocol(path):
            stores = Store.objects.visible_to(self.person, Role.OPERATOR)
            names = sorted(set(stores.values_list("name", flat=True)))
            found = [_info(name, Stat(name, is_folder=True)) for name in names]
        else:
            children = self._files(path).children(_full(path))
            found = [_info(self._strip_protocol(stat.path), stat) for stat in children]
            if not found:
                here = self.info(path)
                found = [] if here["type"] == "directory" else [here]
        return found if detail else [each["name"] for each in found]

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """What is at a path: `name`, `size`, `type` and for files `etag`, `md5`, `modified`."""
        name = self._strip_protocol(path)
        if not name:
            return _info("", Stat("", is_folder=True))
        return _info(name, self._files(path).stat(_full(path)))

    def find(
        self,
        path: str,
        maxdepth: int | None = None,
        withdirs: bool = False,
        detail: bool = False,
        **options: Any,
    ) -> Any:
        """Every file beneath a path, and with `withdirs` every folder: from one listing, unless
        `maxdepth` bounds how deep it goes."""
        base = self._strip_protocol(path)
        if maxdepth is not None or not base:
            return super().find(path, maxdepth, withdirs, detail, **options)
        found = {}
        for stat in self._files(path).beneath(_full(path)):
            name = self._strip_protocol(stat.path)
            found[name] = _info(name, stat)
            while withdirs and (name := self._parent(name)) not in found and name != base:
                found[name] = _info(name, Stat(name, is_folder=True))
        with suppress(FileNotFoundError):
            if withdirs or not found:
                here = self.info(path)
                if withdirs or here["type"] == "file":
                    found[base] = here
        return dict(sorted(found.items())) if detail else sorted(found)

    def exists(self, path: str, **_: Any) -> bool:
        """Whether something is there. Raises `OSError` where that cannot be told."""
        try:
            self.info(path)
        except FileNotFoundError:
            return False
        return True

    def modified(self, path: str) -> datetime | None:
        """When a file was stored last."""
        return self.info(path).get("modified")

    def open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        cache_options: Mapping[str, Any] | None = None,
        compression: str | None = None,
        **options: Any,
    ) -> Any:
        """Open a file, as `Files.open` does."""
        if compression is not None and "r" not in mode:
            raise ValueError(
                "Compressed files are written by `fsspec.open(…, compression=…)`, which closes"
                " both the file and its compression."
            )
        if compression is None and "b" not in mode:
            known = ("encoding", "errors", "newline")
            text: dict[str, Any] = {name: options[name] for name in known if name in options}
            return self._start(path, mode, self._intrans, text)
        return super().open(path, mode, block_size, cache_options, compression, **options)

    def _open(
        self, path: str, mode: str = "rb", _: Any = None, autocommit: bool = True, **__: Any
    ) -> Any:
        return self._start(path, mode, not autocommit, {})

    def _start(self, path: str, mode: str, transaction: bool, text: Mapping[str, Any]) -> Any:
        if transaction:
            raise NotImplementedError("Stores have no transactions over several artifacts.")
        files = self._files(path, writing="r" not in mode)
        return files.open(_full(path), mode, **text)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **_: Any) -> None:
        """Store bytes; with the mode "create" only where nothing is there yet."""
        with self.open(path, "xb" if mode == "create" else "wb") as file:
            file.write(value)

    def cp_file(self, path1: str, path2: str, **_: Any) -> None:
        """Copy a file over whatever is there, also from one store to another. A folder appears
        with its first file."""
        try:
            source, target = self._files(path1), self._files(path2, writing=True)
            if source is target:
                target.copyfile(_full(path1), _full(path2), overwrite=True)
                return
            with source.open(_full(path1), "rb") as read, target.open(_full(path2), "wb") as write:
                shutil.copyfileobj(read, write)
        except IsADirectoryError:
            if not self.isdir(path1):
                raise

    def rm_file(self, path: str) -> None:
        """Remove a file."""
        self._files(path, writing=True).remove(_full(path))

    def rm(
        self, path: str | list[str], recursive: bool = False, maxdepth: int | None = None
    ) -> None:
        """Remove files; with `recursive` also what lies in folders."""
        for each in self.expand_path(path, recursive=recursive, maxdepth=maxdepth):
            with suppress(FileNotFoundError) if recursive else nullcontext():
                self.rm_file(each)

    def mkdir(self, path: str, create_parents: bool = True, **_: Any) -> None:
        """Leave nothing behind: a folder appears with the first file in it."""
        self._files(path).mkdir(_full(path))

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """As `mkdir`."""
        if not exist_ok and self.exists(path):
            raise os_error(errno.EEXIST, path, "It is already there.")
        self.mkdir(path)

    def _files(self, path: str, *, writing: bool = False) -> Files:
        """The store that a path begins with, opened; the first writing is noted in the audit."""
        name = self._strip_protocol(path).partition("/")[0]
        if name not in self._opened:
            self._opened[name] = self._open_store(name, path)
        opened = self._opened[name]
        if writing and not opened.written:
            audit.record(self.person, "wrote", opened.store, f"through {RUN}")
            opened.written = True
        return opened.files

    def _open_store(self, name: str, path: str) -> OpenStore:
        """Open a store with its secret and note that in the audit. Raises `OSError`."""
        store = self._find(name, path)
        try:
            backend = store.connect()
        except StoreError as error:
            if error.category == Category.SECRET_UNDECRYPTABLE:
                note_refusal(store, self.person, RUN, error.text)
            raise as_os_error(error, path) from error
        note_use(store, self.person, RUN)
        return OpenStore(store, Files(backend, _full(name), (PROTOCOL,)))

    def _find(self, name: str, path: str) -> Store:
        try:
            store: Store = find(
                Store.objects, name, self.person, Role.OPERATOR, kind="artifact store"
            )
        except CommandError as error:
            seen = Store.objects.visible_to(self.person).filter(name=name).exists()
            raise os_error(errno.EACCES if seen else errno.ENOENT, path, str(error)) from error
        return store


def _full(path: str) -> str:
    """The path with its protocol, as the files of a store take it."""
    return f"{PROTOCOL}://{StoreroomFileSystem._strip_protocol(path)}"


def _info(name: str, stat: Stat) -> dict[str, Any]:
    """What is known of a file or a folder, as fsspec has it; folders count nothing there."""
    if stat.is_folder:
        return {"name": name, "size": 0, "type": "directory"}
    return {
        "name": name,
        "size": stat.size,
        "type": "file",
        "modified": stat.modified,
        "etag": stat.etag,
        "md5": stat.md5,
    }


def _close_all(opened: dict[str, OpenStore]) -> None:
    for each in opened.values():
        each.files.close()
