"""Copying: each artifact is recorded as it ends, and done means proven."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from stores import dispatch, runs, tasks
from stores.flavors.base import Artifact, Category, StoreError
from stores.models import Run, Store, Transfer, TransferItem, TransferRun
from stores.runs import copies
from tests.support.memory import MemoryBackend

pytestmark = [pytest.mark.django_db, pytest.mark.database]

Result = TransferItem.Result


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "PAUSES", (0, 0))


def copy(transfer: Transfer) -> None:
    runs.run_copies(transfer.pk)
    transfer.refresh_from_db()


def item(transfer: Transfer, name: str) -> TransferItem:
    return transfer.items.get(name=name)


def content(backend: MemoryBackend) -> dict[str, bytes]:
    return {artifact.name: b"".join(backend.read(artifact.name)) for artifact in backend.list()}


def flip(backend: MemoryBackend, name: str) -> None:
    """Damage what is stored; the hash that the store keeps stays."""
    artifact, data = backend._kept[name]
    backend._kept[name] = artifact, b"?" + data[1:]


def leave(transfer: Transfer, **fields: Any) -> None:
    """As a worker leaves its shard that died a second ago."""
    past = timezone.now() - timedelta(seconds=1)
    transfer.runs.filter(kind="copy").update(
        **{"status": Run.Status.RUNNING, "fence": 1, "lease_until": past, **fields}
    )


def during_write(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]
) -> None:
    """Let something happen while the bytes of an artifact are on their way."""
    written = backend.write

    def write(name: str, pieces: Any, **kwargs: Any) -> Artifact:
        def slow() -> Any:
            for piece in pieces:
                happens()
                yield piece

        return written(name, slow(), **kwargs)

    monkeypatch.setattr(backend, "write", write)
    monkeypatch.setattr(copies, "PROGRESS_EVERY", 0)


def test_everything_arrives_and_is_recorded(started: Transfer, target: MemoryBackend) -> None:
    copy(started)

    assert started.state == Transfer.State.COMPLETED
    assert started.finished_at is not None
    assert content(target) == {"a": b"bytes of a", "b": b"bytes of b", "c": b"bytes of c"}
    assert set(started.items.values_list("result", "proof", "attempts")) == {
        ("copied", "Hash of the bytes read equals the source's stored hash", 1)
    }
    assert item(started, "a").md5 == "cc48596321f886a8ecb7334ddf50f924"


def test_the_totals_add_up(started: Transfer) -> None:
    copy(started)

    totals = started.totals()
    assert totals["done"] == 3
    assert totals["done_bytes"] == 30
    assert totals["failed"] == 0
    assert totals["pending"] == 0
    assert totals["flying_bytes"] == 0


def test_t25_a_second_delivery_is_a_no_op(
    started: Transfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy(started)
    monkeypatch.setattr(copies, "copy_one", lambda *_: 1 / 0)

    copy(started)

    assert set(started.items.values_list("attempts", flat=True)) == {1}


def test_t07_what_was_recorded_before_a_crash_is_not_done_again(
    started: Transfer, target: MemoryBackend
) -> None:
    target.put("a", b"changed since")
    started.items.filter(name="a").update(result=Result.COPIED, attempts=1)
    leave(started)

    copy(started)

    assert started.state == Transfer.State.COMPLETED
    assert content(target)["a"] == b"changed since"
    assert item(started, "a").attempts == 1


def test_t09_what_a_dead_worker_wrote_but_could_not_record_is_done(
    started: Transfer, target: MemoryBackend
) -> None:
    target.put("a", b"bytes of a")
    leave(started)

    copy(started)

    assert started.state == Transfer.State.COMPLETED
    assert item(started, "a").result == Result.COPIED


def test_t26_a_worker_that_lost_its_shard_records_nothing(
    started: Transfer, target: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = timezone.now() + timedelta(minutes=1)
    during_write(target, monkeypatch, lambda: leave(started, fence=7, lease_until=soon))

    copy(started)

    assert started.state == Transfer.State.RUNNING
    assert set(started.items.values_list("result", "attempts")) == {("pending", 0)}
    assert content(target) == {}


def test_t24_cancelling_in_the_middle_of_an_overwrite_leaves_the_old(
    transfer: Transfer,
    planning: TransferRun,
    target: MemoryBackend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target.put("a", b"old")
    runs.run_plan(transfer.pk)
    runs.start(transfer, by=transfer.owner)
    during_write(target, monkeypatch, lambda: runs.cancel(transfer))

    copy(transfer)

    assert transfer.state == Transfer.State.CANCELLED
    assert content(target) == {"a": b"old"}
    assert set(transfer.items.values_list("result", flat=True)) == {"cancelled"}


def test_t16_a_flipped_byte_fails_the_item(
    started: Transfer, source: MemoryBackend, target: MemoryBackend
) -> None:
    flip(source, "b")

    copy(started)

    failed = item(started, "b")
    assert started.state == Transfer.State.WITH_ERRORS
    assert failed.result == Result.FAILED
    assert failed.category == Category.INTEGRITY
    assert failed.words == (
        "The bytes read do not have the hash that the source keeps for them. Compare the artifact"
        " with its origin; one of the two is damaged."
    )
    assert failed.attempts == 3
    assert sorted(content(target)) == ["a", "c"]


def test_t19_a_source_changed_after_planning_fails_the_item_at_once(
    started: Transfer, source: MemoryBackend, target: MemoryBackend
) -> None:
    source.put("b", b"other bytes")

    copy(started)

    failed = item(started, "b")
    assert failed.result == Result.FAILED
    assert failed.category == Category.CHANGED
    assert failed.attempts == 1
    assert sorted(content(target)) == ["a", "c"]


def test_t20_a_source_gone_after_planning_fails_the_item_alone(
    started: Transfer, source: MemoryBackend
) -> None:
    source.delete("b")

    copy(started)

    assert started.state == Transfer.State.WITH_ERRORS
    assert item(started, "b").category == Category.NOT_FOUND
    assert started.totals()["done"] == 2


def test_t20_once_the_source_is_back_a_retry_completes_it(
    started: Transfer, source: MemoryBackend, target: MemoryBackend
) -> None:
    source.delete("b")
    copy(started)
    source.put("b", b"back again")

    runs.retry(started, by=started.owner)
    copy(started)

    assert started.state == Transfer.State.COMPLETED
    assert content(target)["b"] == b"back again"
    assert item(started, "b").attempts == 2
    assert item(started, "a").attempts == 1


def test_a_retry_decides_anew_as_both_sides_are_now(
    started: Transfer, source: MemoryBackend, target: MemoryBackend
) -> None:
    source.put("a", b"changed after planning")
    target.put("b", b"appeared after planning")
    source.delete("c")
    copy(started)
    target.put("c", b"whatever")
    source.put("c", b"whatever")

    runs.retry(started, by=started.owner)
    copy(started)

    assert started.state == Transfer.State.COMPLETED
    assert content(target) == {
        "a": b"changed after planning",
        "b": b"bytes of b",
        "c": b"whatever",
    }
    assert item(started, "a").size == 22
    assert item(started, "b").action == "overwrite"
    assert item(started, "c").result == Result.SAME


def test_t09_a_retry_cut_off_by_a_crash_knows_its_own_copy(
    started: Transfer, source: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    Transfer.objects.update(conflict="fail")
    source.delete("a")
    copy(started)
    source.put("a", b"back again")
    runs.retry(started, by=started.owner)
    copied = copies.copy_one

    def crash(*args: Any) -> None:
        copied(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(copies, "copy_one", crash)
    with pytest.raises(KeyboardInterrupt):
        copy(started)
    monkeypatch.setattr(copies, "copy_one", copied)
    leave(started)
    copy(started)

    assert started.state == Transfer.State.COMPLETED
    assert item(started, "a").result == Result.COPIED


def test_a_retry_still_refuses_what_the_rule_forbids(
    started: Transfer, target: MemoryBackend
) -> None:
    Transfer.objects.update(conflict="fail")
    target.put("a", b"somebody's")
    copy(started)

    runs.retry(started, by=started.owner)
    copy(started)

    assert started.state == Transfer.State.WITH_ERRORS
    assert item(started, "a").words == "The target has this name already."
    assert content(target)["a"] == b"somebody's"


def test_a_failure_that_passes_is_tried_again(
    started: Transfer, target: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = target.write
    answers = [StoreError(Category.THROTTLED, "Too many requests."), None, None, None]

    def write(*args: Any, **kwargs: Any) -> Artifact:
        if error := answers.pop(0):
            raise error
        return written(*args, **kwargs)

    monkeypatch.setattr(target, "write", write)

    copy(started)

    assert started.state == Transfer.State.COMPLETED
    assert item(started, "a").attempts == 2
    assert item(started, "a").words == ""


def test_a_failure_that_stays_is_not_tried_again(
    started: Transfer, target: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*args: Any, **kwargs: Any) -> Artifact:
        raise StoreError(Category.PERMISSION, "Writing is not allowed.", "AuthorizationFailure")

    monkeypatch.setattr(target, "write", write)

    copy(started)

    failed = item(started, "a")
    assert failed.attempts == 1
    assert failed.words == "Writing is not allowed."
    assert failed.code == "AuthorizationFailure"


def test_a_store_deleted_meanwhile_fails_what_is_left(started: Transfer) -> None:
    started.items.filter(name="a").update(result=Result.COPIED)
    Store.objects.filter(name="target").delete()

    copy(started)

    assert started.state == Transfer.State.WITH_ERRORS
    assert item(started, "a").result == Result.COPIED
    assert item(started, "b").words == "The store was deleted."


def test_a_shard_that_kills_its_workers_ends_and_says_so(started: Transfer) -> None:
    leave(started, fence=5)

    copy(started)

    assert started.state == Transfer.State.WITH_ERRORS
    assert item(started, "a").words == "Not tried: Given up after 5 tries."


def test_a_bug_ends_the_shard_and_says_so(
    started: Transfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "copy_one", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        copy(started)

    started.refresh_from_db()
    assert started.state == Transfer.State.WITH_ERRORS
    assert item(started, "a").words == (
        "Not tried: Internal error; the worker's log has the rest."
    )


def test_progress_of_a_single_artifact_is_seen(
    started: Transfer, source: MemoryBackend, target: MemoryBackend, monkeypatch: Any
) -> None:
    seen: list[tuple[str, int]] = []
    during_write(
        target,
        monkeypatch,
        lambda: seen.append(started.runs.values_list("current", "current_bytes").get(kind="copy")),
    )

    copy(started)

    assert seen[:3] == [("a", 4), ("a", 8), ("a", 10)]


def test_shards_are_taken_one_after_the_other(
    planned: Transfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stores.runs.shards.SHARD_OBJECTS", 1)
    runs.start(planned, by=planned.owner)

    copy(planned)

    assert planned.state == Transfer.State.COMPLETED
    assert list(planned.runs.filter(kind="copy").values_list("status", "fence")) == [
        ("done", 1),
        ("done", 1),
        ("done", 1),
    ]


def test_what_was_put_off_for_want_of_room_is_rung_for_as_soon_as_there_is_some(
    started: Transfer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(tasks.copy_transfer, "delay", rung.append)
    before = timezone.now() - timedelta(seconds=10)
    started.runs.filter(kind="copy").update(rings=6, rung_at=before)

    settings.TRANSFER_PARALLEL = 0
    copy(started)
    settings.TRANSFER_PARALLEL = 1
    dispatch.tick()

    assert set(started.items.values_list("result", flat=True)) == {"pending"}
    assert rung == [started.pk]


def test_backends_are_closed(
    started: Transfer, source: MemoryBackend, target: MemoryBackend
) -> None:
    source.closed = target.closed = False

    copy(started)

    assert source.closed
    assert target.closed


def test_t16_what_the_target_damaged_is_never_done(
    started: Transfer, target: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = target.write

    def damaged(name: str, *args: Any, **kwargs: Any) -> Artifact:
        written(name, *args, **kwargs)
        return target.put(name, b"?ytes of " + name.encode())

    monkeypatch.setattr(target, "write", damaged)

    copy(started)

    assert started.state == Transfer.State.WITH_ERRORS
    assert started.totals()["done"] == 0


def test_a_store_that_was_led_elsewhere_gets_nothing(
    started: Transfer, target: MemoryBackend
) -> None:
    Transfer.objects.update(place="where they were when it was planned")

    copy(started)

    assert started.state == Transfer.State.WITH_ERRORS
    assert content(target) == {}
    assert item(started, "a").words == (
        "The address or the account of a store was changed after planning. Make a new plan."
    )


def test_no_more_shards_are_under_way_than_allowed(started: Transfer, settings: Any) -> None:
    settings.TRANSFER_PARALLEL = 0

    copy(started)

    assert started.items.filter(result=Result.PENDING).count() == 3


def test_what_a_person_may_no_longer_use_is_not_copied(
    started: Transfer, stranger: User, target: MemoryBackend
) -> None:
    Transfer.objects.update(started_by=stranger)

    copy(started)

    assert started.state == Transfer.State.WITH_ERRORS
    assert content(target) == {}
    assert item(started, "a").words == "carl may not use `source` any more."
