"""Patterns for names, as `glob` has them: `*`, `?` and `[…]` within a part, `**` as a part for any
number of parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from stores.flavors.base import Backend, Folder

ANY_DEPTH = "**"


def is_pattern(part: str) -> bool:
    """Whether a part of a path stands for more than itself."""
    return re.search(r"[*?[]", part) is not None


def fitting(backend: Backend, folder: str, pattern: Sequence[str]) -> Iterator[str]:
    """The names of artifacts and folders in a folder that fit, some of them more than once.

    Lists level by level only what can still fit; from `**` on, everything beneath. Raises
    `StoreError`.
    """
    if pattern[0] == ANY_DEPTH:
        yield from _beneath(backend, folder, pattern)
        return
    for entry in backend.entries(folder):
        if not fnmatchcase(entry.name.rpartition("/")[2], pattern[0]):
            continue
        if len(pattern) == 1:
            yield entry.name
        elif isinstance(entry, Folder):
            yield from fitting(backend, entry.name, pattern[1:])


def _beneath(backend: Backend, folder: str, pattern: Sequence[str]) -> Iterator[str]:
    above = folder.split("/") if folder else []
    for artifact in backend.list(folder):
        parts = artifact.name.split("/")
        for end in range(len(above) + 1, len(parts) + 1):
            if fits(parts[len(above) : end], pattern):
                yield "/".join(parts[:end])


def fits(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a name, as its parts, fits a pattern, as its parts. Capitals count."""
    places = _skipping({0}, pattern)
    for part in parts:
        stay = {place for place in places if pattern[place : place + 1] == [ANY_DEPTH]}
        go = {
            place + 1
            for place in places - stay
            if place < len(pattern) and fnmatchcase(part, pattern[place])
        }
        places = _skipping(stay | go, pattern)
    return len(pattern) in places


def _skipping(places: set[int], pattern: Sequence[str]) -> set[int]:
    """These places in the pattern, and those after a `**` that stands for no part at all."""
    found = set(places)
    for place, part in enumerate(pattern):
        if place in found and part == ANY_DEPTH:
            found.add(place + 1)
    return found
