"""Copies: exactly what was planned arrives, proven, or nothing does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from stores.flavors.base import AlreadyExists, Artifact, Category, Changed, NotFound, StoreError
from stores.transfers import Conflict, Planned, copy_one, plan_one
from stores.transfers.copy import Outcome, Proof
from tests.support.memory import MemoryBackend

NEW = b"new bytes"
NEW_MD5 = "83afa1ab818370731da1157d27957304"


@pytest.fixture
def source() -> MemoryBackend:
    backend = MemoryBackend(piece_size=4)
    backend.put("a", NEW)
    return backend


@pytest.fixture
def target() -> MemoryBackend:
    return MemoryBackend()


def decide(source: MemoryBackend, target: MemoryBackend) -> Planned:
    return plan_one(source, "a", target, "a", Conflict.SKIP_SAME)


def copy(
    source: MemoryBackend,
    target: MemoryBackend,
    item: Planned,
    progress: Callable[[int], None] = lambda size: None,
) -> Outcome:
    return copy_one(source, target, item, progress)


def content(backend: MemoryBackend) -> bytes:
    return b"".join(backend.read("a"))


def test_the_bytes_arrive_with_a_proof(source: MemoryBackend, target: MemoryBackend) -> None:
    outcome = copy(source, target, decide(source, target))

    assert content(target) == NEW
    assert outcome == Outcome(9, NEW_MD5, Proof.SOURCE_HASH)


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 8], ids=lambda size: f"{size} B")
def test_t38_sizes_around_a_piece_arrive(size: int, target: MemoryBackend) -> None:
    source = MemoryBackend(piece_size=4)
    source.put("a", b"x" * size)

    copy(source, target, decide(source, target))

    assert content(target) == b"x" * size


def test_t17_without_a_stored_hash_the_proof_says_so(target: MemoryBackend) -> None:
    source = MemoryBackend(keeps_md5=False)
    source.put("a", NEW)

    outcome = copy(source, target, decide(source, target))

    assert outcome == Outcome(9, NEW_MD5, Proof.READ_HASH)


def test_progress_is_told_as_the_bytes_come(source: MemoryBackend, target: MemoryBackend) -> None:
    told: list[int] = []

    copy(source, target, decide(source, target), told.append)

    assert told == [4, 8, 9]


def test_t16_a_flipped_byte_is_never_done(source: MemoryBackend, target: MemoryBackend) -> None:
    item = replace(decide(source, target), md5="0" * 32)

    with pytest.raises(StoreError, match="do not have the hash") as raised:
        copy(source, target, item)

    assert raised.value.category == Category.INTEGRITY
    assert list(target.list()) == []


def test_t16_a_byte_flipped_on_the_way_in_is_never_done(source: MemoryBackend) -> None:
    class Flipping(MemoryBackend):
        def write(self, name: str, *args: object, **kwargs: object) -> Artifact:
            return replace(super().write(name, *args, **kwargs), md5="0" * 32)

    target = Flipping()

    with pytest.raises(StoreError, match="not what was sent") as raised:
        copy(source, target, decide(source, target))

    assert raised.value.category == Category.INTEGRITY


def test_t19_a_source_changed_after_planning_is_not_copied(
    source: MemoryBackend, target: MemoryBackend
) -> None:
    item = decide(source, target)
    source.put("a", b"other byte")

    with pytest.raises(Changed, match="another version by now"):
        copy(source, target, item)

    assert list(target.list()) == []


def test_t19_a_source_changed_in_the_middle_leaves_no_mix(
    source: MemoryBackend, target: MemoryBackend
) -> None:
    item = decide(source, target)

    with pytest.raises(Changed, match="another version by now"):
        copy(source, target, item, lambda size: source.put("a", b"OTHER BYT"))

    assert list(target.list()) == []


def test_t20_a_source_gone_after_planning_is_not_found(
    source: MemoryBackend, target: MemoryBackend
) -> None:
    item = decide(source, target)
    source.delete("a")

    with pytest.raises(NotFound, match="There is no `a`"):
        copy(source, target, item)


def test_t24_stopping_in_the_middle_of_an_overwrite_leaves_the_old(
    source: MemoryBackend, target: MemoryBackend
) -> None:
    target.put("a", b"old")
    item = decide(source, target)

    def stop(size: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        copy(source, target, item, stop)

    assert content(target) == b"old"


def test_what_was_planned_is_overwritten(source: MemoryBackend, target: MemoryBackend) -> None:
    target.put("a", b"old")

    copy(source, target, decide(source, target))

    assert content(target) == NEW


def test_a_target_changed_after_planning_is_left_alone(
    source: MemoryBackend, target: MemoryBackend
) -> None:
    target.put("a", b"old")
    item = decide(source, target)
    target.put("a", b"newer yet")

    with pytest.raises(Changed, match="changed after planning; it was left as it is"):
        copy(source, target, item)

    assert content(target) == b"newer yet"


def test_what_appeared_in_the_target_after_planning_is_left_alone(
    source: MemoryBackend, target: MemoryBackend
) -> None:
    item = decide(source, target)
    target.put("a", b"somebody")

    with pytest.raises(AlreadyExists, match="appeared in the target after planning"):
        copy(source, target, item)

    assert content(target) == b"somebody"


def test_what_was_to_be_overwritten_and_is_gone_is_not_written(
    source: MemoryBackend, target: MemoryBackend
) -> None:
    target.put("a", b"old")
    item = decide(source, target)
    target.delete("a")

    with pytest.raises(Changed, match="changed after planning"):
        copy(source, target, item)


@pytest.mark.parametrize("old", [b"", b"old"], ids=["created", "overwritten"])
def test_t09_our_own_earlier_copy_counts_as_done(
    old: bytes, source: MemoryBackend, target: MemoryBackend
) -> None:
    if old:
        target.put("a", old)
    item = decide(source, target)
    copy(source, target, item)

    outcome = copy(source, target, item)

    assert outcome == Outcome(9, NEW_MD5, Proof.SOURCE_HASH)
    assert content(target) == NEW


def test_t09_our_own_copy_counts_where_the_target_refuses_before_it_reads(
    source: MemoryBackend,
) -> None:
    class Hasty(MemoryBackend):
        def write(self, name: str, pieces: Iterator[bytes], **kwargs: object) -> Artifact:
            if self._kept:
                raise AlreadyExists(f"`{name}` is already there.")
            return super().write(name, pieces, **kwargs)

    target = Hasty()
    item = decide(source, target)
    copy(source, target, item)

    outcome = copy(source, target, item)

    assert outcome == Outcome(9, NEW_MD5, Proof.SOURCE_HASH)


def test_a_copy_of_the_same_size_is_not_ours_by_that(
    source: MemoryBackend, target: MemoryBackend
) -> None:
    item = decide(source, target)
    target.put("a", b"NEW BYTES")

    with pytest.raises(AlreadyExists):
        copy(source, target, item)

    assert content(target) == b"NEW BYTES"
