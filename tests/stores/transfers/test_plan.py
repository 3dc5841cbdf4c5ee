"""Plans: what would be done with each artifact, decided before the first byte moves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stores.flavors.base import Artifact, NotFound, StoreError
from stores.transfers import Action, Conflict, Planned, plan, plan_one
from tests.support.memory import MemoryBackend

# How the target's artifact differs from the source's `b"same"`, and what each rule says then.
CONFLICTS = [
    ("missing", None, Conflict.SKIP_SAME, Action.COPY),
    ("missing", None, Conflict.OVERWRITE, Action.COPY),
    ("missing", None, Conflict.FAIL, Action.COPY),
    ("same", b"same", Conflict.SKIP_SAME, Action.SAME),
    ("same", b"same", Conflict.OVERWRITE, Action.OVERWRITE),
    ("same", b"same", Conflict.FAIL, Action.REFUSED),
    ("other bytes", b"diff", Conflict.SKIP_SAME, Action.OVERWRITE),
    ("other bytes", b"diff", Conflict.OVERWRITE, Action.OVERWRITE),
    ("other bytes", b"diff", Conflict.FAIL, Action.REFUSED),
    ("other size", b"longer than it", Conflict.SKIP_SAME, Action.OVERWRITE),
    ("other size", b"longer than it", Conflict.OVERWRITE, Action.OVERWRITE),
    ("other size", b"longer than it", Conflict.FAIL, Action.REFUSED),
]


def filled(*names: str, data: bytes = b"same", keeps_md5: bool = True) -> MemoryBackend:
    backend = MemoryBackend(keeps_md5=keeps_md5)
    for name in names:
        backend.put(name, data)
    return backend


def planned(
    source: MemoryBackend,
    target: MemoryBackend,
    source_prefix: str = "",
    target_prefix: str = "",
    conflict: Conflict = Conflict.SKIP_SAME,
) -> list[Planned]:
    return list(plan(source, source_prefix, target, target_prefix, conflict))


@pytest.mark.parametrize(("there", "data", "conflict", "action"), CONFLICTS)
def test_t29_the_conflict_rule_decides_about_what_is_there(
    there: str, data: bytes | None, conflict: Conflict, action: Action
) -> None:
    source, target = filled("a"), filled(*(["a"] if data else []), data=data or b"")

    [item] = planned(source, target, conflict=conflict)

    assert item.action == action


@pytest.mark.parametrize(("there", "data", "conflict", "action"), CONFLICTS)
def test_t29_one_artifact_is_decided_about_alike(
    there: str, data: bytes | None, conflict: Conflict, action: Action
) -> None:
    source, target = filled("a"), filled(*(["a"] if data else []), data=data or b"")

    item = plan_one(source, "a", target, "a", conflict)

    assert item.action == action


def test_the_versions_of_both_sides_are_kept() -> None:
    source, target = MemoryBackend(), MemoryBackend()
    new = source.put("a", b"new")
    old = target.put("a", b"old")

    [item] = planned(source, target)

    assert item == Planned(
        "a", "a", Action.OVERWRITE, 3, new.etag, "22af645d1859cb5ca6da0c484f1f37ea", old.etag
    )


def test_without_a_hash_nothing_is_proven_the_same() -> None:
    source, target = filled("a", keeps_md5=False), filled("a")

    [item] = planned(source, target)

    assert item.action == Action.OVERWRITE


def test_names_move_from_one_prefix_to_the_other() -> None:
    source = filled("runs/4/model.bin", "runs/4/plots/loss.png", "runs/42/model.bin")

    items = planned(source, MemoryBackend(), "runs/4", "archive/2026")

    assert [(item.name, item.target_name) for item in items] == [
        ("runs/4/model.bin", "archive/2026/model.bin"),
        ("runs/4/plots/loss.png", "archive/2026/plots/loss.png"),
    ]


def test_names_move_to_the_top() -> None:
    [item] = planned(filled("runs/4/model.bin"), MemoryBackend(), "runs", "")

    assert item.target_name == "4/model.bin"


def test_what_lies_elsewhere_in_the_target_does_not_matter() -> None:
    source, target = filled("a"), filled("a", "copy2/a")

    [item] = planned(source, target, "", "copy")

    assert item.action == Action.COPY


def test_our_own_probes_stay_where_they_are() -> None:
    source = filled(".storeroom/probe-3", "a")

    assert [item.name for item in planned(source, MemoryBackend())] == ["a"]


def test_an_empty_store_makes_an_empty_plan() -> None:
    assert planned(MemoryBackend(), MemoryBackend()) == []


def test_t32_half_a_listing_is_no_plan() -> None:
    class HalfListed(MemoryBackend):
        def list(self, prefix: str = "", *, page_size: int | None = None) -> Iterator[Artifact]:
            yield from super().list(prefix)
            raise StoreError("throttled", "The second page did not come.")

    source = HalfListed()
    source.put("a", b"1")

    with pytest.raises(StoreError, match="The second page did not come"):
        planned(source, MemoryBackend())


def test_what_goes_between_listing_and_hashing_does_not_spoil_the_plan() -> None:
    class Vanishing(MemoryBackend):
        def md5(self, name: str) -> str:
            raise NotFound(f"There is no `{name}`.")

    source = Vanishing(keeps_md5=False)
    source.put("a", b"same")

    [item] = planned(source, filled("a"))

    assert item.action == Action.OVERWRITE


def test_one_artifact_that_is_gone_is_not_found() -> None:
    with pytest.raises(NotFound, match="There is no `a`"):
        plan_one(MemoryBackend(), "a", MemoryBackend(), "a", Conflict.SKIP_SAME)
