"""Workers are killed in the middle, and nothing of what they did is lost or done wrong."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator

import pytest

from stores import dispatch
from stores.models import Store, Transfer
from stores.reports import report
from tests.queue.transferring import QUICK, fill, hashes, md5, plan, wait_for
from tests.support.azurite import Azurite
from tests.support.fault_proxy import FaultProxy
from tests.support.gate import Gate
from tests.support.servers import Broker, Process, wait_until

pytestmark = [
    pytest.mark.queue,
    pytest.mark.kill,
    pytest.mark.django_db(transaction=True),
]

KIB, MIB = 1024, 1024 * 1024
SIZES = [0, 0, *[20 * MIB] * 5, *[2 * MIB] * 30, *[300 * KIB] * 43, *range(1, 60_000, 500)]
ODD = ("a b", "ü", "50%", "%41", "c#", "why?", "1+1", "d & e=f")


def odd_files() -> dict[str, bytes]:
    """200 files of 0 B to 20 MB under names that need care."""
    chance = random.Random(2)
    return {
        f"{ODD[number % 8]}/{ODD[number % 7]} {number}.bin": chance.randbytes(size)
        for number, size in enumerate(SIZES)
    }


@pytest.fixture
def proxy(azurite: Azurite) -> Iterator[FaultProxy]:
    with FaultProxy(azurite.port) as running:
        yield running


@pytest.fixture
def kill_at(proxy: FaultProxy) -> Callable[..., None]:
    """A function that kills the worker in the middle of an artifact: at its third request."""

    def kill(worker: Process, method: str, ending: str) -> None:
        with Gate() as gate:
            proxy.add(method, containing=ending, times=2)
            proxy.add(method, containing=ending, before=gate)
            wait_until(lambda: gate.waiting == 1, what=f"the third {method} of {ending}")
            worker.kill()

    return kill


def test_b2_killed_workers_change_nothing_of_what_arrives(
    embedded_broker: Broker,
    folder_store: Callable[..., Store],
    azure_store: Callable[..., Store],
    workers: Callable[..., Process],
    clocks: Callable[..., Process],
    proxy: FaultProxy,
    kill_at: Callable[..., None],
) -> None:
    files = odd_files()
    origin = azure_store("origin", proxy.port)
    folder, copy = folder_store("folder"), azure_store("copy", proxy.port)
    fill(origin, files)
    clocks(embedded_broker, **QUICK)
    first = workers(embedded_broker, **QUICK)

    download = plan(origin, folder)
    dispatch.start(download, by=origin.owner)
    kill_at(first, "GET", "%202.bin")
    second = workers(embedded_broker, **QUICK)
    kill_at(second, "GET", "%205.bin")
    third = workers(embedded_broker, **QUICK)
    wait_for(download, Transfer.State.COMPLETED)
    upload = plan(folder, copy)
    dispatch.start(upload, by=origin.owner)
    kill_at(third, "PUT", "%204.bin")
    workers(embedded_broker, **QUICK)
    wait_for(upload, Transfer.State.COMPLETED)

    assert hashes(copy) == {name: md5(data) for name, data in files.items()}
    for transfer in (download, upload):
        rows = list(csv.DictReader(report(transfer)))
        assert len(rows) == 200
        assert {row["result"] for row in rows} == {"Copied"}
