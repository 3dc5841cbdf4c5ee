"""Planning: the whole plan is stored before a transfer can start, once, whatever workers do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from stores import runs
from stores.flavors.base import Artifact, Category, StoreError
from stores.models import Run, Store, Transfer, TransferItem, TransferRun
from stores.runs.lease import LeaseLost
from tests.support.memory import MemoryBackend

pytestmark = [pytest.mark.django_db, pytest.mark.database]

Result = TransferItem.Result


def plan(transfer: Transfer) -> None:
    runs.run_plan(transfer.pk)
    transfer.refresh_from_db()


def test_every_artifact_gets_a_row(transfer: Transfer, planning: TransferRun) -> None:
    plan(transfer)

    planning.refresh_from_db()
    assert transfer.state == Transfer.State.PLANNED
    assert transfer.planned_at is not None
    assert planning.status == Run.Status.DONE
    assert list(transfer.items.values_list("name", "action", "size", "result")) == [
        ("a", "copy", 10, "pending"),
        ("b", "copy", 10, "pending"),
        ("c", "copy", 10, "pending"),
    ]


def test_the_totals_say_what_would_be_done(
    transfer: Transfer, planning: TransferRun, source: MemoryBackend, target: MemoryBackend
) -> None:
    source.put("d", b"")
    target.put("a", b"bytes of a")
    target.put("b", b"other")

    plan(transfer)

    totals = transfer.totals()
    assert totals["objects"] == 4
    assert totals["new"] == 2
    assert totals["overwrite"] == 1
    assert totals["same"] == 1
    assert totals["moving"] == 3
    assert totals["moving_bytes"] == 20


def test_what_is_proven_the_same_is_settled_at_once(
    transfer: Transfer, planning: TransferRun, target: MemoryBackend
) -> None:
    target.put("a", b"bytes of a")

    plan(transfer)

    item = transfer.items.get(name="a")
    assert item.result == Result.SAME
    assert item.words == "Proven the same by size and hash; left as it is."


def test_what_the_rule_forbids_is_settled_at_once(
    transfer: Transfer, planning: TransferRun, target: MemoryBackend
) -> None:
    Transfer.objects.update(conflict="fail")
    target.put("a", b"bytes of a")

    plan(transfer)

    item = transfer.items.get(name="a")
    assert item.result == Result.FAILED
    assert item.words == "The target has this name already."


def test_t25_a_second_delivery_finds_nothing_to_do(
    transfer: Transfer, planning: TransferRun, source: MemoryBackend
) -> None:
    plan(transfer)
    source.put("d", b"came later")

    plan(transfer)

    planning.refresh_from_db()
    assert planning.fence == 1
    assert transfer.items.count() == 3


def test_c13_a_message_for_a_deleted_transfer_does_nothing(
    transfer: Transfer, planning: TransferRun
) -> None:
    number = transfer.pk
    transfer.delete()

    runs.run_plan(number)

    assert Transfer.objects.count() == 0


def test_t47_what_a_dead_worker_left_of_a_plan_is_replaced(
    transfer: Transfer, planning: TransferRun
) -> None:
    TransferItem.objects.create(
        transfer=transfer, name="a", target_name="a", action="copy", size=99, etag="old"
    )
    TransferRun.objects.update(
        status=Run.Status.RUNNING, fence=1, lease_until=timezone.now() - timedelta(seconds=1)
    )

    plan(transfer)

    assert transfer.state == Transfer.State.PLANNED
    assert list(transfer.items.values_list("name", "size")) == [("a", 10), ("b", 10), ("c", 10)]


def test_t26_a_planner_that_lost_its_lease_stores_nothing_more(
    transfer: Transfer,
    planning: TransferRun,
    source: MemoryBackend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = source.list

    def taken_over(prefix: str = "") -> Iterator[Artifact]:
        TransferRun.objects.update(fence=2)
        yield from listed(prefix)

    monkeypatch.setattr(source, "list", taken_over)

    plan(transfer)

    planning.refresh_from_db()
    assert planning.status == Run.Status.RUNNING
    assert transfer.items.count() == 0
    assert transfer.state == Transfer.State.PLANNING


def test_a_listing_that_breaks_off_fails_the_transfer_in_words(
    transfer: Transfer,
    planning: TransferRun,
    source: MemoryBackend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(prefix: str = "") -> Iterator[Artifact]:
        yield source.stat("a")
        raise StoreError(Category.SIGN_IN, "The key is wrong.", action="Replace it.")

    monkeypatch.setattr(source, "list", broken)

    plan(transfer)

    assert transfer.state == Transfer.State.FAILED
    assert transfer.words == "The key is wrong. Replace it."
    assert transfer.finished_at is not None


def test_a_store_deleted_before_planning_fails_the_transfer_in_words(
    transfer: Transfer, planning: TransferRun
) -> None:
    Store.objects.filter(name="target").delete()

    plan(transfer)

    assert transfer.state == Transfer.State.FAILED
    assert transfer.words == "The store was deleted."
    assert transfer.target_name == "target"


def test_t35_a_name_that_fills_a_row_is_planned(
    transfer: Transfer, planning: TransferRun, source: MemoryBackend
) -> None:
    source.put("n" * 1024, b"")

    plan(transfer)

    assert transfer.state == Transfer.State.PLANNED


def test_a_name_that_no_row_can_hold_fails_the_transfer_in_words(
    transfer: Transfer, planning: TransferRun, source: MemoryBackend
) -> None:
    Transfer.objects.update(target_prefix="deeper")
    source.put("n" * 1024, b"")

    plan(transfer)

    assert transfer.state == Transfer.State.FAILED
    assert transfer.words.startswith(
        "There is a name of more than 1024 characters: `deeper/nnnnnn"
    )


def test_a_cancelled_planning_does_not_come_back(
    transfer: Transfer,
    planning: TransferRun,
    source: MemoryBackend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = source.list

    def cancelled(prefix: str = "") -> Iterator[Artifact]:
        runs.cancel(transfer)
        yield from listed(prefix)

    monkeypatch.setattr(source, "list", cancelled)

    plan(transfer)

    assert transfer.state == Transfer.State.CANCELLED
    assert transfer.items.count() == 0


def test_half_a_plan_cannot_be_retried(transfer: Transfer, planning: TransferRun) -> None:
    TransferItem.objects.create(
        transfer=transfer, name="a", target_name="a", action="copy", size=10, etag="1"
    )
    runs.cancel(transfer)

    again = runs.retry(transfer, by=transfer.owner)

    assert again is None


def test_a_bug_while_planning_ends_the_transfer(
    transfer: Transfer,
    planning: TransferRun,
    source: MemoryBackend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(source, "list", lambda prefix: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        plan(transfer)

    transfer.refresh_from_db()
    assert transfer.state == Transfer.State.FAILED
    assert transfer.words == "Internal error; the worker's log has the rest."


def test_the_lease_is_lost_when_the_transfer_is_deleted_meanwhile(
    transfer: Transfer,
    planning: TransferRun,
    source: MemoryBackend,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    listed = source.list

    def deleted(prefix: str = "") -> Iterator[Artifact]:
        Transfer.objects.get(pk=transfer.pk).delete()
        yield from listed(prefix)

    monkeypatch.setattr(source, "list", deleted)

    runs.run_plan(transfer.pk)

    assert TransferItem.objects.count() == 0
    assert LeaseLost.__name__ not in caplog.text


def test_the_folder_of_a_new_local_target_is_made(
    transfer: Transfer, planning: TransferRun, tmp_path: Path, settings: Settings
) -> None:
    settings.STOREROOM_LOCAL_ROOTS = [str(tmp_path)]
    new = Store.objects.create(
        name="new", flavor="local", path=f"{tmp_path}/new", sign_in="none", owner=transfer.owner
    )
    Transfer.objects.update(target=new)

    runs.run_plan(transfer.pk)

    transfer.refresh_from_db()
    assert transfer.state == Transfer.State.PLANNED
    assert (tmp_path / "new").is_dir()


def test_the_folder_of_a_local_source_is_never_made(
    transfer: Transfer, planning: TransferRun, tmp_path: Path, settings: Settings
) -> None:
    settings.STOREROOM_LOCAL_ROOTS = [str(tmp_path)]
    gone = Store.objects.create(
        name="gone", flavor="local", path=f"{tmp_path}/gone", sign_in="none", owner=transfer.owner
    )
    Transfer.objects.update(source=gone)

    runs.run_plan(transfer.pk)

    transfer.refresh_from_db()
    assert transfer.state == Transfer.State.FAILED
    assert transfer.words.startswith(f"There is no folder `{tmp_path}/gone`.")
    assert not (tmp_path / "gone").exists()
