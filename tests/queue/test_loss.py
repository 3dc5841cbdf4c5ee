"""The broker loses everything, and nothing is lost: the rows are the queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from stores import dispatch
from stores.models import Check, Run, Schedule, Slot, Store, Transfer, TransferItem
from tests.queue.transferring import QUICK, fill, plan, wait_for
from tests.support.azurite import Azurite
from tests.support.fault_proxy import FaultProxy
from tests.support.gate import Gate
from tests.support.servers import Broker, Process, wait_until

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]

# Three shards, for two workers.
FILES = {f"run-{number}": b"x" * number for number in range(120)}


@pytest.fixture
def proxy(azurite: Azurite) -> Iterator[FaultProxy]:
    with FaultProxy(azurite.port) as running:
        yield running


def test_b3_what_the_broker_lost_is_done_once_by_two_workers_and_two_clocks(
    broker: Broker,
    folder_store: Callable[..., Store],
    azure_store: Callable[..., Store],
    workers: Callable[..., Process],
    clocks: Callable[..., Process],
    proxy: FaultProxy,
) -> None:
    origin, container = folder_store("origin"), azure_store("az", proxy.port)
    fill(origin, FILES)
    stores = [folder_store(f"folder{number}") for number in range(8)]
    for _ in range(2):
        workers(broker, threads=1, **QUICK)
    transfer = plan(origin, container)
    with Gate() as gate:
        proxy.add("PUT", before=gate, times=2)
        dispatch.start(transfer, by=origin.owner)
        wait_until(lambda: gate.waiting == 2, what="both workers to be in the middle of a copy")
        for store in stores:
            Schedule.objects.create(owner=origin.owner, store=store, every_minutes=60)
        for _ in range(2):
            clocks(broker, **QUICK)
        wait_until(lambda: Slot.objects.count() == 8 and broker.waiting() > 2)

        broker.empty()

    wait_for(transfer, Transfer.State.COMPLETED)
    wait_until(lambda: Check.objects.filter(status=Run.Status.DONE).count() == 8)
    assert Slot.objects.values("schedule").distinct().count() == 8
    assert Slot.objects.values("check_run").distinct().count() == 8
    assert Slot.objects.count() == 8
    assert Check.objects.filter(fence=1).count() == 8
    assert transfer.items.filter(result=TransferItem.Result.COPIED, attempts=1).count() == 120
    assert set(transfer.runs.values_list("fence", flat=True)) == {1}
    sent = Counter(path for method, path in proxy.seen if method == "PUT")
    assert len(sent) == 120
    assert set(sent.values()) == {1}


def test_c11_work_queued_while_the_broker_is_away_is_done_when_there_is_one(
    silent_broker: Broker,
    folder_store: Callable[..., Store],
    workers: Callable[..., Process],
    clocks: Callable[..., Process],
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = folder_store("folder")

    check = dispatch.check(store, by=store.owner)
    workers(silent_broker, **QUICK)
    clocks(silent_broker, **QUICK)

    wait_until(lambda: Check.objects.filter(pk=check.pk, status=Run.Status.DONE).exists())
    assert "The broker does not answer" in caplog.text
