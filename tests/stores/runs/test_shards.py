"""Starting, retrying and cancelling: a plan becomes shards that wait for workers."""

from __future__ import annotations

import pytest

from stores import runs
from stores.models import Run, Transfer, TransferItem
from stores.runs import shards
from tests.support.memory import MemoryBackend

pytestmark = [pytest.mark.django_db, pytest.mark.database]

Result = TransferItem.Result


def test_a_plan_becomes_shards(planned: Transfer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD_OBJECTS", 2)

    started = runs.start(planned, by=planned.owner)

    planned.refresh_from_db()
    assert planned.state == Transfer.State.RUNNING
    assert planned.started_by == planned.owner
    assert [list(run.items.values_list("name", flat=True)) for run in started] == [
        ["a", "b"],
        ["c"],
    ]


def test_shards_are_bounded_in_bytes(planned: Transfer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", 25)

    started = runs.start(planned, by=planned.owner)

    assert [run.items.count() for run in started] == [2, 1]


def test_an_artifact_beyond_the_bound_has_a_shard_of_its_own(
    planned: Transfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", 5)

    started = runs.start(planned, by=planned.owner)

    assert [run.items.count() for run in started] == [1, 1, 1]


def test_a_plan_starts_once(planned: Transfer) -> None:
    runs.start(planned, by=planned.owner)

    again = runs.start(planned, by=planned.owner)

    assert again is None
    assert planned.runs.filter(kind="copy").count() == 1


def test_a_transfer_without_a_plan_does_not_start(transfer: Transfer) -> None:
    assert runs.start(transfer, by=transfer.owner) is None


def test_with_nothing_to_copy_it_is_completed_at_once(
    planned: Transfer, target: MemoryBackend
) -> None:
    planned.items.update(result=Result.SAME, action="same")

    started = runs.start(planned, by=planned.owner)

    planned.refresh_from_db()
    assert started == []
    assert planned.state == Transfer.State.COMPLETED
    assert planned.finished_at is not None


def test_with_nothing_but_refused_it_ends_with_errors(planned: Transfer) -> None:
    planned.items.update(result=Result.FAILED, action="refused")

    runs.start(planned, by=planned.owner)

    planned.refresh_from_db()
    assert planned.state == Transfer.State.WITH_ERRORS


def test_cancelling_a_plan_marks_what_was_not_tried(planned: Transfer) -> None:
    stopped = runs.cancel(planned)

    planned.refresh_from_db()
    assert stopped
    assert planned.state == Transfer.State.CANCELLED
    assert set(planned.items.values_list("result", "words")) == {
        ("cancelled", "Not tried: the transfer was cancelled.")
    }


def test_cancelled_shards_are_not_begun(started: Transfer, target: MemoryBackend) -> None:
    runs.cancel(started)

    runs.run_copies(started.pk)

    assert list(target.list()) == []
    assert started.runs.get(kind="copy").status == Run.Status.CANCELLED


def test_what_has_ended_cannot_be_cancelled(started: Transfer) -> None:
    runs.run_copies(started.pk)

    stopped = runs.cancel(started)

    started.refresh_from_db()
    assert not stopped
    assert started.state == Transfer.State.COMPLETED


def test_a_cancelled_transfer_goes_on_by_a_retry(started: Transfer, target: MemoryBackend) -> None:
    runs.cancel(started)

    runs.retry(started, by=started.owner)
    runs.run_copies(started.pk)

    started.refresh_from_db()
    assert started.state == Transfer.State.COMPLETED
    assert [artifact.name for artifact in target.list()] == ["a", "b", "c"]


def test_nothing_failed_is_nothing_to_retry(started: Transfer) -> None:
    runs.run_copies(started.pk)

    assert runs.retry(started, by=started.owner) is None


def test_while_it_runs_there_is_no_retry(started: Transfer) -> None:
    started.items.filter(name="a").update(result=Result.FAILED)

    assert runs.retry(started, by=started.owner) is None


def test_t49_a_retry_takes_only_what_failed_or_was_cancelled(started: Transfer) -> None:
    runs.run_copies(started.pk)
    started.items.filter(name="a").update(result=Result.FAILED)
    started.items.filter(name="b").update(result=Result.CANCELLED)
    Transfer.objects.update(state=Transfer.State.WITH_ERRORS)

    [run] = runs.retry(started, by=started.owner)

    assert list(run.items.values_list("name", flat=True)) == ["a", "b"]
