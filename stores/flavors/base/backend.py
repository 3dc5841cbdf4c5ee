"""What every opened store can do, whatever its flavor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self


@dataclass(frozen=True, slots=True)
class Artifact:
    """One stored object.

    `name` is relative to the store's root, its parts joined by "/". `size` is in bytes, `md5` the
    hash that the store keeps for it (32 hex digits) or "", `etag` names this very version.
    """

    name: str
    size: int
    etag: str
    md5: str = ""
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder: what several artifacts' names begin with. It is there as long as they are.

    `name` is relative to the store's root, without a slash at its end.
    """

    name: str


class Backend(ABC):
    """One opened store. Methods raise `StoreError` and nothing else; a backend is not shared
    between threads unless its flavor says so. Used as a context manager, it closes itself."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @abstractmethod
    def resolve(self) -> str:
        """Look up where the store is and say it in a sentence. Sends nothing to it."""

    @abstractmethod
    def connect(self) -> str:
        """Reach the store without signing in, and say so in a sentence."""

    def identify(self) -> str:
        """Sign in as far as that is a step of its own, and say as whom in a sentence."""
        return "No sign-in is needed."

    def find_container(self) -> str:
        """Say in a sentence that the container is there. Raises `StoreError`; its category is
        PERMISSION where the sign-in may not know."""
        return "No container is needed."

    def extras(self) -> Mapping[str, Callable[[str], str]]:
        """What can be proven on an artifact beside writing, reading and deleting it, each by doing
        it: "tags", "tier", "share". They say in a sentence what they did, and raise
        `StoreError`."""
        return {}

    def facts(self) -> dict[str, str]:
        """What was found out so far, by which two checks of a store can be compared: "addresses",
        "peer" (the one that answered), "issuer" (of its certificate), "identity", "sdk" and what
        else the flavor's `grant` wants to know. Never a credential."""
        return {}

    def prepare(self) -> None:
        """Make what the store needs before something is written to it, where that is the flavor's
        to make: a folder, but never a container. Raises `StoreError`."""

    @abstractmethod
    def list(self, prefix: str = "", *, page_size: int | None = None) -> Iterator[Artifact]:
        """Yield every artifact beneath the folder `prefix`, in no promised order.

        `prefix` is compared part by part: "runs/4" has "runs/4/a" beneath it, not "runs/42".
        An empty store yields nothing. `page_size` bounds what one request asks for.
        """

    def names(self, *, page_size: int | None = None) -> Iterator[str]:
        """Yield the name of every artifact, otherwise as `list`. For who wants nothing else: a
        flavor may come by names with less work."""
        return (artifact.name for artifact in self.list(page_size=page_size))

    def entries(self, folder: str = "") -> Iterator[Artifact | Folder]:
        """Yield what lies directly in a folder: its artifacts, and each folder in it once, in no
        promised order. A folder that is not there yields nothing.

        Goes through everything beneath unless the flavor can ask for one level alone.
        """
        start = len(folder) + 1 if folder else 0
        seen = set()
        for artifact in self.list(folder):
            name, slash, _ = artifact.name[start:].partition("/")
            if not slash:
                yield artifact
            elif name not in seen:
                seen.add(name)
                yield Folder(artifact.name[: start + len(name)])

    @abstractmethod
    def stat(self, name: str) -> Artifact:
        """Describe one artifact. Raises `NotFound`."""

    @abstractmethod
    def md5(self, name: str) -> str:
        """The MD5 (hex) of what is stored, or "" where only reading it all over a network could
        tell. Raises `NotFound`."""

    @abstractmethod
    def read(
        self, name: str, *, etag: str = "", offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        """Yield the bytes in pieces of at most a few MiB. Raises `NotFound`, and `Changed` when
        `etag` is given and what is there is another version, also in the middle."""

    @abstractmethod
    def write(
        self, name: str, pieces: Iterable[bytes], *, size: int, replaces: str = ""
    ) -> Artifact:
        """Store `size` bytes under `name`, all or nothing: readers see the old version or the
        new one, never a part, and an interrupted write leaves nothing under the name.

        Without `replaces` it only creates and raises `AlreadyExists`; with the etag of a version
        it replaces that version alone and raises `Changed` when another is there. The MD5 of the
        bytes is kept with them where the store can. Raises `StoreError(INTEGRITY)` when the
        pieces do not add up to `size`. An exception out of `pieces` passes through unchanged.
        """

    def copy(self, source: Artifact, name: str, *, replaces: str = "") -> Artifact:
        """Store under `name` what `source` holds, exactly this version of it: `Changed` when it is
        another one by now. Otherwise as `write`.

        The bytes pass through this process unless the flavor lets the service copy.
        """
        pieces = self.read(source.name, etag=source.etag)
        return self.write(name, pieces, size=source.size, replaces=replaces)

    @abstractmethod
    def delete(self, name: str) -> None:
        """Remove one artifact. Raises `NotFound`."""

    def close(self) -> None:
        """Give back connections and the like."""
