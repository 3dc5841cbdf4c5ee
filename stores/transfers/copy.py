"""Copy one artifact and prove what arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from stores.flavors.base import (
    AlreadyExists,
    Artifact,
    Backend,
    Category,
    Changed,
    NotFound,
    StoreError,
)
from stores.transfers.plan import Action, Planned


class Proof(StrEnum):
    """What was proven of a copy."""

    SOURCE_HASH = "Hash of the bytes read equals the source's stored hash"
    READ_HASH = "Hash of the bytes read; the source keeps none to compare"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one artifact arrived: the bytes' MD5 in hex, and what that proves."""

    size: int
    md5: str
    proof: Proof


class SourceFailed(Exception):
    """Carries what the source raised through the target's `write`, to tell the two apart."""

    def __init__(self, error: StoreError) -> None:
        super().__init__(error.text)
        self.error = error


def copy_one(
    source: Backend, target: Backend, item: Planned, progress: Callable[[int], None]
) -> Outcome:
    """Copy exactly the version that was planned over exactly what was planned to be replaced.

    `progress` is told the bytes read so far and may raise to stop; then nothing is left under
    the target's name. Raises `StoreError`: `Changed` when a side is no longer as planned,
    `INTEGRITY` when the bytes are not those that the source keeps the hash of. What an earlier
    try of ours finished without being able to record it counts as done.
    """
    try:
        return _copy(target, item, _Reader(source, item, progress))
    except SourceFailed as failed:
        raise failed.error from failed


def _copy(target: Backend, item: Planned, reader: _Reader) -> Outcome:
    replaces = item.replaces if item.action == Action.OVERWRITE else ""
    try:
        written = target.write(item.target_name, reader, size=item.size, replaces=replaces)
    except (AlreadyExists, Changed) as error:
        ours = _ours(target, item, reader)
        if ours is None:
            raise _not_as_planned(item, error) from error
        written = ours
    if written.size != item.size or written.md5 not in ("", reader.md5):
        raise StoreError(
            Category.INTEGRITY,
            "What the target keeps is not what was sent: size or hash differ.",
        )
    return Outcome(item.size, reader.md5, Proof.SOURCE_HASH if item.md5 else Proof.READ_HASH)


class _Reader:
    """The source's bytes, hashed on their way; the end is reached only if the hash is right."""

    def __init__(self, source: Backend, item: Planned, progress: Callable[[int], None]) -> None:
        self._source = source
        self._item = item
        self._progress = progress
        self.md5 = ""

    def __iter__(self) -> Iterator[bytes]:
        digest = hashlib.md5(usedforsecurity=False)
        size = 0
        try:
            for piece in self._source.read(self._item.name, etag=self._item.etag):
                digest.update(piece)
                size += len(piece)
                self._progress(size)
                yield piece
        except StoreError as error:
            raise SourceFailed(error) from error
        self.md5 = digest.hexdigest()
        if self._item.md5 and self.md5 != self._item.md5:
            raise SourceFailed(
                StoreError(
                    Category.INTEGRITY,
                    "The bytes read do not have the hash that the source keeps for them.",
                    action="Compare the artifact with its origin; one of the two is damaged.",
                )
            )


def _ours(target: Backend, item: Planned, reader: _Reader) -> Artifact | None:
    """What the target has under the name, if it is byte for byte what we meant to write."""
    try:
        found = target.stat(item.target_name)
    except NotFound:
        return None
    if found.size != item.size:
        return None
    if not reader.md5:  # The target refused before it read to the end.
        for _ in reader:
            pass
    return found if target.md5(item.target_name) == reader.md5 else None


def _not_as_planned(item: Planned, error: StoreError) -> StoreError:
    """The refusal of the target in the words of the plan."""
    if item.action == Action.OVERWRITE:
        return Changed("The target was changed after planning; it was left as it is.", error.code)
    return AlreadyExists(
        "Something of this name appeared in the target after planning; it was left as it is.",
        error.code,
    )
