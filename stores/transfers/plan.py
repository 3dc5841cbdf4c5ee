"""What a transfer would do with each artifact, decided before the first byte moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from stores.flavors.base import Artifact, Backend, NotFound

# Storeroom's own artifacts in a store, such as a check's probe, are nobody's to move.
OURS = ".storeroom"


class Conflict(StrEnum):
    """What to do where the target has the name already."""

    SKIP_SAME = "skip_same"
    OVERWRITE = "overwrite"
    FAIL = "fail"


class Action(StrEnum):
    """What the plan says about one artifact."""

    COPY = "copy"
    OVERWRITE = "overwrite"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Planned:
    """One artifact of the plan: which version of it goes where, and what it may replace.

    `etag` is the source's version that was seen, `replaces` the target's, "" where the target
    has none. `md5` is the hash that the source keeps, or "".
    """

    name: str
    target_name: str
    action: Action
    size: int
    etag: str
    md5: str = ""
    replaces: str = ""


def plan(
    source: Backend,
    source_prefix: str,
    target: Backend,
    target_prefix: str,
    conflict: Conflict,
) -> Iterator[Planned]:
    """Compare both sides and yield what to do with each artifact beneath the source's prefix.

    Holds the target's listing in memory. Raises `StoreError` when a side cannot be listed to its
    end: half a listing is no plan.
    """
    there = {artifact.name: artifact for artifact in target.list(target_prefix)}
    for artifact in source.list(source_prefix):
        if artifact.name.split("/", 1)[0] != OURS:
            target_name = _moved(artifact.name, source_prefix, target_prefix)
            found = there.get(target_name)
            yield _decide(source, artifact, target, target_name, found, conflict)


def plan_one(
    source: Backend, name: str, target: Backend, target_name: str, conflict: Conflict
) -> Planned:
    """The plan for one artifact as both sides are now. Raises `NotFound` for the source."""
    artifact = source.stat(name)
    try:
        found = target.stat(target_name)
    except NotFound:
        found = None
    return _decide(source, artifact, target, target_name, found, conflict)


def _decide(
    source: Backend,
    artifact: Artifact,
    target: Backend,
    target_name: str,
    found: Artifact | None,
    conflict: Conflict,
) -> Planned:
    """What the conflict rule says about an artifact and what the target has of that name."""
    if found is None:
        action = Action.COPY
    elif conflict is Conflict.FAIL:
        action = Action.REFUSED
    elif conflict is Conflict.SKIP_SAME and _same(source, artifact, target, found):
        action = Action.SAME
    else:
        action = Action.OVERWRITE
    return Planned(
        artifact.name,
        target_name,
        action,
        artifact.size,
        artifact.etag,
        artifact.md5,
        found.etag if found else "",
    )


def _same(source: Backend, artifact: Artifact, target: Backend, found: Artifact) -> bool:
    """Whether both are proven to hold the same bytes: same size and same hash. Where a side
    knows no hash nothing is proven, and the artifact is copied."""
    if artifact.size != found.size:
        return False
    try:
        ours = artifact.md5 or source.md5(artifact.name)
        theirs = ours and (found.md5 or target.md5(found.name))
    except NotFound:  # It went after the listing; copying will find that out.
        return False
    return bool(ours) and ours == theirs


def _moved(name: str, source_prefix: str, target_prefix: str) -> str:
    """The name beneath the target's prefix of what lies beneath the source's."""
    below = name[len(source_prefix) + 1 :] if source_prefix else name
    return f"{target_prefix}/{below}" if target_prefix else below
